import { execFileSync, spawn } from 'node:child_process';
import { chmod, chown, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { parseStat } from '../../../runner-hooks/perf/stat.ts';
import { createJobFolder } from '../../../runner-hooks/sandbox/folders.ts';
import { killOrphans } from '../../../runner-hooks/sandbox/orphans.ts';
import { processesWith, temporaryFolder } from '../room.ts';

/** One file, so that a user who may not read this checkout can run it. */
async function bundle(folder: string): Promise<string> {
  const outfile = join(folder, 'bystander.mjs');
  const entryPoints = [join(import.meta.dirname, 'bystander.ts')];
  await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm' });
  return outfile;
}

describe('whoever runs the sandbox', () => {
  it.skipIf(process.getuid!() !== 0)(
    'R1: an ordinary user gets the same one, perf included',
    async () => {
      const uid = 1_999_999_999;
      const folder = await temporaryFolder();
      const program = await bundle(folder);
      await chmod(folder, 0o755);
      const own = join(folder, 'own');
      await createJobFolder(own);
      const work = await createJobFolder(join(own, 'work'));
      for (const path of [own, work]) await chown(path, uid, uid);
      const script = `id -u; grep -c . /proc/self/uid_map; unshare -U true 2>/dev/null && echo namespace
      ls /root ${folder} 2>/dev/null; mkdir deep; echo x > deep/x; chmod 0 deep; for ((i=0;i<2**16;i++)); do :; done`;
      const printed = execFileSync(
        'setpriv',
        [
          `--reuid=${uid}`,
          `--regid=${uid}`,
          '--clear-groups',
          process.execPath,
          program,
          work,
          script,
        ],
        { encoding: 'utf8', cwd: folder, env: { PATH: process.env.PATH, TMPDIR: own } }
      );
      expect(JSON.parse(printed)).toMatchObject({ exitStatus: 0, output: '1000\n1\n' });
      const [taskClock] = parseStat(await readFile(`${work}.stat`, 'utf8'));
      expect(taskClock!.value).toBeGreaterThan(10_000_000n);
    }
  );

  it('R2: when it is killed with -9, at any moment, job and perf die with it', async () => {
    const folder = await temporaryFolder();
    const program = await bundle(folder);
    const until = async (holds: () => boolean): Promise<void> => {
      for (let i = 0; i < 1_000 && !holds(); i++) await sleep(10);
    };
    // As soon as the first process of a chain is there, somewhere on the way, and once the job runs.
    for (const [i, enough] of [2, 3, 4, 6].entries()) {
      const work = await createJobFolder(join(folder, `work-${i}`));
      const marker = `86396.${Date.now() % 1e6}`;
      const script = `trap '' TERM HUP; (setsid sleep ${marker} &); sleep 60`;
      const runner = spawn(process.execPath, [program, work, script], { stdio: 'ignore' });
      await until(() => processesWith(marker).length >= enough);
      runner.kill('SIGKILL');
      // What hangs in bwrap's one gap never runs the job, and is swept.
      await until(() => processesWith(marker).length <= 1);
      expect(processesWith(`sleep\0${marker}`)).toEqual([]);
      await until(() => processesWith(marker).length === 0 || killOrphans() > 0);
      await until(() => processesWith(marker).length === 0);
      expect([enough, processesWith(marker)]).toEqual([enough, []]);
    }
  });
});
