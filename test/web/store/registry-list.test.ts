import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawCidOfBlock } from '../../../contracts/formats/cid.ts';
import { generateKeyPair } from '../../../contracts/chain/sign.ts';
import type { BlockSource } from '../../../ipfs/source.ts';
import {
  MAX_LIST_BYTES,
  parseRegistryList,
  readRegistryList,
} from '../../../web/store/registry-list.ts';

const service = generateKeyPair().publicKey;
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const list = encode({ version: 1, name: 'Ours', services: [service] });
const nowhere: BlockSource = { get: () => Promise.reject(new Error('asked for a block')) };

describe('a registry list', () => {
  it('is the services that it names', () => {
    expect(parseRegistryList(list)).toEqual([service]);
    expect(parseRegistryList(encode({ version: 1, services: [] }))).toEqual([]);
    const most = Array.from({ length: 2_000 }, () => service);
    expect(parseRegistryList(encode({ version: 1, services: most }))).toHaveLength(2_000);
  });

  it.each([
    ['a bare array', encode([service])],
    ['another version', encode({ version: 2, services: [service] })],
    ['a word too many', encode({ version: 1, services: [], owner: 'me' })],
    ['no address', encode({ version: 1, services: ['B62nope'] })],
    [
      'one too many',
      encode({ version: 1, services: Array.from({ length: 2_001 }, () => service) }),
    ],
    ['a name of 81', encode({ version: 1, name: 'x'.repeat(81), services: [] })],
    ['bytes that are no text', Uint8Array.of(0x22, 0xff, 0x22)],
    ['nothing', new Uint8Array()],
  ])('is refused with %s', (_, bytes) => {
    expect(() => parseRegistryList(bytes)).toThrow();
  });

  it('is read by the CID of a raw block', async () => {
    const blocks: BlockSource = { get: () => Promise.resolve(list) };
    expect(await readRegistryList(String(rawCidOfBlock(list)), blocks)).toEqual([service]);
  });
});

describe('a host of a registry list', () => {
  const answers: Record<string, readonly [number, Uint8Array]> = {
    '/list.json': [200, list],
    '/gone.json': [404, list],
    '/long.json': [200, new Uint8Array(MAX_LIST_BYTES + 1).fill(0x20)],
  };
  let server: Server;
  let base: string;
  beforeAll(async () => {
    server = createServer(({ url }, response) => {
      const [status, body] = answers[url!]!;
      response.writeHead(status).end(body);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  it('is believed where it answers with one', async () => {
    expect(await readRegistryList(`${base}/list.json`, nowhere)).toEqual([service]);
  });

  it('is not read on where it has none, or sends more than a list may have', async () => {
    await expect(readRegistryList(`${base}/gone.json`, nowhere)).rejects.toThrow('HTTP 404');
    await expect(readRegistryList(`${base}/long.json`, nowhere)).rejects.toMatchObject({
      code: 'TOO_LARGE',
    });
  });
});
