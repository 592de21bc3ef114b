import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../contracts/formats/job.ts';
import { claimOf, findTicket } from '../../../runner-hooks/record/ticket.ts';
import { type GitlabWorld, PROJECT, TOKEN, pipelineOf, startGitlabWorld } from './gitlab-world.ts';

const BUSY = 'for ((i = 0; i < 300000; i++)); do :; done';
const ID = 'cd'.repeat(32);
const claimed = ({ spool }: GitlabWorld, id = ID) =>
  expect
    .poll(async () => {
      const ticket = await findTicket(spool, id);
      return ticket && (await claimOf(spool, ticket.id));
    })
    .toBeDefined();

describe('a pipeline on GitLab that goes wrong', () => {
  it('R3: is found again after kill -9 of the provider, and is not asked for twice', async () => {
    const world = await startGitlabWorld(pipelineOf('sleep 3; echo done'));
    const request = world.request({ id: ID });
    const { host, url: server } = world.gitlab;
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, 'gitlab-child.ts')],
      { stdio: ['pipe', 'inherit', 'inherit'] }
    );
    const { folder, spool } = world;
    child.stdin.end(JSON.stringify({ request, folder, spool, host, server, token: TOKEN }));
    await claimed(world);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const outcome = await world.run({ id: ID });
    expect(outcome).toMatchObject({ exitStatus: 0 });
    expect(outcome.log).toContain('done');
    expect(world.gitlab.pipelines).toHaveLength(1);
  });

  it('is asked for once where the server fails after it has made the pipeline', async () => {
    const world = await startGitlabWorld(pipelineOf('sleep 1; echo done'));
    world.gitlab.setRunner(undefined);
    world.gitlab.fail({ on: /\/pipeline$/, reply: { status: 502, body: {} }, isDone: true });
    await expect(world.run({ id: ID })).rejects.toMatchObject({ code: 'unreachable' });
    world.gitlab.setRunner(world.runner);
    expect(await world.run({ id: ID })).toMatchObject({ exitStatus: 0 });
    expect(world.gitlab.pipelines).toHaveLength(1);
  });

  it('waits where its token was revoked, and is found again with another one', async () => {
    const world = await startGitlabWorld(pipelineOf('sleep 2; echo done'));
    const first = world.run({ id: ID });
    await claimed(world);
    world.gitlab.setToken('another');
    await expect(first).rejects.toMatchObject({ name: 'ForgeError', code: 'unauthorized' });
    expect(await world.run({ id: ID }, { token: 'another' })).toMatchObject({ exitStatus: 0 });
    expect(world.gitlab.pipelines).toHaveLength(1);
  });

  it('is free where no runner takes it, and is called off', async () => {
    const world = await startGitlabWorld(pipelineOf('echo never'));
    world.gitlab.setRunner(undefined);
    const outcome = await world.run({}, { forge: { startSeconds: 1 } });
    expect(outcome.exitStatus).toBe(EXIT.refused);
    expect(outcome.reason).toMatch(/no runner of this machine took the run/);
    expect(world.gitlab.pipelines[0]!.jobs).toMatchObject([{ status: 'canceled' }]);
  });

  it('is its first job where somebody retries it: the second has no ticket any more', async () => {
    const world = await startGitlabWorld(pipelineOf('mkdir out; echo x > out/x', 'out'));
    // Just before the driver would see that it is over.
    world.gitlab.fail({
      ...{ on: /^GET .*\/jobs\/\d+$/, times: Infinity },
      meanwhile: async () => {
        const [pipeline] = world.gitlab.pipelines;
        if (pipeline!.jobs.length === 1 && pipeline!.jobs[0]!.status === 'success')
          world.gitlab.retry(pipeline!.id);
      },
    });
    const outcome = await world.run({ definition: { outputs: ['out'] } });
    expect(outcome).toMatchObject({ exitStatus: 0, omitted: [] });
    await expect.poll(() => world.gitlab.pipelines[0]!.jobs[1]!.status).toBe('failed');
  });

  it('ends as cancelled where somebody has cancelled it, and pays for what it used', async () => {
    const world = await startGitlabWorld(pipelineOf(`${BUSY}; echo busy; while :; do :; done`));
    const first = world.run({ id: ID });
    const trace = () => Buffer.concat(world.gitlab.pipelines[0]?.jobs[0]?.trace ?? []).toString();
    await expect.poll(trace).toContain('\nbusy\n');
    world.gitlab.cancel(world.gitlab.pipelines[0]!.id);
    const outcome = await first;
    expect(outcome.exitStatus).toBeGreaterThan(EXIT.signalled);
    expect(outcome.exitStatus).toBeLessThan(EXIT.timeLimit);
    expect(outcome.reason).toBe('it was cancelled at the forge');
    expect(outcome.counters[0]!.value).toBeGreaterThan(100_000_000n);
  });

  it('waits as long as a rate limit says, and leaves it where that is too long', async () => {
    const world = await startGitlabWorld(pipelineOf('echo done'));
    const limit = (seconds: number) => ({
      ...{ status: 429, headers: { 'retry-after': `${seconds}` }, body: 'Retry later' },
    });
    world.gitlab.fail({ on: /\/branches\//, reply: limit(1) });
    world.gitlab.fail({ on: /\/pipeline$/, reply: limit(1) });
    const began = performance.now();
    expect(await world.run()).toMatchObject({ exitStatus: 0 });
    expect(performance.now() - began).toBeGreaterThan(2_000);
    expect(world.gitlab.pipelines).toHaveLength(1);
    world.gitlab.fail({ on: /\/branches\//, reply: limit(3_600) });
    await expect(world.run()).rejects.toMatchObject({ code: 'rate-limited' });
  });

  it('keeps its result where its artifacts have expired', async () => {
    const world = await startGitlabWorld(pipelineOf('mkdir out; echo x > out/x', 'out'));
    world.gitlab.fail({
      on: /^GET .*\/artifacts$/,
      meanwhile: () => {
        world.gitlab.expireArtifacts();
        return Promise.resolve();
      },
    });
    const outcome = await world.run({ definition: { outputs: ['out'] } });
    expect(outcome).toMatchObject({ exitStatus: 0 });
    expect(outcome.omitted).toEqual([
      { path: 'out', reason: 'it has expired at the forge, or never was' },
    ]);
  });

  it('is refused where the branch goes on between the look and the run', async () => {
    const world = await startGitlabWorld(pipelineOf('echo done'));
    world.gitlab.fail({
      on: /\/pipeline$/,
      meanwhile: () =>
        world.gitlab.repositories.commit(PROJECT, { '.gitlab-ci.yml': pipelineOf('echo other') }),
    });
    const outcome = await world.run();
    expect(outcome.exitStatus).toBe(EXIT.refused);
    expect(outcome.reason).toMatch(/^the forge ran commit [0-9a-f]{40}, not /);
  });
});
