import { describe, expect, it } from 'vitest';
import { takeRun } from '../../../runner-hooks/record/take.ts';
import { leaveTicket } from '../../../runner-hooks/record/ticket.ts';
import { type World, startWorld } from './world.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const PLAN = '89c72d20-71e7-4948-8eb8-0d8f0e417443';

/** As a runner of today tells which leg it does; one from before does not. */
const leg = (name: string) => ({ ACTIONS_ORCHESTRATION_ID: `${PLAN}.build.${name}` });

/** Names and ends of the jobs that left a receipt. */
async function receipts(world: World): Promise<Record<string, number>> {
  const entries = await world.log();
  return Object.fromEntries(
    entries.map(({ note: { origin, exitStatus } }) => [
      `${origin.job.name}, try ${origin.attempt}`,
      exitStatus,
    ])
  );
}

describe('the legs of a matrix', () => {
  it('on one runner, one after the other, each have the receipt of what became of them', async () => {
    const world = await startWorld();
    let begun = 0;
    const ends = { ubuntu_20: 'Succeeded', ubuntu_22: 'Failed', ubuntu_24: 'Succeeded' } as const;
    for (const [name, end] of Object.entries(ends)) {
      const job = await world.runner.startJob({ environment: leg(name) });
      await world.until('measured', (begun += 1));
      await job.complete(end);
    }
    await world.until('noted', 3);
    expect(await receipts(world)).toEqual({
      'build (ubuntu_20), try 1': 0,
      'build (ubuntu_22), try 1': 1,
      'build (ubuntu_24), try 1': 0,
    });
  });

  it('at once on two runners are told apart by their own names, not by who came first', async () => {
    const world = await startWorld({ runners: 2 });
    const [first, second] = await Promise.all(
      ['node_20', 'node_22'].map((name, i) =>
        world.runners[i]!.startJob({ environment: leg(name) })
      )
    );
    await world.until('measured', 2);
    // Ended in the other order.
    await second!.complete('Failed');
    await first!.complete('Succeeded');
    await world.until('noted', 2);
    expect(await receipts(world)).toEqual({
      'build (node_20), try 1': 0,
      'build (node_22), try 1': 1,
    });
  });

  it('begun again have the same names in another try', async () => {
    const world = await startWorld();
    for (const GITHUB_RUN_ATTEMPT of ['1', '2']) {
      const environment = { ...leg('node_20'), GITHUB_RUN_ATTEMPT };
      const job = await world.runner.startJob({ environment });
      await world.until('measured', Number(GITHUB_RUN_ATTEMPT));
      await job.complete(GITHUB_RUN_ATTEMPT === '1' ? 'Failed' : 'Succeeded');
    }
    await world.until('noted', 2);
    expect(await receipts(world)).toEqual({
      'build (node_20), try 1': 1,
      'build (node_20), try 2': 0,
    });
  });

  it('of an old runner, which names none, are numbered as they come', async () => {
    const world = await startWorld();
    for (const [i, end] of (['Failed', 'Succeeded'] as const).entries()) {
      const job = await world.runner.startJob();
      await world.until('measured', i + 1);
      await job.complete(end);
    }
    await world.until('noted', 2);
    expect(await receipts(world)).toEqual({ 'build, try 1': 1, 'build #2, try 1': 0 });
  });

  it('R7: that were bought with one ticket are one run: the first to come, and no other on such a runner', async () => {
    const world = await startWorld({ marketOnly: true });
    const ticket = await leaveTicket(world.spool, {
      ...{ job: 'tab-1', forge: 'github', host: 'github.com', repository: 'library/library' },
      ...{ commit: COMMIT, workflow: { path: '.github/workflows/build.yml', sha256: null } },
      limits: {
        ...{ seconds: 60, memoryBytes: 2 ** 28, processes: 16 },
        ...{ outputBytes: 2 ** 20, logBytes: 2 ** 20, network: false },
      },
      ...{ expiresAt: Date.now() + 600_000, parameters: {}, secrets: {} },
    });
    const payload = { repository: { id: 1 }, inputs: { runproof_ticket: ticket.id } };
    const start = (name: string) =>
      world.runner.startJob({
        payload,
        environment: { ...leg(name), GITHUB_EVENT_NAME: 'workflow_dispatch' },
      });
    const [first, second] = [await start('node_20'), await start('node_22')];
    expect([first.started, second.started!.status]).toEqual([{ status: 0, output: '' }, 1]);
    expect(second.started!.output).toContain('used already');
    await first.complete();
    await world.until('ended');
    const run = await takeRun(world.spool, ticket.id);
    expect(run!.origin.job.name).toBe('build (node_20)');
  });
});
