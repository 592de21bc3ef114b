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

  it('told to stop lets a running job finish', async () => {
    world = new World();
    const alice = world.openTab(20n * MINA);
    let finish = (): void => undefined;
    world.job = () => new Promise((resolve) => (finish = () => resolve({})));
    await alice.ring(1);
    const running = world.start();
    await until(() => world.runs.size === 1, 'running');
    const stopped = running.stop();
    finish();
    await stopped;
    expect(world.noted(alice.tab)).toEqual([1]);
  });

  it('told to stop gives up a job that takes too long, which begins again at no cost to it', async () => {
    world = new World();
    const alice = world.openTab(20n * MINA);
    world.job = (_, { signal }) =>
      new Promise((_, reject) => {
        signal!.addEventListener('abort', () => reject(new Error('stopped')));
      });
    await alice.ring(1);
    const first = world.start({ attempts: 1, drain: 10 });
    await until(() => world.runs.size === 1, 'running');
    await first.stop();
    world.job = async () => ({});
    const second = world.start({ attempts: 1 });
    await until(() => second.journal.jobs.count('settled') === 1, 'settled');
    expect(world.logs.get(alice.tab)![0]!.note.exitStatus).toBe(0);
    expect([...world.runs.values()]).toEqual([2]);
    await second.stop();
  });

  it('runs as many side by side as it is told to, of different tabs first', async () => {
    world = new World();
    const [alice, bob] = [world.openTab(20n * MINA), world.openTab(20n * MINA)];
    const begun: number[] = [];
    const waiting: (() => void)[] = [];
    world.job = ({ parameters }) => {
      begun.push((parameters as { n: number }).n);
      return new Promise((resolve) => waiting.push(() => resolve({})));
    };
    for (const n of [1, 2, 3]) await alice.ring(n, {}, { parameters: { n: 10 + n } });
    await bob.ring(1, {}, { parameters: { n: 21 } });
    const running = world.start({ concurrency: 2 });
    await until(
      () => running.journal.jobs.count('accepted', 'running') === 4 && begun.length === 2,
      'two of four'
    );
    expect(waiting).toHaveLength(2);
    waiting.shift()!();
    await until(() => begun.length === 3, 'a third');
    if (!begun.slice(0, 2).includes(21)) expect(begun[2]).toBe(21);
    while (running.journal.jobs.count('settled') < 4) {
      waiting.shift()?.();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await running.stop();
  });

  it('R3: stops with a clear error when the disk of the journal is full, and goes on later', async () => {
    world = new World();
    const alice = world.openTab(20n * MINA);
    const first = world.start();
    await until(() => world.events.some(({ kind }) => kind === 'started'), 'started');
    first.journal.store.limitPages(1);
    await alice.ring(1, {}, { secrets: { BIG: 'x'.repeat(30_000) } });
    await expect(first.done).rejects.toMatchObject({ code: 'FULL' });
    first.journal.close();
    const second = world.start();
    await until(() => second.journal.jobs.count('settled') === 1, 'settled');
    expect(world.payments).toHaveLength(1);
    await second.stop();
  });
});
