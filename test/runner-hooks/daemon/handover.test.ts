import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../../contracts/formats/bytes.ts';
import { rawCidOf } from '../../../contracts/formats/cid.ts';
import { MAX_ENVELOPE_BYTES } from '../../../contracts/formats/envelope.ts';
import { REQUEST_BYTES } from '../../../contracts/formats/request.ts';
import { until } from './until.ts';
import { MINA, type Requester, type Running, World } from './world.ts';

let world: World;
let running: Running;
let alice: Requester;
let url: string;
beforeEach(async () => {
  world = new World();
  alice = world.openTab(20n * MINA);
});
afterEach(async () => {
  await running.stop();
  world.remove();
});

async function listen(policy = {}): Promise<void> {
  running = world.start(policy, { handover: {} });
  await until(() => world.events.some(({ kind }) => kind === 'listening'), 'listening');
  const event = world.events.find((event) => event.kind === 'listening')!;
  url = event.url;
}
const post = async (
  ...parts: Uint8Array[]
): Promise<{ status: number; body: Record<string, unknown> }> => {
  const response = await fetch(`${url}/requests`, { method: 'POST', body: Buffer.concat(parts) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

describe('an extension or closing', () => {
  const ask = (digest: string) => fetch(`${url}/orders/${digest}`);
  const rung = (): string => toHex(world.inbox.at(-1)!.digest);

  it('that was refused is told with its reason', async () => {
    await listen({ horizon: 1_500 });
    alice.extend(3_000);
    const digest = rung();
    await until(() => running.journal.orders.in('refused').length === 1, 'refused');
    const response = await ask(digest);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(await response.json()).toMatchObject({
      ...{ digest, kind: 'extension', tab: alice.tab, state: 'refused', refusal: 'HORIZON' },
      reason: expect.stringContaining('ask for less') as string,
    });
  });

  it('that is carried out is told with its transaction, whatever a rival rang for as well', async () => {
    await listen();
    const rival = world.openTab(MINA);
    alice.extend(1_900 + 200);
    const digest = rung();
    world.ring('extension', rival.tab, fromHex(digest, 32));
    await until(() => running.journal.orders.in('refused', 'done').length === 2, 'both decided');
    expect(await (await ask(digest)).json()).toMatchObject({
      ...{ tab: alice.tab, state: 'done', transaction: 'extend-0', refusal: null },
    });
  });

  it('that nobody rang for is not known', async () => {
    await listen();
    expect((await ask('00'.repeat(32))).status).toBe(404);
    expect((await ask('00')).status).toBe(404);
  });
});

describe('a request handed over', () => {
  it('is run and settled, with nothing on the chain or on IPFS before', async () => {
    await listen();
    const { block, envelope, digest } = await alice.request(1);
    expect(await post(block, envelope)).toMatchObject({
      status: 202,
      body: { digest: toHex(digest) },
    });
    await until(() => running.journal.jobs.count('settled') === 1, 'settled');
    const response = await fetch(`${url}/requests/${toHex(digest)}`);
    expect(await response.json()).toMatchObject({ state: 'settled', sequence: 1 });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('leaves a log whose newest note the endpoint tells', async () => {
    await listen();
    const ask = (tab: string) => fetch(`${url}/logs/${tab}`);
    expect((await ask(alice.tab)).status).toBe(404);
    for (const sequence of [1, 2]) {
      const { block, envelope } = await alice.request(sequence);
      await post(block, envelope);
      await until(() => running.journal.jobs.count('settled') === sequence, 'settled');
    }
    const last = running.journal.jobs.atSequence(alice.tab, 2)!;
    const response = await ask(alice.tab);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(await response.json()).toEqual({
      note: String(rawCidOf(fromHex(last.note!, 32))),
      commit: last.head,
    });
    for (const wrong of ['', 'B62', `${alice.tab}/..`, alice.tab.slice(0, -1)])
      expect((await ask(wrong)).status).toBe(404);
  });

  it('and rung for as well is run once', async () => {
    await listen();
    const { block, envelope, digest } = await alice.request(1);
    await post(block, envelope);
    world.ring('request', alice.tab, digest);
    await post(block, envelope);
    await until(() => running.journal.jobs.count('settled') === 1, 'settled');
    await post(block, envelope);
    expect([...world.runs.values()]).toEqual([1]);
    expect(world.noted(alice.tab)).toEqual([1]);
  });

  it('is refused at once when it is not whole, ours or signed', async () => {
    await listen();
    const { block, envelope } = await alice.request(1);
    expect(await post(block.slice(1), envelope)).toMatchObject({
      status: 400,
      body: { refusal: 'FORMAT' },
    });
    expect(await post(block, envelope.slice(1))).toMatchObject({
      status: 400,
      body: { refusal: 'ENVELOPE' },
    });
    const forged = block.slice();
    forged[REQUEST_BYTES - 1]! ^= 1;
    expect(await post(forged, envelope)).toMatchObject({
      status: 400,
      body: { refusal: 'SIGNATURE' },
    });
    const foreign = await world.openTab(MINA, { service: world.payee }).request(1);
    expect(await post(foreign.block, foreign.envelope)).toMatchObject({
      status: 400,
      body: { refusal: 'SERVICE' },
    });
    expect(running.journal.jobs.count('seen', 'fetched', 'refused')).toBe(0);
  });

  it('is not read past what a request can be', async () => {
    await listen();
    expect((await post(new Uint8Array(REQUEST_BYTES + MAX_ENVELOPE_BYTES + 1))).status).toBe(413);
  });

  it('is not taken while too many wait', async () => {
    world.reachable = false;
    await listen({ backlog: 1 });
    const first = await alice.request(1);
    const second = await alice.request(2);
    expect((await post(first.block, first.envelope)).status).toBe(202);
    expect((await post(second.block, second.envelope)).status).toBe(429);
  });

  it('and unknown ones are answered with 404', async () => {
    await listen();
    expect((await fetch(`${url}/requests/${'00'.repeat(32)}`)).status).toBe(404);
    expect((await fetch(`${url}/etc/passwd`)).status).toBe(404);
  });
});
