import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'smol-toml';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startGit } from '../../../scripts/network/git.ts';
import { jobResponse, playJob } from '../../runner-hooks/gitlab/gitlab-runner.ts';
import { installExecutor } from '../../runner-hooks/gitlab/installed.ts';

const BIN = fileURLToPath(new URL('../../../bin/runproof.mjs', import.meta.url));
const TOKEN = 'a-token-for-tests';

/** A machine with a GitLab Runner of two runners, a home of its own for Runproof, and a git host. */
async function startMachine() {
  const { folder, runner, source, settings } = await installExecutor();
  const git = await startGit({ root: join(folder, 'logs'), token: TOKEN });
  onTestFinished(() => git.stop());
  const log = await git.createRepository('log.git');
  const token = join(folder, 'token');
  await writeFile(token, `${TOKEN}\n`);
  const config = join(folder, 'etc', 'config.toml');
  await mkdir(join(folder, 'etc'));
  const runners = ['first', 'second'].map(
    (name) =>
      `[[runners]]\n  name = "${name}"\n  url = "${settings.url}"\n  token = "glrt-${name}"\n  executor = "shell"\n`
  );
  const text = `concurrent = 2 # as many as cores\n\n${runners.join('\n')}`;
  await writeFile(config, text, { mode: 0o600 });
  const home = join(folder, 'home');
  const words = (args: readonly string[]) => [BIN, '--home', home, ...args];
  const runproof = (...args: string[]) =>
    new Promise<{ status: number; output: string; complaint: string }>((resolve) => {
      const child = execFile(process.execPath, words(args), (error, output, complaint) =>
        resolve({ status: error === null ? 0 : Number(error.code), output, complaint })
      );
      child.stdin!.end();
    });
  const agent = () =>
    spawn(process.execPath, words(['hooks', 'agent']), { stdio: ['ignore', 'pipe', 'inherit'] });
  return { folder, home, log, token, config, text, source, settings, runner, runproof, agent };
}

interface Runners {
  runners: { executor: string; custom: { run_exec: string } }[];
}

describe('runproof hooks', () => {
  it('go on a runner of GitLab Runner with one command, leave receipts that anybody can verify, and go again', async () => {
    const { folder, home, log, token, config, text, source, settings, runner, runproof, agent } =
      await startMachine();
    const chosen = ['gitlab', '--config', config, '--name', 'second'];
    const where = ['--log', log, '--token-file', token, '--network', 'none'];
    const installed = await runproof('hooks', 'install', ...chosen, ...where, '--yes');
    expect(installed).toMatchObject({ status: 0, complaint: '' });
    expect(installed.output).toContain('+  executor = "custom" # Runproof');
    const { runners } = parse(await readFile(config, 'utf8')) as unknown as Runners;
    expect(runners.map(({ executor }) => executor)).toEqual(['shell', 'custom']);

    const entry = runners[1]!.custom.run_exec;
    const played = await playJob({ ...runner, entry }, jobResponse(source, ['echo hello']));
    expect(played.log).toContain('network: none');
    expect(played.verdict).toEqual({ kind: 'success' });
    const status = await runproof('hooks', 'status', '--json');
    expect(JSON.parse(status.output)).toMatchObject({
      runners: [{ forge: 'gitlab', target: `${config}#second`, state: 'installed' }],
      waiting: 1,
    });

    const child = agent();
    onTestFinished(() => void child.kill('SIGKILL'));
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
    await expect.poll(() => said).toContain('"noted"');
    child.kill('SIGTERM');
    await once(child, 'exit');
    const { publicKey } = JSON.parse(await readFile(join(home, 'keys/runner.json'), 'utf8')) as {
      publicKey: string;
    };
    const policy = join(folder, 'policy.json');
    const sources = [`${new URL(settings.url).host}/library`];
    await writeFile(policy, JSON.stringify({ version: 1, runners: [{ key: publicKey }], sources }));
    const verified = await runproof(
      'verify',
      source.commit,
      '--log',
      log,
      '--policy',
      policy,
      '--json'
    );
    expect(verified.status).toBe(0);

    const doctor = await runproof('hooks', 'doctor', '--json');
    const { checks } = JSON.parse(doctor.output) as { checks: { name: string }[] };
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['perf events', 'git host', 'config.toml', 'network of jobs'])
    );
    // Nothing to choose where it is on one runner alone.
    const removed = await runproof('hooks', 'uninstall', 'gitlab', '--config', config, '--yes');
    expect(removed.status).toBe(0);
    expect(await readFile(config, 'utf8')).toBe(text);
  });

  it.each([
    ['which of two runners', [], 'choose one with --name or --token-prefix'],
    ['a network that there is', ['--name', 'first', '--network', 'all'], 'One of none, forge'],
    ['a mount with a place', ['--name', 'first', '--mount', '/opt'], 'a colon'],
    ['somebody to ask', ['--name', 'first'], 'add --yes'],
    [
      'the sandbox for bought jobs',
      ['--name', 'first', '--keep-executor', '--market-only'],
      'sandbox',
    ],
  ])('want to know %s, and change nothing without', async (_, args, complaint) => {
    const { config, text, runproof } = await startMachine();
    const asked = await runproof('hooks', 'install', 'gitlab', '--config', config, ...args);
    expect(asked.status).not.toBe(0);
    expect(asked.complaint).toContain(complaint);
    expect(await readFile(config, 'utf8')).toBe(text);
  });
});
