import { describe, expect, it } from 'vitest';
import type { Availability } from '../../../web/prover/isolation.ts';
import type { FromWorker, ProofTask, ToWorker } from '../../../web/prover/message.ts';
import { createProver, type StartWorker } from '../../../web/prover/prover.ts';

const READY: Availability = { kind: 'ready' };
const task: ProofTask = { kind: 'log', terms: new Uint8Array(1), notes: [] };

/** Threads that say what they are told to, where a browser would start o1js. */
function threads() {
  const started: {
    say(message: FromWorker): void;
    fail(message: string): void;
    readonly received: ToWorker[];
    isEnded: boolean;
  }[] = [];
  let idle = 0;
  const start: StartWorker = () => {
    const events = new EventTarget();
    const thread = {
      say: (data: FromWorker) => void events.dispatchEvent(new MessageEvent('message', { data })),
      fail: (message: string) =>
        void events.dispatchEvent(Object.assign(new Event('error'), { message })),
      received: [] as ToWorker[],
      isEnded: false,
    };
    started.push(thread);
    return {
      addEventListener: events.addEventListener.bind(events),
      postMessage: (message: ToWorker) => void thread.received.push(message),
      terminate: () => void (thread.isEnded = true),
    };
  };
  const prover = createProver({
    ...{ start, prepare: async () => READY, keys: 'https://gateway.example/keys/' },
    onIdle: async () => {
      idle++;
    },
  });
  return { started, prover, idle: () => idle };
}
const turn = () => new Promise((resolve) => setTimeout(resolve));

describe('the page’s prover', () => {
  it('proves one thing after the other, each in a thread that is ended', async () => {
    const { started, prover, idle } = threads();
    const seen: string[] = [];
    const first = prover.prove(task, {
      onProgress: ({ what, done, of }) => seen.push(`${what} ${done}/${of}`),
      onRefused: (file) => seen.push(file),
    });
    const second = prover.prove(task);
    await turn();
    expect(started).toHaveLength(1);
    expect(started[0]!.received).toEqual([{ task, keys: 'https://gateway.example/keys/' }]);
    started[0]!.say({ type: 'progress', progress: { what: 'compiling Tab', done: 1, of: 2 } });
    started[0]!.say({ type: 'refused', file: 'wrap-vk-tab' });
    started[0]!.say({ type: 'done', result: { command: '{}' } });
    expect(await first).toEqual({ command: '{}' });
    expect(seen).toEqual(['compiling Tab 1/2', 'wrap-vk-tab']);
    await turn();
    expect(started.map(({ isEnded }) => isEnded)).toEqual([true, false]);
    expect(idle()).toBe(0);
    started[1]!.say({ type: 'done', result: {} });
    await second;
    await turn();
    expect([started[1]!.isEnded, idle()]).toEqual([true, 1]);
  });

  it('ends the thread when told to stop, and goes on with what waits', async () => {
    const { started, prover } = threads();
    const stopping = new AbortController();
    const first = prover.prove(task, { signal: stopping.signal });
    const second = prover.prove(task);
    await turn();
    stopping.abort();
    await expect(first).rejects.toMatchObject({ code: 'ABORTED' });
    expect(started[0]!.isEnded).toBe(true);
    await turn();
    started[1]!.say({ type: 'done', result: {} });
    await expect(second).resolves.toEqual({});
    await expect(prover.prove(task, { signal: stopping.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect(started.every(({ received }) => received.length <= 1)).toBe(true);
    expect(started[2]!.received).toEqual([]);
  });

  it('W2: tells a circuit of another key, and a worker that did not load, by code', async () => {
    const { started, prover } = threads();
    const other = prover.prove(task);
    await turn();
    started[0]!.say({ type: 'failed', code: 'CIRCUIT', message: 'another key' });
    await expect(other).rejects.toMatchObject({ code: 'CIRCUIT', message: 'another key' });
    const absent = prover.prove(task);
    await turn();
    started[1]!.fail('');
    await expect(absent).rejects.toMatchObject({ code: 'LOAD' });
    expect(started.map(({ isEnded }) => isEnded)).toEqual([true, true]);
  });

  it('starts nothing on a page without shared memory', async () => {
    const here = async (now: Availability): Promise<unknown> => {
      const prover = createProver({
        ...{ prepare: async () => now, onIdle: async () => undefined, keys: '' },
        start: () => {
          throw new Error('started');
        },
      });
      return prover.prove(task).catch((error: unknown) => error);
    };
    expect(await here({ kind: 'after-reload' })).toMatchObject({ code: 'UNAVAILABLE' });
    const why: Availability = { kind: 'unavailable', reason: 'subframe', message: 'in a frame' };
    expect(await here(why)).toMatchObject({ code: 'UNAVAILABLE', message: 'in a frame' });
  });
});
