import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { until } from './until.ts';
import { Killed, MINA, type Requester, World } from './world.ts';

/** What a requester, or somebody else, may do; and whether a receipt has to come of it. */
const ACT = ['good', 'again', 'other', 'forged', 'poor', 'moved', 'missing'] as const;
type Act = (typeof ACT)[number];

const step = fc.record({
  act: fc.constantFrom<Act>(...ACT, 'good', 'good'),
  tab: fc.nat(1),
  sequence: fc.integer({ min: 1, max: 4 }),
});
/** After how many journalled writes and effects each process dies. */
const lives = fc.array(fc.integer({ min: 5, max: 90 }), { maxLength: 6 });
const losses = fc.array(fc.constantFrom('rejects' as const, 'vanishes' as const), { maxLength: 3 });

async function act(world: World, alice: Requester, what: Act, sequence: number): Promise<void> {
  if (what === 'poor') await alice.ring(sequence, { maximum: 1_000n * MINA });
  else if (what === 'moved') await alice.ring(sequence, {}, { sequence: sequence + 100 });
  else if (what === 'missing') world.ring('request', alice.tab, new Uint8Array(32).fill(sequence));
  else if (what === 'forged') {
    const { block, envelope } = await alice.request(sequence);
    block[block.length - 1]! ^= 1;
    world.keep(envelope);
    world.ring('request', alice.tab, world.keep(block));
  } else {
    const digest = await alice.ring(sequence, { validUntil: what === 'other' ? 1_400 : 1_500 });
    if (what === 'again') world.ring('request', alice.tab, Buffer.from(digest, 'hex'));
  }
}

describe('any sequence of requests, kills and lost transactions', () => {
  it('R3: pays each number that was rightly asked for once, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 6 }),
        lives,
        losses,
        async (steps, deaths, lost) => {
          const world = new World();
          try {
            const requesters = [world.openTab(50n * MINA), world.openTab(50n * MINA)];
            for (const { act: what, tab, sequence } of steps)
              await act(world, requesters[tab]!, what, sequence);
            world.lost.push(...lost);
            for (const limit of [...deaths, Infinity]) await live(world, limit);
            for (const [index, { tab }] of requesters.entries()) {
              const right = steps.filter(
                (s) => s.tab === index && ['good', 'again', 'other'].includes(s.act)
              );
              const expected = [...new Set(right.map(({ sequence }) => sequence))].sort();
              const payments = world.payments.filter((payment) => payment.tab === tab);
              expect(world.noted(tab).sort()).toEqual(expected);
              expect(payments.map(({ sequence }) => sequence).sort()).toEqual(expected);
              const paid = payments.reduce((sum, { amount }) => sum + amount, 0n);
              expect(world.tabs.get(tab)!.balance).toBe(50n * MINA - paid);
              expect(paid).toBe(BigInt(expected.length) * (MINA + MINA / 2n));
            }
          } finally {
            world.remove();
          }
        }
      ),
      { numRuns: Number(process.env.RUNPROOF_RUNS ?? 4) }
    );
  });
});

/** One process: until it has no work left, or dies at its `limit`th step. */
async function live(world: World, limit: number): Promise<void> {
  let left = limit;
  const reach = (_: 'before' | 'after', what: string): void => {
    // Reads repeat for as long as the daemon waits, and change nothing.
    if (what === 'read' && left > 0) return;
    if (left-- <= 0) throw new Killed();
  };
  let running;
  try {
    running = world.start(
      { attempts: 1_000, patience: 5, drain: 0, concurrency: 2, batch: 2 },
      { trace: reach, gate: reach }
    );
  } catch (error) {
    if (error instanceof Killed) return;
    throw error;
  }
  const { journal } = running;
  const ended = (): boolean =>
    journal.cursors.get(world.service) === `${world.inbox.length}` &&
    journal.jobs.count(
      'seen',
      'fetched',
      'accepted',
      'running',
      'ran',
      'published',
      'noted',
      'settling'
    ) === 0;
  await until(() => left <= 0 || ended() || world.inbox.length === 0, 'the end of a process');
  await running.stop().catch(() => undefined);
}
