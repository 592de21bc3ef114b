import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startGit } from '../../../scripts/network/git.ts';
import { createRunner } from '../../runner-hooks/github/runner.ts';
import { createRepository, temporaryFolder } from '../../runner-hooks/room.ts';

const BIN = fileURLToPath(new URL('../../../bin/runproof.mjs', import.meta.url));
const TOKEN = 'a-token-for-tests';

/** A machine with one GitHub runner, a home of its own for Runproof, and a git host. */
async function startMachine() {
  const folder = await temporaryFolder();
  const git = await startGit({ root: join(folder, 'git'), token: TOKEN });
  onTestFinished(() => git.stop());
  const log = await git.createRepository('log.git');
  const home = join(folder, 'home');
  const token = join(folder, 'token');
  await writeFile(token, `${TOKEN}\n`);
  const runner = await createRunner(join(folder, 'actions-runner'), onTestFinished);
  await writeFile(join(runner.folder, '.env'), 'LANG=C\n');
  const words = (args: readonly string[]) => [BIN, '--home', home, ...args];
  const runproof = (...args: string[]) =>
    new Promise<{ status: number; output: string; complaint: string }>((resolve) => {
      const child = execFile(process.execPath, words(args), (error, output, complaint) =>
        resolve({ status: error === null ? 0 : Number(error.code), output, complaint })
      );
      child.stdin!.end();
    });
  const agent = (): { child: ChildProcess; said: () => string } => {
    const child = spawn(process.execPath, words(['hooks', 'agent']), {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    return { child, said: () => text };
  };
  const install = ['hooks', 'install', 'github', '--runner', runner.folder];
  return { folder, home, log, token, runner, runproof, agent, install };
}

describe('runproof hooks', () => {
  it('go on a runner with one command; from then on its jobs leave receipts that anybody can verify', async () => {
    const { folder, home, log, token, runner, runproof, agent, install } = await startMachine();
    const installed = await runproof(...install, '--log', log, '--token-file', token, '--yes');
    expect(installed).toMatchObject({ status: 0, complaint: '' });
    expect(installed.output).toContain(`+ACTIONS_RUNNER_HOOK_JOB_STARTED=${runner.folder}`);
    expect(installed.output).toContain(`--home ${home} hooks agent`);

    const { child, said } = agent();
    await expect.poll(said).toContain('"listening"');
    const source = join(folder, 'source');
    await mkdir(source);
    const { commit } = createRepository(source, { 'a.txt': 'hello' });
    const job = await runner.startJob({ environment: { GITHUB_SHA: commit } });
    await job.step('echo hello');
    await job.complete();
    await expect.poll(said).toContain('"noted"');
    expect(said()).not.toContain(TOKEN);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);

    const { publicKey } = JSON.parse(await readFile(join(home, 'keys/runner.json'), 'utf8')) as {
      publicKey: string;
    };
    const policy = join(folder, 'policy.json');
    const sources = ['github.com/library/library'];
    await writeFile(policy, JSON.stringify({ version: 1, runners: [{ key: publicKey }], sources }));
    const verified = await runproof('verify', commit, '--log', log, '--policy', policy, '--json');
    expect(verified.status).toBe(0);
    const { ok, runs } = JSON.parse(verified.output) as { ok: boolean; runs: { exit: string }[] };
    expect([ok, runs.length]).toEqual([true, 1]);

    const status = await runproof('hooks', 'status', '--json');
    expect(JSON.parse(status.output)).toEqual({
      ok: true,
      runners: [{ forge: 'github', target: runner.folder, state: 'installed' }],
      waiting: 0,
    });
    const uninstall = ['hooks', 'uninstall', 'github', '--runner', runner.folder, '--yes'];
    expect((await runproof(...uninstall)).status).toBe(0);
    expect(await readFile(join(runner.folder, '.env'), 'utf8')).toBe('LANG=C\n');
    expect(await readdir(runner.folder)).not.toContain('.runproof');
    expect((await runproof(...uninstall)).complaint).toContain('is not installed on');
  });

  it('change nothing where nobody can be asked, and say what they would', async () => {
    const { runner, runproof, install } = await startMachine();
    const { status, output, complaint } = await runproof(...install);
    expect(status).toBe(1);
    expect(output).toContain('+ACTIONS_RUNNER_HOOK_JOB_STARTED=');
    expect(complaint).toContain('add --yes');
    expect(await readFile(join(runner.folder, '.env'), 'utf8')).toBe('LANG=C\n');
    expect(await readdir(runner.folder)).not.toContain('.runproof');
  });

  it('have a doctor that fails where something is broken, and says what to do', async () => {
    const { runproof, install, log, token } = await startMachine();
    const before = await runproof('hooks', 'doctor');
    expect(before.status).toBe(1);
    expect(before.output).toMatch(/FAIL +runner key .*\n.*→ run `runproof hooks install`/);
    await runproof(...install, '--log', log, '--token-file', token, '--yes');
    const after = await runproof('hooks', 'doctor', '--json');
    const { ok, checks } = JSON.parse(after.output) as {
      ok: boolean;
      checks: { name: string; verdict: string; detail: string }[];
    };
    expect([after.status, ok]).toEqual([0, true]);
    const verdicts = Object.fromEntries(checks.map(({ name, verdict }) => [name, verdict]));
    expect(verdicts).toMatchObject({
      ...{ node: 'works', git: 'works', 'git host': 'works', 'runner key': 'works', disk: 'works' },
      ...{ 'perf events': 'works', perf_event_paranoid: 'works', sandbox: 'works' },
      ...{ chain: 'limited', funds: 'limited', gateway: 'limited', 'runner process': 'limited' },
    });
    expect(verdicts).toHaveProperty('container permissions');
    await writeFile(token, 'another token');
    const refused = await runproof('hooks', 'doctor');
    expect(refused.status).toBe(1);
    expect(refused.output).toMatch(/FAIL +git host .* answers 401/);
  });

  it('say in a sentence what is wrong with a call', async () => {
    const { runproof, install, folder, log, token } = await startMachine();
    const complaint = async (...args: string[]) => {
      const { status, complaint } = await runproof(...args);
      expect([args, status]).toEqual([args, 1]);
      return complaint;
    };
    expect(await complaint('hooks', 'agent')).toContain('hooks.json does not exist');
    expect(await complaint(...install, '--token-file', join(folder, 'none'), '--yes')).toContain(
      'Name with --log'
    );
    expect(
      await complaint(...install, '--log', log, '--token-file', join(folder, 'none'), '--yes')
    ).toContain('does not exist');
    expect(await complaint('hooks', 'install', 'github', '--runner', folder, '--yes')).toContain(
      'has no run.sh'
    );
    const again = [...install, '--token-file', token, '--yes', '--log'];
    expect((await runproof(...again, log)).status).toBe(0);
    expect((await runproof(...again, log)).output).toContain('nothing was changed');
    expect(await complaint(...again, 'https://git.example/another')).toContain(`go to ${log}`);
  });
});
