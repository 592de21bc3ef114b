import { afterEach, describe, expect, it } from 'vitest';
import { genesisId } from '../../../contracts/formats/log-commit.ts';
import { until } from './until.ts';
import { Killed, MINA, World } from './world.ts';

let world: World;
afterEach(() => world.remove());

/** What there is to come through: two jobs, an extension, then a closing that waits for both. */
async function prepare(): Promise<{ tab: string; finished: () => boolean; goOn: () => void }> {
  world = new World();
  const alice = world.openTab(20n * MINA);
  await alice.ring(1);
  await alice.ring(2);
  alice.extend(2_500);
  let closing = false;
  return {
    tab: alice.tab,
    finished: () => closing && world.tabs.get(alice.tab)!.state.expiry === 0,
    goOn: () => {
      const last = world.logs.get(alice.tab)?.at(-1);
      const extended = world.tabs.get(alice.tab)!.state.expiry === 2_500;
      if (closing || world.noted(alice.tab).length < 2 || !extended) return;
      closing = true;
      alice.close(last?.id ?? genesisId(alice.tab));
    },
  };
}

/** A process that dies at a point: from then on nothing that it tries happens. */
class Process {
  dead = false;

  constructor(private readonly kills: (point: string) => boolean) {}

  readonly reach = (when: 'before' | 'after', what: string): void => {
    if (this.dead) throw new Killed();
    if (!this.kills(`${when} ${what}`)) return;
    this.dead = true;
    throw new Killed();
  };
}

/** Runs processes one after the other until all is done; each may be killed. */
async function live(
  { finished, goOn }: { finished: () => boolean; goOn: () => void },
  kills: (point: string) => boolean
): Promise<number> {
  for (let deaths = 0; ; deaths++) {
    const process = new Process(kills);
    let running;
    try {
      running = world.start(
        { attempts: 1_000, patience: 5, drain: 0 },
        { trace: process.reach, gate: process.reach }
      );
    } catch (error) {
      if (error instanceof Killed) continue;
      throw error;
    }
    const { journal } = running;
    const done = (): boolean =>
      finished() &&
      journal.orders.in('seen', 'checked', 'sending', 'sent').length === 0 &&
      journal.tabs.open().length === 0;
    await until(
      () => {
        goOn();
        return process.dead || done();
      },
      () =>
        `the end; last came ${world.events
          .slice(-12)
          .map((event) =>
            JSON.stringify(event, (_, value: unknown) =>
              typeof value === 'bigint' ? `${value}` : value instanceof Error ? value.stack : value
            )
          )
          .join('\n')}`,
      4000
    );
    await running.stop().catch(() => undefined);
    if (!process.dead) return deaths;
  }
}

/** Whatever happened on the way. */
function expectPaidOnce(tab: string): void {
  expect(world.noted(tab).sort()).toEqual([1, 2]);
  expect(world.payments.map(({ sequence }) => sequence).sort()).toEqual([1, 2]);
  const paid = world.payments.reduce((sum, { amount }) => sum + amount, 0n);
  const { balance, terms } = world.tabs.get(tab)!;
  expect(balance + paid + (world.refunds.get(terms.refund) ?? 0n)).toBe(20n * MINA);
  for (const { note } of world.logs.get(tab)!)
    expect(world.blocks.size).toBeGreaterThan(note.receipt.sequence);
}

/** Every point that a life without a kill passes: each journalled write and each effect. */
async function points(): Promise<string[]> {
  const seen = new Set<string>();
  await live(await prepare(), (point) => {
    seen.add(point);
    return false;
  });
  world.remove();
  return [...seen].sort();
}

describe('a kill', () => {
  it('R3: at every journalled step and around every effect, one after the other, loses and doubles nothing', async () => {
    const all = await points();
    expect(all).toEqual(
      expect.arrayContaining(
        [
          ...['job.see', 'job.fetched', 'job.accepted', 'job.running', 'job.ran', 'job.published'],
          ...['job.noted', 'settlement.plan', 'settlement.sent', 'tab.reconcile', 'order.checked'],
          ...['order.sending', 'order.sent', 'order.done', 'tab.end', 'content.publish', 'driver'],
          ...['log.append', 'settler.settle', 'settler.extend', 'settler.close'],
        ].flatMap((name) => (name === 'job.see' ? [] : [`before ${name}`, `after ${name}`]))
      )
    );
    const left = new Set(all);
    const scenario = await prepare();
    const deaths = await live(scenario, (point) => left.delete(point));
    expect([...left]).toEqual([]);
    expect(deaths).toBe(all.length);
    expectPaidOnce(scenario.tab);
  });
});
