import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { postReport, readReports } from '../../../runner-hooks/github/mailbox.ts';
import { nameOf } from '../../../runner-hooks/record/process.ts';
import { takeRun } from '../../../runner-hooks/record/take.ts';
import { leaveTicket } from '../../../runner-hooks/record/ticket.ts';
import { type World, startWorld } from './world.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const SECRET = 'a-sealed-secret-of-the-requester';

const ticketIn = (world: World) =>
  leaveTicket(world.spool, {
    ...{ job: 'tab-1', forge: 'github', host: 'github.com', repository: 'library/library' },
    ...{ commit: COMMIT, workflow: { path: '.github/workflows/build.yml', sha256: null } },
    limits: {
      ...{ seconds: 60, memoryBytes: 2 ** 28, processes: 16 },
      ...{ outputBytes: 2 ** 20, logBytes: 2 ** 20, network: false },
    },
    ...{ expiresAt: Date.now() + 60_000, parameters: { size: 3 }, secrets: { KEY: SECRET } },
  });

const dispatched = (ticket: string, changes: object = {}) => ({
  payload: { repository: { id: 1 }, inputs: { runproof_ticket: ticket }, ...changes },
  environment: { GITHUB_EVENT_NAME: 'workflow_dispatch' },
});

describe('a bought job on a GitHub runner', () => {
  it('gets what it was sealed with, in memory alone, and its driver takes the run', async () => {
    const world = await startWorld({ marketOnly: true });
    const ticket = await ticketIn(world);
    const job = await world.runner.startJob(dispatched(ticket.id));
    expect(job.started).toEqual({ status: 0, output: '' });
    const { output } = await job.step('cat $RUNPROOF_SECRETS/KEY $RUNPROOF_PARAMETERS');
    expect(output).toBe(`${SECRET}{"size":3}`);
    await job.complete();
    await world.until('ended');
    const run = await takeRun(world.spool, ticket.id);
    expect(run!.origin).toMatchObject({ run: '4711', event: 'workflow_dispatch' });
    expect(run!.outcome.exitStatus).toBe(0);
    await expect(stat(ticket.memory)).rejects.toThrow('ENOENT');
    // No log has it.
    expect(world.happened.map(({ kind }) => kind)).not.toContain('published');
  });

  it.runIf(process.getuid?.() === 0)(
    'R1: gets at its own secrets, and at nothing of an agent that is another user',
    async () => {
      const world = await startWorld({ uid: 60_123 });
      const ticket = await ticketIn(world);
      const job = await world.runner.startJob(dispatched(ticket.id));
      expect(job.started).toEqual({ status: 0, output: '' });
      await world.until('measured');
      expect((await job.step('cat $RUNPROOF_SECRETS/KEY')).output).toBe(SECRET);
      for (const name of ['runs', 'tickets', 'workers'])
        expect((await job.step(`ls ${join(world.spool, name)}`)).status).not.toBe(0);
      // Nor may its mailbox have perf put on somebody else's processes.
      const [started] = readReports(world.mailbox);
      postReport(world.mailbox, { ...started!, worker: nameOf(process.pid)! });
      const [fault] = await world.until('fault');
      expect(fault!.reason).toContain('is not of the user');
      await job.step('for ((i = 0; i < 300000; i++)); do :; done');
      await job.complete();
      await world.until('ended');
      const run = await takeRun(world.spool, ticket.id);
      const clock = run!.outcome.counters.find(({ name }) => name === 'task-clock')!;
      expect(clock.value).toBeGreaterThan(100_000_000n);
    }
  );

  it('R7: is the only one where the owner says so: no ticket, a used one and a fork’s are refused', async () => {
    const world = await startWorld({ marketOnly: true });
    const { started: none } = await world.runner.startJob();
    expect(none!.status).toBe(1);
    expect(none!.output).toContain('only jobs that were bought');

    const ticket = await ticketIn(world);
    const fork = {
      repository: { id: 1 },
      pull_request: { head: { repo: { id: 2 } }, base: { repo: { id: 1 } } },
    };
    const { started: forked } = await world.runner.startJob(dispatched(ticket.id, fork));
    expect(forked!.status).toBe(1);
    expect(forked!.output).toContain('fork');

    const first = await world.runner.startJob(dispatched(ticket.id));
    expect(first.started!.status).toBe(0);
    const { started: second } = await world.runner.startJob(dispatched(ticket.id));
    expect(second!.status).toBe(1);
    expect(second!.output).toContain('used already');
    await first.complete();
    expect(world.happened.filter(({ kind }) => kind === 'begun')).toHaveLength(1);
    expect(await world.until('refused', 3)).toHaveLength(3);
  });

  it.each([
    ['its agent is away', { isAway: true }, () => undefined],
    ['Node is gone', { node: '/nonexistent/node' }, () => undefined],
    [
      'its mailbox is',
      {},
      async ({ mailbox }: World) => {
        await rm(mailbox, { recursive: true });
        await writeFile(mailbox, 'not a folder');
      },
    ],
  ] as const)(
    'R7: is refused where nobody can say whether it was bought: %s',
    async (_, options, spoil) => {
      const world = await startWorld({ marketOnly: true, ...options });
      await spoil(world);
      const { started } = await world.runner.startJob();
      expect(started!.status).toBe(1);
      expect(started!.output).toContain('may not run here');
    }
  );

  it('with a ticket that does not hold is an ordinary run where those may run', async () => {
    const world = await startWorld();
    const job = await world.runner.startJob(dispatched('ab'.repeat(16)));
    expect(job.started!.status).toBe(0);
    expect(job.started!.output).toContain('is unknown here');
    await job.complete();
    await world.until('noted');
    expect(await world.log()).toHaveLength(1);
  });
});
