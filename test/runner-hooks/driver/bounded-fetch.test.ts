import { type RequestListener, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FetchLimits, boundedFetch } from '../../../runner-hooks/driver/bounded-fetch.ts';
import { githubForge } from '../../../runner-hooks/driver/github.ts';
import { gitlabForge } from '../../../runner-hooks/driver/gitlab.ts';
import { collecting } from '../../garbage.ts';

let listener: RequestListener;
let visits: string[];
let url: string;
/** Where a forge keeps its bytes: another origin. */
let storage: string;
const server = createServer((request, response) => {
  visits.push(request.headers.host!.replace(/:.*/, ''));
  listener(request, response);
});

beforeEach(async () => {
  visits = [];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  [url, storage] = [`http://127.0.0.1:${port}/`, `http://localhost:${port}/`];
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const LIMITS: FetchLimits = { signal: undefined, seconds: 10, maxBytes: 100 };
const sent = async (answer: RequestListener, limits: Partial<FetchLimits> = {}, init = {}) => {
  listener = answer;
  return boundedFetch({ ...LIMITS, ...limits })(url, init);
};
/** Headers and some of the body, then nothing. */
const stalls: RequestListener = (_, response) => void response.writeHead(200).write('so far');

describe('what a forge answers', () => {
  it('comes whole, with its status and headers, or without a body', async () => {
    const answer = await sent((request, response) =>
      response.writeHead(404, 'Away', { 'x-method': request.method }).end('what it says')
    );
    expect([answer.status, answer.statusText, answer.ok]).toEqual([404, 'Away', false]);
    expect(answer.headers.get('x-method')).toBe('GET');
    expect(await answer.text()).toBe('what it says');
    const empty = await sent((_, response) => response.writeHead(204).end());
    expect([empty.status, empty.body]).toEqual([204, null]);
  });

  it('R5: ends with its time though it stalls half-way and garbage is collected', async () => {
    await expect(collecting(async () => sent(stalls, { seconds: 0.2 }))).rejects.toMatchObject({
      name: 'FetchError',
      code: 'TIMEOUT',
    });
  });

  it('R5: ends with the driver though it stalls half-way and garbage is collected', async () => {
    const driver = new AbortController();
    setTimeout(() => driver.abort(), 200);
    const { signal } = driver;
    await expect(collecting(async () => sent(stalls, { signal }))).rejects.toMatchObject({
      ...{ name: 'ForgeError', code: 'aborted' },
    });
  });

  it('is cut off past its bytes; what says why there are none is not', async () => {
    const bytes =
      (count: number, status = 200): RequestListener =>
      (_, response) =>
        response.writeHead(status).end(Buffer.alloc(count));
    expect((await (await sent(bytes(100))).arrayBuffer()).byteLength).toBe(100);
    for (const count of [101, 2 ** 20])
      await expect(sent(bytes(count))).rejects.toMatchObject({
        ...{ name: 'ForgeError', code: 'too-large' },
      });
    expect((await sent(bytes(101, 404))).status).toBe(404);
    await expect(sent(bytes(2 ** 20, 404))).rejects.toMatchObject({ code: 'too-large' });
  });
});

const TICKET = {
  ...{ id: 'ab', repository: 'owner/name', commit: 'c'.repeat(40), createdAt: 0 },
  ...{ workflow: { path: '.github/workflows/market.yml', digest: '' } },
} as never;
const FORGES = [
  ['GitHub', () => githubForge({ host: 'forge', api: url.slice(0, -1), token: 'a-token' })],
  ['GitLab', () => gitlabForge({ host: 'forge', server: url.slice(0, -1), token: 'a-token' })],
] as const;
const ORIGIN = { run: '1', attempt: 1, job: { id: '1' } } as never;

describe.each(FORGES)('%s', (_, open) => {
  it('has a log fetched from where the forge says, which does not see the token', async () => {
    const tokens: unknown[] = [];
    listener = (request, response) => {
      tokens.push(request.headers.authorization ?? request.headers['private-token']);
      if (request.url === '/bytes')
        response.writeHead(200, { 'content-type': 'text/plain' }).end('log');
      else response.writeHead(302, { location: `${storage}bytes` }).end();
    };
    // What GitHub's storage sends here is no archive.
    await open()
      .log(TICKET, ORIGIN)
      .catch(() => undefined);
    expect(visits).toEqual(['127.0.0.1', 'localhost']);
    expect(tokens).toEqual([expect.stringMatching(/a-token$/), undefined]);
  });

  it('G3: is asked once for a file that is too long', async () => {
    listener = (_, response) => response.end(Buffer.alloc(9 * 2 ** 20));
    const digest = open().digestOf('owner/name', 'a-file', 'c'.repeat(40));
    await expect(digest).rejects.toMatchObject({ name: 'ForgeError', code: 'too-large' });
    expect(visits).toHaveLength(1);
  });
});
