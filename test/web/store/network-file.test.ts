import { type RequestListener, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readNetworkFile } from '../../../web/store/network-file.ts';
import { collecting } from '../../garbage.ts';

const FILE = {
  ...{ version: 1, name: 'a network', node: 'http://127.0.0.1:3085/graphql' },
  ...{ archive: 'http://127.0.0.1:8282', gateways: ['http://127.0.0.1:8080'], services: [] },
};

let listener: RequestListener;
let url: string;
const server = createServer((request, response) => listener(request, response));
beforeEach(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/network.json`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const readFrom = async (answer: RequestListener, signal?: AbortSignal) => {
  listener = answer;
  return readNetworkFile(url, { ...(signal && { signal }) });
};
const says = (status: number, body: string): RequestListener => {
  return (_, response) => response.writeHead(status).end(body);
};

describe('a network file', () => {
  it('is read, or is not there', async () => {
    expect(await readFrom(says(200, JSON.stringify(FILE)))).toMatchObject({ node: FILE.node });
    expect(await readFrom(says(200, 'null'))).toBeUndefined();
    for (const status of [404, 410])
      expect(await readFrom(says(status, 'no such page '.repeat(2 ** 15)))).toBeUndefined();
  });

  it('is an error where it is there and of no use', async () => {
    await expect(readFrom(says(500, ''))).rejects.toThrow(/HTTP 500/);
    await expect(readFrom(says(200, '<html>'))).rejects.toThrow();
    const long = JSON.stringify({ ...FILE, name: ' '.repeat(256 * 1024) });
    await expect(readFrom(says(200, long))).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  it('is taken from no other door than the one that was named', async () => {
    const moved: RequestListener = ({ url: path }, response) => {
      if (path === '/network.json') response.writeHead(302, { location: '/elsewhere' }).end();
      else response.end(JSON.stringify(FILE));
    };
    await expect(readFrom(moved)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('R5: that stalls half-way ends with its reader, though garbage is collected', async () => {
    const reader = new AbortController();
    setTimeout(() => reader.abort(), 200);
    const stalls: RequestListener = (_, response) => void response.writeHead(200).write('{');
    await expect(collecting(async () => readFrom(stalls, reader.signal))).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });
});
