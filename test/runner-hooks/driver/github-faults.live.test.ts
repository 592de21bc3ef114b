import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../contracts/formats/job.ts';
import { listRuns } from '../../../runner-hooks/record/spool.ts';
import { findTicket } from '../../../runner-hooks/record/ticket.ts';
import {
  type GithubWorld,
  PATH,
  REPOSITORY,
  startGithubWorld,
  workflowOf,
  TOKEN,
} from './github-world.ts';
import { LIMITS } from './limits.ts';

const UPLOAD = 'uses: actions/upload-artifact@v4\nwith: { name: dist, path: out }';
const BUSY = 'for ((i = 0; i < 300000; i++)); do :; done';
const ID = 'ab'.repeat(32);
const dispatched = ({ github }: GithubWorld): number =>
  github.calls.filter(({ path }) => path.endsWith('/dispatches')).length;
const running = ({ events }: GithubWorld) =>
  expect.poll(() => events.map(({ kind }) => kind)).toContain('begun');

describe('a run on GitHub that goes wrong', () => {
  it('waits where its token was revoked, and is found again with another one', async () => {
    const world = await startGithubWorld(workflowOf('sleep 2; echo done'));
    const first = world.run({ id: ID });
    await running(world);
    world.github.setToken('another');
    await expect(first).rejects.toMatchObject({ name: 'ForgeError', code: 'unauthorized' });
    const outcome = await world.run({ id: ID }, { token: 'another' });
    expect(outcome).toMatchObject({ exitStatus: 0 });
    expect(dispatched(world)).toBe(1);
  });

  it('is free where no runner takes it, and is called off', async () => {
    const world = await startGithubWorld(workflowOf('echo never'));
    world.github.setRunner(undefined);
    const outcome = await world.run({ id: ID }, { forge: { startSeconds: 1 } });
    expect(outcome.exitStatus).toBe(EXIT.refused);
    expect(outcome.reason).toMatch(/no runner of this machine took the run/);
    expect(outcome.counters[0]).toMatchObject({ name: 'task-clock', value: 0n });
    expect(world.github.runs[0]!.attempts).toMatchObject([{ conclusion: 'cancelled' }]);
    await outcome.discard();
    expect(await findTicket(world.agent.spool, ID)).toBeUndefined();
  });

  it('is its first try where somebody has it run again, without outputs that may be the second’s', async () => {
    const world = await startGithubWorld(workflowOf('mkdir out; echo $RANDOM > out/x', UPLOAD));
    // Just before the driver would see that it is over.
    world.github.fail({
      ...{ on: /^GET .*\/runs\/\d+$/, times: Infinity },
      meanwhile: async () => {
        const [run] = world.github.runs;
        if (run!.attempts.length === 1 && run!.attempts[0]!.conclusion !== null)
          world.github.rerun(run!.id);
      },
    });
    const outcome = await world.run({ definition: { outputs: ['dist'] } });
    expect(outcome).toMatchObject({ exitStatus: 0 });
    expect(outcome.omitted).toEqual([{ path: 'dist', reason: 'the run was begun again by hand' }]);
    // The second has no ticket any more: it is an ordinary run of that runner.
    await world.github.idle();
    await expect.poll(() => world.agent.log(), { timeout: 30_000 }).toHaveLength(1);
  });

  it('ends as cancelled where somebody has cancelled it, and pays for what it used', async () => {
    const world = await startGithubWorld(workflowOf(`${BUSY}; touch busy; while :; do :; done`));
    const first = world.run();
    const marker = join(world.runner.folder, '_work/library/library/busy');
    await expect.poll(() => existsSync(marker)).toBe(true);
    world.github.cancel(world.github.runs[0]!.id);
    const outcome = await first;
    expect(outcome.exitStatus).toBeGreaterThan(EXIT.signalled);
    expect(outcome.exitStatus).toBeLessThan(EXIT.timeLimit);
    expect(outcome.reason).toBe('it was cancelled at the forge');
    expect(outcome.counters[0]!.value).toBeGreaterThan(100_000_000n);
  });

  it('is ended where it takes longer than the service allows', async () => {
    const world = await startGithubWorld(workflowOf('while :; do :; done'));
    const outcome = await world.run({ limits: { ...LIMITS, seconds: 3 } });
    expect(outcome).toMatchObject({
      exitStatus: EXIT.timeLimit,
      reason: 'it took longer than 3 s',
    });
  });

  it('waits as long as a rate limit says, and leaves it where that is too long', async () => {
    const world = await startGithubWorld(workflowOf('echo done'));
    const limit = (seconds: number) => ({
      status: 403,
      headers: { 'retry-after': `${seconds}`, 'content-type': 'application/json' },
      body: JSON.stringify({ message: 'You have exceeded a secondary rate limit.' }),
    });
    world.github.fail({ on: /^GET .*\/commits\//, reply: limit(1) });
    world.github.fail({ on: /^POST .*\/dispatches$/, reply: limit(1) });
    const began = performance.now();
    expect(await world.run()).toMatchObject({ exitStatus: 0 });
    expect(performance.now() - began).toBeGreaterThan(2_000);
    expect(world.github.runs).toHaveLength(1);
    world.github.fail({ on: /\/commits\//, reply: limit(3_600) });
    await expect(world.run()).rejects.toMatchObject({ code: 'rate-limited' });
  });

  it('is asked for once where the server fails after it has made the run', async () => {
    const world = await startGithubWorld(workflowOf('echo done'));
    const { github } = world;
    github.fail({ on: /^GET .*\/contents\//, times: 1, reply: { status: 502, body: {} } });
    github.fail({ on: /\/dispatches$/, reply: { status: 502, body: {} }, isDone: true });
    await expect(world.run({ id: ID })).rejects.toMatchObject({ code: 'unreachable' });
    expect(await world.run({ id: ID })).toMatchObject({ exitStatus: 0 });
    expect(github.runs).toHaveLength(1);
    expect(dispatched(world)).toBe(1);
  });

  it('is found by its claim where a kill came between, and its title tells nothing', async () => {
    const untitled = workflowOf('echo done').replace(/^run-name.*\n/m, '');
    const world = await startGithubWorld(untitled);
    world.github.fail({ on: /\/dispatches$/, reply: 'broken', isDone: true });
    await expect(world.run({ id: ID })).rejects.toMatchObject({ code: 'unreachable' });
    expect(await world.run({ id: ID })).toMatchObject({ exitStatus: 0 });
    expect(dispatched(world)).toBe(1);
  });

  it('is found by its claim where an older server does not name the run', async () => {
    const world = await startGithubWorld(workflowOf('echo done'));
    world.github.fail({ on: /\/dispatches$/, reply: { status: 204 }, isDone: true });
    expect(await world.run()).toMatchObject({ exitStatus: 0 });
    expect(dispatched(world)).toBe(1);
  });

  it('goes on where the provider stops, and is not begun again', async () => {
    const world = await startGithubWorld(workflowOf('sleep 2; echo done'));
    const stop = new AbortController();
    const first = world.run({ id: ID }, { signal: stop.signal });
    await running(world);
    stop.abort();
    await expect(first).rejects.toMatchObject({ code: 'aborted' });
    expect(await world.run({ id: ID })).toMatchObject({ exitStatus: 0 });
    expect(dispatched(world)).toBe(1);
  });

  it('keeps its result where its artifacts have expired', async () => {
    const world = await startGithubWorld(workflowOf('mkdir out; echo x > out/x', UPLOAD));
    world.github.fail({
      on: /\/artifacts$/,
      meanwhile: () => {
        world.github.expireArtifacts();
        return Promise.resolve();
      },
    });
    const outcome = await world.run({ definition: { outputs: ['dist'] } });
    expect(outcome).toMatchObject({ exitStatus: 0 });
    expect(outcome.omitted).toEqual([{ path: 'dist', reason: 'it has expired at the forge' }]);
    expect(outcome.log).toContain('[runproof: left out dist: it has expired at the forge]');
  });

  it('is not asked for where its branch has gone on, and stands where that happens later', async () => {
    const world = await startGithubWorld(workflowOf('sleep 1; echo done'));
    const { repositories } = world.github;
    const first = world.run();
    await running(world);
    const other = await repositories.commit(REPOSITORY, { [PATH]: workflowOf('echo other') });
    expect(await first).toMatchObject({ exitStatus: 0 });
    const second = await world.run();
    expect(second.exitStatus).toBe(EXIT.refused);
    expect(second.reason).toBe(
      `refs/heads/main of ${REPOSITORY} is at ${other} now, not at ${world.commit}`
    );
    expect(dispatched(world)).toBe(1);
  });

  it('is refused where the branch goes on between the look and the run', async () => {
    const world = await startGithubWorld(workflowOf('echo done'));
    world.github.fail({
      on: /\/dispatches$/,
      meanwhile: () =>
        world.github.repositories.commit(REPOSITORY, { [PATH]: workflowOf('echo other') }),
    });
    const outcome = await world.run();
    expect(outcome.exitStatus).toBe(EXIT.refused);
    expect(outcome.reason).toMatch(/^the forge ran commit [0-9a-f]{40}, not /);
  });

  it('is refused where no hook of this machine saw it', async () => {
    const world = await startGithubWorld(workflowOf('echo done'));
    await rm(join(world.runner.folder, '.env'));
    const outcome = await world.run();
    expect(outcome.exitStatus).toBe(EXIT.refused);
    expect(outcome.reason).toBe('the run ended (success), and no hook of this machine saw it');
  });

  it('is refused where another run has used its ticket', async () => {
    const world = await startGithubWorld(workflowOf('sleep 1; echo done'));
    const { github, agent } = world;
    github.fail({
      on: /\/dispatches$/,
      meanwhile: async () => {
        const ticket = await findTicket(agent.spool, ID);
        await fetch(`${github.api}/repos/${REPOSITORY}/actions/workflows/market.yml/dispatches`, {
          method: 'POST',
          headers: {
            ...{ authorization: `token ${TOKEN}`, 'content-type': 'application/json' },
            'user-agent': 'a colleague',
          },
          body: JSON.stringify({ ref: 'main', inputs: { runproof_ticket: ticket!.id } }),
        });
      },
    });
    const outcome = await world.run({ id: ID });
    expect(outcome.exitStatus).toBe(EXIT.refused);
    const [theirs, ours] = github.runs;
    expect(outcome.reason).toBe(`run ${theirs!.id} used the ticket of run ${ours!.id}`);
  });

  it('R7: has a runner for bought runs alone refuse what brings no ticket of its own', async () => {
    const world = await startGithubWorld(workflowOf('echo done'), { marketOnly: true });
    expect(await world.run()).toMatchObject({ exitStatus: 0 });
    world.github.rerun(world.github.runs[0]!.id);
    await world.github.idle();
    expect(world.github.runs[0]!.attempts).toMatchObject([
      { conclusion: 'success' },
      { conclusion: 'failure' },
    ]);
    expect(world.events.map(({ kind }) => kind)).toContain('refused');
    expect(await listRuns(world.agent.spool)).toHaveLength(1);
  });
});
