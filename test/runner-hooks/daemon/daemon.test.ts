import { afterEach, describe, expect, it } from 'vitest';
import { until } from './until.ts';
import { MINA, World } from './world.ts';

let world: World;
afterEach(() => world.remove());

describe('the daemon', () => {
  it('runs what is rung for, notes it and has it settled', async () => {
    world = new World();
    const alice = world.openTab(20n * MINA);
    await alice.ring(1);
    await alice.ring(2);
    const running = world.start({ settleAfter: 60_000, batch: 2 });
    await until(() => running.journal.jobs.count('settled') === 2, 'both settled');
    expect(world.noted(alice.tab).sort()).toEqual([1, 2]);
    expect(world.payments.map(({ sequence }) => sequence).sort()).toEqual([1, 2]);
    expect(world.payments[0]!.amount).toBe(MINA + MINA / 2n);
    expect(world.transactions).toHaveLength(1);
    expect(running.journal.settlements.ofTab(alice.tab).map((s) => s.state)).toEqual(['confirmed']);
    const [job] = running.journal.jobs.in('settled');
    expect(running.journal.jobs.steps(job!.id).map(({ to }) => to)).toEqual([
      ...['fetched', 'accepted', 'running', 'ran', 'published', 'noted', 'settling', 'settled'],
    ]);
    expect(world.events.filter(({ kind }) => kind === 'retry')).toEqual([]);
    await running.stop();
  });
});
