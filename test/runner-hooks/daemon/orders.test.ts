import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { genesisId } from '../../../contracts/formats/log-commit.ts';
import { until } from './until.ts';
import { MINA, type Requester, type Running, World, dyingBefore } from './world.ts';

let world: World;
let running: Running;
let alice: Requester;
beforeEach(() => {
  world = new World();
  alice = world.openTab(20n * MINA);
});
afterEach(async () => {
  await running.stop();
  world.remove();
});
const orders = (): { kind: string; state: string; refusal: string | null }[] =>
  running.journal.orders
    .in('done', 'refused')
    .map(({ kind, state, refusal }) => ({ kind, state, refusal }));
const decided = (count = 1): Promise<void> =>
  until(() => orders().length === count, 'orders decided');
const noted = (count: number): Promise<void> =>
  until(
    () =>
      world.noted(alice.tab).length === count &&
      running.journal.jobs.count('running', 'ran', 'published') === 0,
    `${count} noted`
  );

describe('an extension', () => {
  it('moves the expiry out', async () => {
    alice.extend(3_000);
    running = world.start();
    await decided();
    expect(world.tabs.get(alice.tab)!.state.expiry).toBe(3_000);
    expect(orders()).toEqual([{ kind: 'extension', state: 'done', refusal: null }]);
  });

  it('that was evicted is sent again', async () => {
    alice.extend(3_000);
    world.lost.push('vanishes', 'rejects');
    running = world.start({ patience: 10 });
    await decided();
    expect(world.transactions).toEqual(['extend-0', 'extend-1', 'extend-2']);
  });

  it('R3: that a kill kept from being sent does not wait as if it had been', async () => {
    alice.extend(3_000);
    const { dead, ...killer } = dyingBefore('settler.extend');
    running = world.start({ drain: 0 }, killer);
    await until(dead, 'dead');
    const before = running.journal.orders.in('sending').length;
    await running.stop().catch(() => undefined);
    expect(before).toBe(1);
    running = world.start({ patience: 3_600_000 });
    await decided();
    expect(world.transactions).toEqual(['extend-0']);
  });

  it('is refused when it is not later, too far out, of an ended tab or not signed', async () => {
    alice.extend(2_000);
    alice.extend(5_001);
    const forged = world.openTab(MINA);
    forged.signingAs(alice).extend(3_000);
    world.openTab(MINA, { expiry: 900 }).extend(3_000);
    running = world.start({ horizon: 4_000 });
    await decided(4);
    expect(orders().map(({ refusal }) => refusal)).toEqual([
      'EXPIRY',
      'HORIZON',
      'SIGNATURE',
      'EXPIRY',
    ]);
    expect(world.transactions).toEqual([]);
  });
});

describe('a closing', () => {
  it('settles what is noted first, then ends the tab and refuses further work', async () => {
    await alice.ring(1);
    running = world.start({ settleAfter: 60_000 });
    await noted(1);
    alice.close(world.logs.get(alice.tab)!.at(-1)!.id);
    await decided();
    expect(world.transactions).toEqual(['settle-0', 'close-1']);
    expect(world.payments).toHaveLength(1);
    expect(world.refunds.get(alice.terms.refund)).toBe(20n * MINA - MINA - MINA / 2n);
    await until(() => running.journal.tabs.open().length === 0, 'let go of');
    await alice.ring(2);
    await until(() => running.journal.jobs.count('refused') === 1, 'refused');
    expect(running.journal.jobs.in('refused')[0]!.refusal).toBe('FUNDS');
  });

  it('takes no work while it is carried out', async () => {
    await alice.ring(1);
    running = world.start({ settleAfter: 60_000 });
    await noted(1);
    world.lost.push(...Array<'rejects'>(1_000).fill('rejects'));
    alice.close(world.logs.get(alice.tab)!.at(-1)!.id);
    await until(() => running.journal.orders.in('checked').length === 1, 'checked');
    await alice.ring(2);
    await until(() => running.journal.jobs.count('refused') === 1, 'refused');
    expect(running.journal.jobs.in('refused')[0]!.refusal).toBe('CLOSING');
    world.lost.length = 0;
    await decided();
    expect(world.payments).toHaveLength(1);
  });

  it('is refused when it would cut off work that was accepted', async () => {
    await alice.ring(1);
    running = world.start({ settleAfter: 60_000 });
    await noted(1);
    alice.close(genesisId(alice.tab));
    await decided();
    expect(orders()[0]!.refusal).toBe('UNSETTLED');
    expect(world.tabs.get(alice.tab)!.state.expiry).toBe(2_000);
  });

  it('is refused at a commit that the log does not have', async () => {
    alice.close('ab'.repeat(20));
    running = world.start();
    await decided();
    expect(orders()[0]!.refusal).toBe('HEAD');
  });

  it('of a tab that never had a job ends it', async () => {
    alice.close(genesisId(alice.tab));
    running = world.start();
    await decided();
    expect(world.refunds.get(alice.terms.refund)).toBe(20n * MINA);
  });
});
