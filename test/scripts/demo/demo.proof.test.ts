import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../../..');
const bin = join(root, 'bin/runproof.mjs');

/** A demo that stays up, by the same command as `npm start`, and what it printed. */
let home: string;
let demo: ReturnType<typeof spawn>;
let report: Record<string, unknown>;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'runproof-demo-'));
  const args = [bin, '--json', '--home', home, 'demo', '--jobs', '2', '--port', '0'];
  demo = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], cwd: root });
  const line = await new Promise<string>((done, fail) => {
    let text = '';
    demo.stdout!.on('data', (data: Buffer) => {
      text += data.toString();
      if (text.includes('\n')) done(text);
    });
    demo.once('close', (status) => fail(new Error(`the demo ended with ${status}: ${text}`)));
  });
  report = JSON.parse(line) as Record<string, unknown>;
});

afterAll(async () => {
  if (demo.exitCode === null) {
    const closed = new Promise((done) => demo.once('close', done));
    demo.kill('SIGTERM');
    await closed;
  }
  await rm(home, { recursive: true, force: true });
});

describe('npm start', () => {
  it('takes two real jobs from signed requests to one settled payment', () => {
    expect(report).toMatchObject({ ok: true, jobs: 2, reproduced: true });
    for (const name of ['service', 'tab', 'request', 'receipt', 'result', 'commit', 'settlement'])
      expect(report[name], name).toMatch(/^[0-9A-Za-z]{40,}$/);
    expect(BigInt(report.paid as string)).toBeGreaterThan(20_000_000n);
    expect(report.seconds).toBeGreaterThan(0);
  });

  it('serves, from its gateway, the app with the CID that the paid job has built', async () => {
    const { served, built, same } = report.site as Record<string, unknown>;
    expect([same, built]).toEqual([true, served]);
    const { path } = report.app as { path: string };
    const page = await fetch(path);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<div id="app">');
    const network = decodeURIComponent(/[?]network=(.*)$/.exec(path)![1]!);
    const file = (await (await fetch(network)).json()) as { services: string[] };
    expect(file.services).toEqual([report.service]);
  });

  it('leaves a log whose proof anybody can make again, and it says what the chain holds', async () => {
    const args = [bin, '--json', '--home', home, 'oracle', 'prove', report.tab as string];
    const { stdout } = await run(process.execPath, args, { cwd: root });
    const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: { id: string }[] };
    expect(ok).toBe(true);
    expect(checks.filter(({ id }) => id.startsWith('proof'))).toHaveLength(7);
  });

  it('leaves a log that git itself reads and finds clean', async () => {
    const log = join(home, 'network/git/log.git');
    const git = async (...args: string[]): Promise<string> =>
      (await run('git', ['-C', log, '-c', 'safe.directory=*', ...args])).stdout;
    const tab = report.tab as string;
    expect(await git('fsck', '--strict', '--full')).toBe('');
    const history = await git('log', '--format=%H %s', `refs/notes/runproof/${tab}`);
    const lines = history.trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe(`${String(report.commit)} receipt ${String(report.receipt)}`);
    expect(lines[2]).toContain(`tab ${tab}`);
  });

  it('names the receipt in a note on the source commit', async () => {
    const log = join(home, 'network/git/log.git');
    const { stdout } = await run('git', [
      ...['-C', log, '-c', 'safe.directory=*', 'notes', `--ref=runproof/${String(report.tab)}`],
      ...['show', String(report.source)],
    ]);
    expect(stdout).toContain(`of ${String(report.tab)}`);
    expect(stdout).toMatch(/^receipt [0-9a-f]{232}$/m);
    expect(stdout).toMatch(/^counter task-clock ns [0-9]+$/m);
  });
});
