import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openingState } from '../../../contracts/formats/tab-state.ts';
import { until } from './until.ts';
import { MINA, type Running, World, dyingBefore } from './world.ts';

let world: World;
let running: Running | undefined;
beforeEach(() => {
  world = new World();
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  world.remove();
});
const settled = (count: number): Promise<void> =>
  until(() => running!.journal.jobs.count('settled') === count, `${count} settled`);

describe('a settlement', () => {
  it('waits for a full batch', async () => {
    const alice = world.openTab(50n * MINA);
    for (const n of [1, 2, 3]) await alice.ring(n);
    running = world.start({ batch: 3, settleAfter: 60_000 });
    await settled(3);
    expect(world.transactions).toEqual(['settle-0']);
  });

  it('takes the jobs in the order of the log, whatever order they came in', async () => {
    const alice = world.openTab(50n * MINA);
    let finishFirst = (): void => undefined;
    const first = new Promise<void>((resolve) => (finishFirst = resolve));
    world.job = async ({ parameters }) => {
      if ((parameters as { n: number }).n % 1_000 === 1) await first;
      return {};
    };
    for (const n of [1, 2, 3]) await alice.ring(n);
    running = world.start({ concurrency: 3, batch: 3, settleAfter: 60_000 });
    await until(() => world.noted(alice.tab).length === 2, 'two noted');
    finishFirst();
    await settled(3);
    expect(world.noted(alice.tab).at(-1)).toBe(1);
    expect(world.payments.map(({ sequence }) => sequence)).toEqual(world.noted(alice.tab));
  });

  it('R5: that is rejected or evicted is sent again, and pays once', async () => {
    const alice = world.openTab(50n * MINA);
    await alice.ring(1);
    world.lost.push('rejects', 'vanishes');
    running = world.start({ patience: 20 });
    await settled(1);
    expect(world.transactions).toHaveLength(3);
    expect(world.payments).toHaveLength(1);
    const states = running.journal.settlements.ofTab(alice.tab).map(({ state }) => state);
    expect(states).toEqual(['dropped', 'dropped', 'confirmed']);
  });

  it('R3: that a kill kept from being sent does not wait as if it had been', async () => {
    const alice = world.openTab(50n * MINA);
    await alice.ring(1);
    const { dead, ...killer } = dyingBefore('settler.settle');
    running = world.start({ drain: 0 }, killer);
    await until(dead, 'dead');
    await running.stop().catch(() => undefined);
    running = world.start({ patience: 3_600_000 });
    await settled(1);
    expect(world.transactions).toEqual(['settle-0']);
  });

  it('R5: that a reorganisation takes back is sent again', async () => {
    const alice = world.openTab(50n * MINA);
    await alice.ring(1);
    running = world.start();
    await settled(1);
    const tab = world.tabs.get(alice.tab)!;
    tab.state = openingState(alice.terms, tab.state.expiry);
    tab.balance = 50n * MINA;
    world.payments.length = 0;
    await until(() => world.payments.length === 1, 'paid again');
    await settled(1);
    expect(world.events.some(({ kind }) => kind === 'unsettled')).toBe(true);
    expect(world.noted(alice.tab)).toEqual([1]);
  });

  it('by anybody else counts as well', async () => {
    const alice = world.openTab(50n * MINA);
    await alice.ring(1);
    running = world.start({ settleAfter: 60_000 });
    await until(() => running!.journal.jobs.count('noted') === 1, 'noted');
    world.settle(alice.tab, 8);
    await settled(1);
    expect(world.transactions).toEqual([]);
  });

  it('comes before the tab ends, however few jobs there are', async () => {
    const alice = world.openTab(50n * MINA);
    await alice.ring(1);
    running = world.start({ settleAfter: 60_000 });
    await until(() => running!.journal.jobs.count('noted') === 1, 'noted');
    expect(world.transactions).toEqual([]);
    world.slot = 1_990;
    await settled(1);
  });

  it('frees what was promised beyond the price', async () => {
    const alice = world.openTab(4n * MINA);
    await alice.ring(1);
    running = world.start({ settleAfter: 60_000 });
    await until(() => running!.journal.jobs.count('noted') === 1, 'noted');
    expect(running.journal.jobs.promised(alice.tab)).toBe(MINA + MINA / 2n);
    await alice.ring(2, { maximum: (5n * MINA) / 2n });
    await until(() => running!.journal.jobs.count('noted') === 2, 'both noted');
  });
});

describe('a tab that has ended', () => {
  it('is refunded, and its unsettled jobs lapse', async () => {
    const alice = world.openTab(50n * MINA);
    world.lost.push('rejects');
    await alice.ring(1);
    running = world.start({ firstWait: 60_000, longestWait: 60_000 });
    await until(() => world.events.some(({ kind }) => kind === 'dropped'), 'dropped');
    world.slot = 2_001;
    await until(() => running!.journal.tabs.open().length === 0, 'ended');
    expect(running.journal.jobs.in('lapsed')).toHaveLength(1);
    expect(world.refunds.get(alice.terms.refund)).toBe(50n * MINA);
  });

  it('with dust in it is left alone', async () => {
    const alice = world.openTab(50n * MINA);
    await alice.ring(1);
    running = world.start();
    await settled(1);
    world.tabs.get(alice.tab)!.balance = 1n;
    world.slot = 2_001;
    await until(() => running!.journal.tabs.open().length === 0, 'ended');
    expect(world.refunds.size).toBe(0);
  });
});
