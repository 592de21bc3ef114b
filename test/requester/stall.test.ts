import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askEndpoint, handOver } from '../../requester/endpoint.ts';
import { uploadsTo } from '../../requester/upload.ts';

/** Takes what it is sent, begins an answer and says no more. */
const server = createServer((_, response) => void response.writeHead(201).write('{'));
let url: string;
let collector: NodeJS.Timeout;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  setFlagsFromString('--expose-gc');
  collector = setInterval(runInNewContext('gc') as () => void, 20);
});
afterAll(async () => {
  clearInterval(collector);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('R5: a door that stalls half-way lets its caller go', () => {
  const bytes = new Uint8Array(10);
  const doors: [string, (signal: AbortSignal) => Promise<unknown>][] = [
    ['an upload', async (signal) => uploadsTo(url).put(bytes, { signal })],
    ['handing over', async (signal) => handOver(url, bytes, bytes, { signal })],
    ['asking after a job', async (signal) => askEndpoint(url, '00', { signal })],
  ];
  it.each(doors)('%s', async (_, knock) => {
    const caller = new AbortController();
    const reason = new Error('enough');
    setTimeout(() => caller.abort(reason), 200);
    await expect(knock(caller.signal)).rejects.toBe(reason);
  });
});
