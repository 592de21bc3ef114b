import { request as httpRequest } from 'node:http';
import type { CID } from 'multiformats/cid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importCar } from '../../../ipfs/car.ts';
import { fetchTree } from '../../../ipfs/fetch.ts';
import { openNode } from '../../../ipfs/node.ts';
import { publishEntries } from '../../../ipfs/publish.ts';
import { fetchCar, gatewaySource } from '../../../ipfs/trustless.ts';
import { type Ipfs, startIpfs } from '../../../scripts/network/ipfs.ts';
import { MemoryStore, text } from '../../ipfs/memory.ts';

const TOKEN = 'a token for tests';
const BIG = Uint8Array.from({ length: 2_500_000 }, (_, i) => (i >> 8) ^ i);
const site = {
  'index.html': text('<!doctype html><script src="./app.js"></script>'),
  'app.js': text('document.title = "app"'),
  'data/big.bin': BIG,
  'data/<img src=x onerror=alert(1)>.txt': text('name'),
  'data/ä ö.json': text('{}'),
};

let folder: string;
let ipfs: Ipfs;
let root: CID;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runproof-gateway-'));
  ipfs = await startIpfs({ folder: join(folder, 'node'), token: TOKEN });
  const entries = Object.entries(site).map(([path, bytes]) => ({
    path,
    content: (async function* () {
      yield bytes;
    })(),
  }));
  root = (await publishEntries(entries, ipfs.node.store)).cid;
});
afterAll(async () => {
  await ipfs.stop();
  await rm(folder, { recursive: true, force: true });
});

const get = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${ipfs.url}${path}`, { redirect: 'manual', ...init });
const bytesOf = async (response: Response): Promise<Uint8Array> =>
  new Uint8Array(await response.arrayBuffer());

describe('the gateway, as a web server', () => {
  it('serves a page, its script and its data, each with its type', async () => {
    const page = await get(`/ipfs/${root.toString()}/`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await bytesOf(page)).toEqual(site['index.html']);
    const script = await get(`/ipfs/${root.toString()}/app.js`);
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const json = await get(`/ipfs/${root.toString()}/data/${encodeURIComponent('ä ö.json')}`);
    expect(json.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const big = await get(`/ipfs/${root.toString()}/data/big.bin`);
    expect(big.headers.get('content-length')).toBe(`${BIG.length}`);
    expect(Buffer.compare(await bytesOf(big), BIG)).toBe(0);
  });

  it('says that content never changes, and that any page may read it', async () => {
    const { headers } = await get(`/ipfs/${root.toString()}/app.js`);
    expect(headers.get('cache-control')).toMatch(/immutable/);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-ipfs-path')).toBe(`/ipfs/${root.toString()}/app.js`);
    const again = await get(`/ipfs/${root.toString()}/app.js`, {
      headers: { 'if-none-match': headers.get('etag')! },
    });
    expect(again.status).toBe(304);
    expect((await bytesOf(again)).length).toBe(0);
  });

  it('sends a folder to its slash, and lists one that has no page, names as text', async () => {
    const redirect = await get(`/ipfs/${root.toString()}/data?x=1`);
    expect(redirect.status).toBe(301);
    expect(redirect.headers.get('location')).toBe(`/ipfs/${root.toString()}/data/?x=1`);
    const listing = await get(`/ipfs/${root.toString()}/data/`);
    const page = await listing.text();
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;.txt');
    expect(page).not.toContain('<img');
    expect(listing.headers.get('content-security-policy')).toBe("default-src 'none'");
  });

  it('registers a service worker of one site, never of all sites', async () => {
    const asWorker = { headers: { 'service-worker': 'script' } };
    const own = await get(`/ipfs/${root.toString()}/app.js`, asWorker);
    expect(own.status).toBe(200);
    expect((await get(`/ipfs/${root.toString()}`, asWorker)).status).toBe(400);
  });

  it('serves the subdomain form', async () => {
    const [status, body] = await withHost(`${root.toString()}.ipfs.localhost`, '/app.js');
    expect(status).toBe(200);
    expect(body).toBe('document.title = "app"');
    const [index] = await withHost(`${root.toString()}.ipfs.localhost:8080`, '/');
    expect(index).toBe(200);
  });

  it.each([
    ['bytes=0-0', 206, 0, 1],
    ['bytes=1048570-1048580', 206, 1048570, 1048581],
    ['bytes=2499990-', 206, 2499990, 2500000],
    ['bytes=-5', 206, 2499995, 2500000],
    ['bytes=0-99999999', 206, 0, 2500000],
    ['bytes=0-1,4-5', 200, 0, 2500000],
    ['bytes=5-1', 200, 0, 2500000],
    ['lines=1-2', 200, 0, 2500000],
  ])('answers the range %s with %d', async (range, status, start, end) => {
    const response = await get(`/ipfs/${root.toString()}/data/big.bin`, { headers: { range } });
    expect(response.status).toBe(status);
    if (status === 206)
      expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/2500000`);
    expect(Buffer.compare(await bytesOf(response), BIG.subarray(start, end))).toBe(0);
  });

  it('refuses a range behind the end, and a range of something else', async () => {
    const path = `/ipfs/${root.toString()}/data/big.bin`;
    const behind = await get(path, { headers: { range: 'bytes=2500000-' } });
    expect([behind.status, behind.headers.get('content-range')]).toEqual([416, 'bytes */2500000']);
    const other = await get(path, { headers: { range: 'bytes=0-0', 'if-range': '"other"' } });
    expect(other.status).toBe(200);
    await other.body?.cancel();
  });

  it('answers HEAD as GET, without the body', async () => {
    const head = await get(`/ipfs/${root.toString()}/data/big.bin`, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe('2500000');
    expect((await bytesOf(head)).length).toBe(0);
  });

  it.each([
    ['GET', '/', 404],
    ['GET', '/ipfs/', 400],
    ['GET', '/ipns/example.com', 404],
    ['GET', '/ipfs/QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n', 400],
    ['GET', '/ipfs/bafkqaaa', 400],
    ['GET', '/ipfs/ROOT/none', 404],
    ['GET', '/ipfs/ROOT/app.js/none', 404],
    ['GET', '/ipfs/ROOT/data%2Fbig.bin', 400],
    ['GET', '/ipfs/ROOT/%00', 400],
    ['GET', '/ipfs/ROOT/%ff', 400],
    ['GET', '/ipfs/ROOT//app.js', 400],
    ['GET', '/ipfs/ROOT?format=tar', 406],
    ['GET', '/ipfs/ROOT?format=file', 406],
    ['GET', '/ipfs/ROOT?format=car&dag-scope=entity', 400],
    ['GET', '/ipfs/ROOT/data?format=car', 400],
    ['POST', '/ipfs/ROOT', 405],
    ['DELETE', '/ipfs/ROOT', 405],
  ])('answers %s %s with %d and one line', async (method, path, status) => {
    const response = await get(path.replace('ROOT', root.toString()), { method });
    expect(response.status).toBe(status);
    expect(await response.text()).toMatch(/^[^\n]{10,300}\n$/);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('goes on when a client leaves in the middle', async () => {
    const controller = new AbortController();
    const path = `/ipfs/${root.toString()}/data/big.bin`;
    const response = await get(path, { signal: controller.signal });
    await response.body!.getReader().read();
    controller.abort();
    expect((await get(path, { method: 'HEAD' })).status).toBe(200);
  });

  it('I1: cuts a body whose blocks have gone, so that it is not taken for whole', async () => {
    const lost = await startIpfs({ folder: join(folder, 'lost') });
    try {
      const { cid } = await publishEntries(
        [
          {
            path: 'a',
            content: (async function* () {
              yield BIG;
            })(),
          },
        ],
        lost.node.store
      );
      for await (const key of lost.node.store.list())
        if ((await lost.node.store.get(key)).length === 2_500_000 % 1_048_576)
          await lost.node.store.delete(key);
      const response = await fetch(`${lost.url}/ipfs/${cid.toString()}/a`);
      expect(response.status).toBe(200);
      await expect(response.arrayBuffer()).rejects.toThrow();
    } finally {
      await lost.stop();
    }
  });
});

describe('the gateway, trusted with nothing', () => {
  it('feeds our own client, block by block and as a CAR', async () => {
    const target = join(folder, 'fetched');
    await fetchTree(root, target, gatewaySource([ipfs.url]));
    const copy = new MemoryStore();
    const { blocks } = await fetchCar([ipfs.url], root, copy);
    expect(blocks).toBe(copy.blocks.size);
    expect(blocks).toBeGreaterThan(8);
  });

  it('serves one raw block, by query or by header', async () => {
    const path = `/ipfs/${root.toString()}/app.js`;
    for (const response of [
      await get(`${path}?format=raw`),
      await get(path, { headers: { accept: 'application/vnd.ipld.raw' } }),
    ]) {
      expect(response.headers.get('content-type')).toBe('application/vnd.ipld.raw');
      expect(response.headers.get('content-disposition')).toMatch(/^attachment/);
      expect(await bytesOf(response)).toEqual(site['app.js']);
    }
  });

  it('serves a CAR of the whole or of one block', async () => {
    const path = `/ipfs/${root.toString()}?format=car`;
    const all = await get(path);
    expect(all.headers.get('content-type')).toMatch(/^application\/vnd\.ipld\.car; version=1/);
    await importCar(root, all.body as never, new MemoryStore());
    const one = (await bytesOf(await get(`${path}&dag-scope=block`))).length;
    expect(one).toBeLessThan(400);
    const head = await get(path, { method: 'HEAD' });
    expect((await bytesOf(head)).length).toBe(0);
  });

  it('says in words that a block is not there', async () => {
    const gone = await new MemoryStore().raw(text('gone'));
    for (const format of ['raw', 'car']) {
      const response = await get(`/ipfs/${gone.toString()}?format=${format}`);
      expect(response.status).toBe(504);
      expect(await response.text()).toMatch(/no peer is connected/);
    }
  });
});

describe('the door for blocks', () => {
  it('lets a page of another origin ask, and then send a block with the token', async () => {
    const asked = await get('/ipfs/', {
      method: 'OPTIONS',
      headers: {
        origin: 'http://site.ipfs.localhost',
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'authorization',
      },
    });
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-methods')).toContain('PUT');
    expect(asked.headers.get('access-control-allow-headers')).toContain('authorization');
    const refused = await get('/ipfs/', { method: 'PUT', body: 'x' });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe('*');
  });

  const put = (body: Uint8Array | string, token?: string, path = '/ipfs/'): Promise<Response> =>
    get(path, {
      method: 'PUT',
      body: body as never,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });

  it('keeps a block, pinned, under the CID it answers with', async () => {
    const response = await put('a request', TOKEN);
    expect(response.status).toBe(201);
    const cid = (await response.text()).trim();
    expect(response.headers.get('location')).toBe(`/ipfs/${cid}`);
    expect(await (await get(`/ipfs/${cid}`)).text()).toBe('a request');
    await ipfs.node.pins.pin(root);
    await ipfs.node.pins.collect();
    expect((await get(`/ipfs/${cid}`)).status).toBe(200);
  });

  it('takes 1 MiB and no byte more', async () => {
    expect((await put(new Uint8Array(1024 * 1024), TOKEN)).status).toBe(201);
    expect((await put(new Uint8Array(1024 * 1024 + 1), TOKEN)).status).toBe(413);
  });

  it('is closed without the token', async () => {
    for (const wrong of [undefined, '', 'a token for test', `${TOKEN}s`])
      expect((await put('x', wrong)).status).toBe(401);
    expect((await put('x', TOKEN, '/elsewhere')).status).toBe(404);
    const closed = await startIpfs({ folder: join(folder, 'closed') });
    try {
      const response = await fetch(`${closed.url}/ipfs/`, { method: 'PUT', body: 'x' });
      expect(response.status).toBe(403);
      expect((await fetch(`${closed.url}/pins`)).status).toBe(403);
    } finally {
      await closed.stop();
    }
  });
});

describe('the pinning service', () => {
  type Shown = { requestid?: string; status?: string; count?: number };
  type Answer = Shown & { results?: Shown[]; error?: { reason: string } };
  const pins = async (
    method: string,
    path = '',
    body?: unknown,
    token = TOKEN
  ): Promise<{ status: number; body: Answer }> => {
    const response = await get(`/pins${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await response.text();
    return { status: response.status, body: answer === '' ? {} : (JSON.parse(answer) as Answer) };
  };

  it('fetches from the origins it is given, and keeps until told otherwise', async () => {
    const other = await openNode({
      folder: join(folder, 'other'),
      listen: ['/ip4/127.0.0.1/tcp/0'],
    });
    try {
      const cid = (await publishEntries([{ path: 'empty' }], other.store)).cid.toString();
      const added = await pins('POST', '', { cid, name: 'r', origins: other.peerAddresses() });
      expect(added.status).toBe(202);
      expect(added.body).toMatchObject({
        requestid: cid,
        status: 'queued',
        pin: { cid, name: 'r' },
      });
      await expect
        .poll(async () => (await pins('GET', `/${cid}`)).body.status, { timeout: 10_000 })
        .toBe('pinned');
      const listed = await pins('GET', `?cid=${cid}`);
      expect(listed.body).toMatchObject({ count: 1, results: [{ requestid: cid }] });
      expect((await pins('GET', '?status=failed')).body.count).toBe(0);
      expect((await pins('DELETE', `/${cid}`)).status).toBe(202);
      expect((await pins('GET', `/${cid}`)).status).toBe(404);
    } finally {
      await other.stop();
    }
  });

  it('says that it failed where nobody has the content', async () => {
    const cid = (await new MemoryStore().raw(text('never'))).toString();
    await pins('POST', '', { cid });
    await expect
      .poll(async () => (await pins('GET', `/${cid}`)).body.status, { timeout: 10_000 })
      .toBe('failed');
    expect((await pins('DELETE', `/${cid}`)).status).toBe(202);
  });

  it('refuses what is not a pin, in the words of the API', async () => {
    for (const body of [{}, { cid: 'x' }, { cid: 1 }, [], { cid: root.toString(), origins: 'x' }])
      expect((await pins('POST', '', body)).status).toBe(400);
    expect((await pins('GET', '?limit=0')).status).toBe(400);
    expect((await pins('PUT', '')).status).toBe(405);
    const denied = await pins('GET', '', undefined, 'wrong');
    expect(denied.status).toBe(401);
    expect(denied.body.error?.reason).toBe('UNAUTHORIZED');
  });
});

/** fetch sets the Host header itself. */
function withHost(host: string, path: string): Promise<[number | undefined, string]> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${ipfs.url}${path}`, { headers: { host } }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve([response.statusCode, body]));
    });
    request.on('error', reject).end();
  });
}
