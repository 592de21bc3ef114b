import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startWorld } from './world.ts';
import { processesWith, temporaryFolder } from '../room.ts';

/**
 * A container hook's side of the protocol (actions/runner-container-hooks, `packages/docker`), with the host
 * in the place of a container: what it is told, it runs; what it is asked, it answers.
 */
const DELEGATE = `
const { readFileSync, writeFileSync, appendFileSync } = require('node:fs');
const { spawnSync } = require('node:child_process');
const input = readFileSync(0);
const { command, responseFile, args, state } = JSON.parse(input);
appendFileSync(process.env.SEEN, JSON.stringify({ command, args, state }) + '\\n');
if (command === 'prepare_job') {
  const id = process.env.CONTAINER;
  const context = id ? { container: { id, network: 'net' }, services: [] } : undefined;
  writeFileSync(responseFile, JSON.stringify({ state: { container: id }, context, isAlpine: false }));
}
if (command === 'run_script_step' || command === 'run_container_step') {
  const env = { ...process.env, ...args.environmentVariables };
  const { status, signal } = spawnSync(args.entryPoint, args.entryPointArgs, { env, stdio: 'inherit' });
  if (signal) process.kill(process.pid, signal);
  process.exit(status);
}
`;

const BUSY = 'for ((i = 0; i < 300000; i++)); do :; done';

async function startContainerJob({ container = '' } = {}) {
  const folder = await temporaryFolder();
  const delegate = join(folder, 'delegate.js');
  const seen = join(folder, 'seen');
  await writeFile(delegate, DELEGATE);
  await writeFile(seen, '');
  const world = await startWorld({ containerHooks: delegate });
  const environment = { SEEN: seen, CONTAINER: container };
  const job = await world.runner.startJob({ environment });
  const hook = join(world.runner.folder, '.runproof/container.sh');
  let files = 0;
  const run = async (command: string, args: object, state: object = {}) => {
    const responseFile = join(folder, `response-${files}.json`);
    const input = join(folder, `input-${files++}.json`);
    await writeFile(responseFile, '');
    await writeFile(input, JSON.stringify({ command, responseFile, args, state }));
    const said = await job.step(`bash --noprofile --norc -e -o pipefail '${hook}' < '${input}'`);
    return { ...said, response: await readFile(responseFile, 'utf8') };
  };
  const calls = async () =>
    (await readFile(seen, 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { command: string; args: object; state: object });
  return { world, job, run, calls };
}

const step = (script: string, environmentVariables: Record<string, string> = {}) => ({
  ...{ entryPoint: 'bash', entryPointArgs: ['-c', script], environmentVariables },
  ...{ prependPath: '', workingDirectory: '/__w/library/library' },
});

const prepare = { container: { image: 'alpine', environmentVariables: {} }, services: [] };

describe('container hooks', () => {
  it('hand everything to those that do the work, and their answers back', async () => {
    const { run, calls, job } = await startContainerJob();
    const prepared = await run('prepare_job', prepare);
    expect(prepared).toMatchObject({ status: 0, output: '' });
    const { state } = JSON.parse(prepared.response) as { state: object };
    const args = step('echo hello $NAME; exit 7', { NAME: 'you' });
    expect(await run('run_script_step', args, state)).toMatchObject({
      ...{ status: 7, output: 'hello you\n' },
    });
    expect(await run('run_container_step', step('kill -9 $$'), state)).toMatchObject({
      status: 128 + 9,
    });
    expect((await run('cleanup_job', {}, state)).status).toBe(0);
    expect((await run('something_new', { x: 1 })).status).toBe(0);
    const seen = await calls();
    expect(seen.map(({ command }) => command)).toEqual([
      ...['prepare_job', 'run_script_step', 'run_container_step', 'cleanup_job', 'something_new'],
    ]);
    expect(seen[1]).toEqual({ command: 'run_script_step', args, state });
    await job.kill();
  });

  it('have steps counted that run below the runner, and secrets of theirs hidden', async () => {
    const { world, run, job } = await startContainerJob();
    expect(await world.until('measured')).toMatchObject([{ late: false }]);
    await run('prepare_job', prepare);
    const secret = 's3cret-of-step';
    const program = join(job.workspace, secret);
    await run('run_script_step', {
      ...step(`cp /bin/bash '${program}'; '${program}' -c '${BUSY}; ${BUSY}'`, { ANY: secret }),
    });
    await job.complete();
    await world.until('noted');
    const [entry] = await world.log();
    const clock = entry!.note.counters.find(({ name }) => name === 'task-clock')!;
    expect(clock.value).toBeGreaterThan(100_000_000n);
    const kept = [world.spool, world.mailbox, join(world.folder, 'node')];
    await expect.poll(() => found(secret, kept)).toBe(false);
    // Its processes went by that name.
    expect(found('[secret]', kept)).toBe(true);
  });

  it('show no counters where the container is not below the runner', async () => {
    const { world, run, job } = await startContainerJob({ container: 'ab'.repeat(32) });
    expect(await world.until('measured')).toMatchObject([{ late: false }]);
    await run('prepare_job', prepare);
    await run('run_script_step', step(BUSY));
    await job.complete();
    await world.until('noted');
    const [entry] = await world.log();
    expect(entry!.note.counters.every(({ value }) => value === undefined)).toBe(true);
    expect(entry!.note.exitStatus).toBe(0);
  });

  it('forward the signal by which the runner cancels a step', async () => {
    const { run, world } = await startContainerJob();
    const said = run('run_script_step', step('sleep 5'));
    const script = join(world.runner.folder, '.runproof/github-container.mjs');
    // The step's own process, and not the shell that plays the runner.
    const hooks = () => processesWith(script).filter((pid) => commandOf(pid).includes(script));
    await expect.poll(hooks).toHaveLength(1);
    await expect.poll(() => processesWith('delegate.js').length).toBeGreaterThan(1);
    process.kill(Number(hooks()[0]), 'SIGINT');
    expect((await said).status).toBe(128 + 2);
  });

  it('are the delegate alone where Node or our script is gone', async () => {
    const { run, world, calls } = await startContainerJob();
    await rm(join(world.runner.folder, '.runproof/github-container.mjs'));
    expect((await run('run_script_step', step('exit 4'))).status).toBe(4);
    expect(await calls()).toHaveLength(1);
  });
});

/** Whether a file below the folders holds a text. */
const found = (text: string, folders: readonly string[]): boolean =>
  spawnSync('grep', ['-rqaF', text, ...folders]).status === 0;

const commandOf = (pid: string): string[] =>
  readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
