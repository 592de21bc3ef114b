import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { exportCar } from '../../ipfs/car.ts';
import { MAX_BLOCK_BYTES } from '../../ipfs/profile.ts';
import { publishEntries } from '../../ipfs/publish.ts';
import { fetchCar, gatewaySource } from '../../ipfs/trustless.ts';
import { codeOf, MemoryStore, text } from './memory.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A gateway of our own making, and how often it was asked. */
async function gateway(
  listener: RequestListener,
  host = '127.0.0.1'
): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    listener(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://${host}:${port}`, asked: () => asked };
}

const store = new MemoryStore();
const block = new Uint8Array(100_000).fill(5);
const cid = await store.raw(block);
const { cid: root } = await publishEntries(
  ['a', 'b', 'c'].map((path) => ({
    path,
    content: (async function* () {
      yield text(path.repeat(1000));
    })(),
  })),
  store
);
const car = await (async () => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of exportCar(root, store)) chunks.push(chunk);
  return Buffer.concat(chunks);
})();
const honest: RequestListener = (request, response) => {
  const path = (request.url ?? '').split('?', 1)[0]!;
  if (request.headers.accept?.startsWith('application/vnd.ipld.car')) return response.end(car);
  const bytes = store.blocks.get(path.slice('/ipfs/'.length));
  return response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
};

const liars: [what: string, code: string, listener: RequestListener][] = [
  ['sends other bytes', 'wrong-bytes', (_, r) => r.end(new Uint8Array(100_000))],
  ['sends an error page with 200', 'wrong-bytes', (_, r) => r.end('<h1>busy</h1>')],
  ['sends nothing', 'wrong-bytes', (_, r) => r.end()],
  ['sends half, cleanly', 'wrong-bytes', (_, r) => r.end(block.subarray(0, 50_000))],
  [
    'breaks off in the middle',
    'incomplete',
    (_, r) => {
      r.writeHead(200, { 'content-length': block.length });
      r.write(block.subarray(0, 50_000), () => r.destroy());
    },
  ],
  ['sends too much', 'limit', (_, r) => r.end(new Uint8Array(MAX_BLOCK_BYTES + 1))],
  [
    'sends without end',
    'limit',
    (_, r) => {
      const more = (): void => {
        if (!r.destroyed) r.write(new Uint8Array(65_536), more);
      };
      more();
    },
  ],
  ['is slow', 'timeout', (_, r) => void r.write('x')],
  ['is silent', 'timeout', () => undefined],
  ['is broken', 'unreachable', (_, r) => r.writeHead(500).end()],
  ['hangs up', 'unreachable', (request) => request.socket.destroy()],
  ['has it not', 'not-found', (_, r) => r.writeHead(404).end()],
  ['redirects for ever', 'unreachable', (_, r) => r.writeHead(302, { location: '?more' }).end()],
  [
    'redirects to a file',
    'unreachable',
    (_, r) => r.writeHead(301, { location: 'file:///x' }).end(),
  ],
];

describe('a block from gateways', () => {
  it('comes from the first that is right, and the next is not asked', async () => {
    const [first, second] = [await gateway(honest), await gateway(honest)];
    expect(Buffer.compare(await gatewaySource([first.url, second.url]).get(cid), block)).toBe(0);
    expect([first.asked(), second.asked()]).toEqual([1, 0]);
  });

  it.each(liars)('I1: comes from the next when the first %s', async (_, code, listener) => {
    const liar = await gateway(listener);
    const right = await gateway(honest);
    const found = await gatewaySource([liar.url, right.url], { patience: 50 }).get(cid);
    expect(Buffer.compare(found, block)).toBe(0);
    expect(liar.asked()).toBeGreaterThan(0);

    const milliseconds = code === 'timeout' ? 100 : 15_000;
    const alone = gatewaySource([liar.url], { milliseconds }).get(cid);
    expect(await codeOf(alone)).toBe(code === 'not-found' ? code : 'unreachable');
    const error = (await alone.catch((e: unknown) => e)) as Error;
    if (code !== 'not-found')
      expect((error.cause as AggregateError).errors).toMatchObject([{ code }]);
  });

  it('comes from the next when the first is silent, long before its time is up', async () => {
    const [silent, right] = [await gateway(() => undefined), await gateway(honest)];
    const source = gatewaySource([silent.url, right.url], { patience: 10, milliseconds: 60_000 });
    expect((await source.get(cid)).length).toBe(block.length);
  });

  it('follows a redirect within its host', async () => {
    const inner: RequestListener = (request, response) =>
      request.url?.startsWith('/ipfs/')
        ? response.writeHead(301, { location: `/moved${request.url}` }).end()
        : response.end(block);
    const { url } = await gateway(inner);
    expect((await gatewaySource([url]).get(cid)).length).toBe(block.length);
  });

  it('I1: does not follow a redirect to another host, such as one inside our network', async () => {
    const inside = await gateway(honest, '127.0.0.2');
    const { url } = await gateway((request, response) =>
      response.writeHead(302, { location: `${inside.url}${String(request.url)}` }).end()
    );
    expect(await codeOf(gatewaySource([url]).get(cid))).toBe('unreachable');
    expect(inside.asked()).toBe(0);
  });

  it('stops with its caller', async () => {
    const { url } = await gateway(() => undefined);
    const signal = AbortSignal.timeout(20);
    expect(await codeOf(gatewaySource([url]).get(cid, { signal }))).toBe('aborted');
  });

  it('I2: is late, block or CAR, where it stalls half-way and garbage is collected meanwhile', async () => {
    setFlagsFromString('--expose-gc');
    const collector = setInterval(runInNewContext('gc') as () => void, 20);
    try {
      const { url } = await gateway((_, response) => void response.writeHead(200).write('so far'));
      const source = gatewaySource([url], { milliseconds: 200 });
      expect(await codeOf(source.get(cid))).toBe('unreachable');
      const signal = AbortSignal.timeout(200);
      expect(await codeOf(fetchCar([url], root, new MemoryStore(), { signal }))).toBe('aborted');
    } finally {
      clearInterval(collector);
    }
  });

  it('asks for the raw format at the path below its base', async () => {
    let seen = '';
    const { url } = await gateway((request, response) => {
      seen = `${String(request.url)} ${String(request.headers.accept)}`;
      response.end(block);
    });
    await gatewaySource([`${url}/some/base`]).get(cid);
    expect(seen).toBe(`/some/base/ipfs/${cid.toString()}?format=raw application/vnd.ipld.raw`);
  });

  it('refuses addresses that are no gateway, and unreachable ones', async () => {
    for (const url of ['ftp://x', 'x', 'http://user:secret@x', 'file:///etc'])
      expect(() => gatewaySource([url])).toThrow(expect.objectContaining({ code: 'bad-address' }));
    expect(await codeOf(gatewaySource(['http://127.0.0.1:1']).get(cid))).toBe('unreachable');
  });
});

describe('a DAG from gateways', () => {
  it('comes as one CAR', async () => {
    const { url, asked } = await gateway(honest);
    const copy = new MemoryStore();
    expect(await fetchCar([url], root, copy)).toMatchObject({ blocks: 4 });
    expect(copy.blocks.size).toBe(4);
    expect(asked()).toBe(1);
  });

  const cutters: [string, RequestListener][] = [
    ['cuts it with a 200', (_, r) => r.end(car.subarray(0, car.length / 2))],
    ['leaves out the last block', (_, r) => r.end(car.subarray(0, -(2 + 36 + 1000)))],
    ['changes a byte', (_, r) => r.end(Buffer.concat([car.subarray(0, -1), Buffer.of(0)]))],
    ['sends a page', (_, r) => r.end('<h1>sign in</h1>')],
    ['has an error', (_, r) => r.writeHead(502).end()],
  ];
  it.each(cutters)('I1: comes from the next when the first %s', async (_, listener) => {
    const [liar, right] = [await gateway(listener), await gateway(honest)];
    const copy = new MemoryStore();
    await fetchCar([liar.url, right.url], root, copy);
    expect(copy.blocks.size).toBe(4);
    expect(liar.asked()).toBe(1);
    expect(await codeOf(fetchCar([liar.url], root, new MemoryStore()))).toBe('unreachable');
  });

  it('I2: stops at its limits, at its deadline and with its caller', async () => {
    const { url } = await gateway(honest);
    const { url: silent } = await gateway(() => undefined);
    const fetched = (from: string, options: object): Promise<string> =>
      codeOf(fetchCar([from], root, new MemoryStore(), options));
    expect(await fetched(url, { limits: { bytes: 100 } })).toBe('limit');
    expect(await fetched(silent, { milliseconds: 20 })).toBe('unreachable');
    expect(await fetched(silent, { signal: AbortSignal.timeout(20) })).toBe('aborted');
  });
});
