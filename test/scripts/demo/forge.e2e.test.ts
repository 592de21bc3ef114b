import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');

/** The whole paid cycle, by the command that the README names: a build of the app, twice. */
describe('npm start with a forge', () => {
  it.for(['github', 'gitlab'])(
    'has %s start the job on a runner with our hooks, settles it, and finds the same app',
    { timeout: 600_000 },
    async (driver, { signal }) => {
      const home = await mkdtemp(join(tmpdir(), 'runproof-demo-'));
      onTestFinished(() => rm(home, { recursive: true, force: true }));
      const options = ['--once', '--no-proofs', '--port', '0', '--driver', driver];
      const words = [join(root, 'bin/runproof.mjs'), '--json', '--home', home, 'demo', ...options];
      // Where the test is given up, so is what it has started.
      const settings = { cwd: root, signal, killSignal: 'SIGTERM' } as const;
      const report = await new Promise<Record<string, unknown>>((done, fail) =>
        execFile(process.execPath, words, settings, (error, stdout, stderr) => {
          // Its last line says what went wrong, too.
          const last = stdout.trim().split('\n').at(-1)!;
          if (last === '') fail(new Error(stderr, { cause: error }));
          else done({ ...(JSON.parse(last) as object), progress: stderr });
        })
      );
      expect(report).toMatchObject({ ok: true, jobs: 1, site: { same: true } });
      expect(BigInt(report.paid as string)).toBeGreaterThan(20_000_000n);
    }
  );
});
