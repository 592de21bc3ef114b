import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as v from 'valibot';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAccount } from '../../../contracts/chain/account.ts';
import { createGraphql, type GraphqlOptions } from '../../../contracts/chain/graphql.ts';
import { readTip } from '../../../contracts/chain/block.ts';
import { generateKeyPair } from '../../../contracts/chain/sign.ts';
import { tabPermissions } from '../../../contracts/formats/permissions.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

let server: Server;
let handlers: Handler[];
let endpoint: string;
let asked: number;

beforeEach(async () => {
  asked = 0;
  handlers = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () =>
      handlers[Math.min(asked++, handlers.length - 1)]!(request, response, body)
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const answer =
  (value: unknown, status = 200): Handler =>
  (_, response) =>
    response.writeHead(status).end(typeof value === 'string' ? value : JSON.stringify(value));
const ok = answer({ data: { x: 1 } });
const schema = v.object({ x: v.number() });
const quick: GraphqlOptions = { backoff: 1, rounds: 2 };
const ask = (options: GraphqlOptions = {}, endpoints = [endpoint], signal?: AbortSignal) =>
  createGraphql(endpoints, { ...quick, ...options }).query('query { x }', {}, schema, { signal });

describe('a query', () => {
  it('goes out as JSON with its variables apart, and comes back checked', async () => {
    handlers = [
      (request, response, body) => {
        expect(request.headers['content-type']).toBe('application/json');
        expect(JSON.parse(body)).toEqual({ query: 'query { x }', variables: {} });
        ok(request, response, body);
      },
    ];
    expect(await ask()).toEqual({ x: 1 });
  });

  it('R5: is asked again after HTTP 503, 429 and a cut answer, and no more than it may', async () => {
    const cut: Handler = (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"data"');
      setTimeout(() => response.destroy(), 20);
    };
    handlers = [answer('', 503), answer('', 429), cut, ok];
    expect(await ask({ rounds: 4 })).toEqual({ x: 1 });
    expect(asked).toBe(4);
    handlers = [answer('', 500)];
    asked = 0;
    await expect(ask({ rounds: 3 })).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(asked).toBe(3);
  });

  it('R5: is not held for ever by a node that stalls in mid-answer: the next one is asked', async () => {
    setFlagsFromString('--expose-gc');
    const collector = setInterval(runInNewContext('gc') as () => void, 20);
    try {
      handlers = [(_, response) => void response.writeHead(200).write('{"data"'), ok];
      expect(await ask({ timeout: 1_500 })).toEqual({ x: 1 });
      expect(asked).toBe(2);
    } finally {
      clearInterval(collector);
    }
  });

  it('goes to the next endpoint where one is down', async () => {
    handlers = [ok];
    expect(await ask({ rounds: 1 }, ['http://127.0.0.1:1/', endpoint])).toEqual({ x: 1 });
  });

  it('is not asked again where the node has answered, though wrongly', async () => {
    for (const [wrong, code] of [
      [{ errors: [{ message: 'no such field' }] }, 'QUERY_FAILED'],
      [{ data: { x: '1' } }, 'MALFORMED'],
      [{ data: null }, 'MALFORMED'],
      ['<html>', 'MALFORMED'],
      ['[]', 'MALFORMED'],
    ] as const) {
      asked = 0;
      handlers = [answer(wrong)];
      await expect(ask({ rounds: 3 })).rejects.toMatchObject({ code });
      expect(asked).toBe(1);
    }
  });

  it('is cut off at its size, packed or not, before it fills memory', async () => {
    const huge = JSON.stringify({ data: { x: 1 }, padding: 'x'.repeat(2_000_000) });
    const packed: Handler = (_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(huge));
    for (const handler of [answer(huge), packed]) {
      handlers = [handler];
      await expect(ask({ maxBytes: 100_000 })).rejects.toMatchObject({ code: 'TOO_LARGE' });
    }
    handlers = [answer(huge)];
    expect(await ask({ maxBytes: huge.length })).toEqual({ x: 1 });
  });

  it('gives up on a node that says nothing, or says it byte by byte', async () => {
    const slow: Handler = (_, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(timer));
    };
    for (const handler of [() => undefined, slow]) {
      handlers = [handler];
      await expect(ask({ timeout: 60, rounds: 1 })).rejects.toMatchObject({ code: 'UNREACHABLE' });
    }
  });

  it('follows no redirect: it would tell a stranger what is asked', async () => {
    handlers = [(_, response) => response.writeHead(307, { location: endpoint }).end()];
    await expect(ask({ rounds: 1 })).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(asked).toBe(1);
  });

  it('stops with its caller’s reason, waiting or pausing', async () => {
    handlers = [() => undefined];
    const reason = new Error('stop');
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 30);
    await expect(ask({}, [endpoint], controller.signal)).rejects.toBe(reason);
    handlers = [answer('', 500)];
    const pausing = new AbortController();
    setTimeout(() => pausing.abort(reason), 30);
    await expect(ask({ backoff: 60_000 }, [endpoint], pausing.signal)).rejects.toBe(reason);
  });

  it('R6: shows a node’s words without escape sequences and at most 500 of them', async () => {
    handlers = [answer({ errors: [{ message: `\u001b[2J${'x'.repeat(9_999)}` }] })];
    const error = (await ask().catch((e: unknown) => e)) as Error;
    expect(error.message).toMatch(/^[\x20-\x7e]{1,500}$/);
  });

  it('needs http(s) endpoints', () => {
    for (const endpoints of [[], ['ftp://x'], ['x']])
      expect(() => createGraphql(endpoints)).toThrow(expect.objectContaining({ code: 'INVALID' }));
  });
});

describe('a node that lies or errs', () => {
  const address = generateKeyPair().publicKey;
  const account = {
    publicKey: address,
    token: 'wSHV2S4qX9jFsLjQo8r1BsMLH2ZRKsZx6EJd1sbozGPieEC4Jf',
    nonce: '0',
    balance: { total: '5' },
    tokenSymbol: '',
    timing: null,
    permissions: tabPermissions,
    delegateAccount: null,
    zkappState: Array<string>(8).fill('1'),
    verificationKey: { hash: '1' },
    actionState: Array<string>(5).fill('1'),
    provedState: false,
    zkappUri: null,
  };
  const read = async (change: object): Promise<unknown> => {
    handlers = [answer({ data: { account: { ...account, ...change } } })];
    return readAccount(createGraphql([endpoint], quick), address).catch(
      (error: unknown) => (error as { code: string }).code
    );
  };

  it('is caught by the shape of an account', async () => {
    expect(await read({})).toMatchObject({ address, balance: 5n, timing: null });
    const field = '28948022309329048855892746252171976963363056481941560715954676764349967630337';
    const wrong = [
      { publicKey: generateKeyPair().publicKey },
      { token: 'xHWz3bZ9PvKzqAz3i4hSsXV5UmGBvJBRWDyWy8ybBUsAdTJBzi' },
      { token: '1'.repeat(65) },
      { nonce: '4294967296' },
      { balance: { total: '18446744073709551616' } },
      { balance: { total: '-1' } },
      { balance: { total: '05' } },
      { zkappState: Array<string>(7).fill('1') },
      { zkappState: Array<string>(32).fill('1') },
      { zkappState: Array<string>(8).fill(field) },
      { actionState: ['1'] },
      { permissions: { ...tabPermissions, send: 'none' } },
      { permissions: null },
      { timing: { cliffTime: '1', cliffAmount: null } },
    ];
    for (const change of wrong) {
      const code = await read(change);
      expect([change, ['MALFORMED', 'ENCODING'].includes(code as string)]).toEqual([change, true]);
    }
  });

  it('R5: that has no chain yet is told from one that has', async () => {
    for (const bestChain of [null, []]) {
      handlers = [answer({ data: { bestChain } })];
      await expect(readTip(createGraphql([endpoint], quick))).rejects.toMatchObject({
        code: 'NOT_SYNCED',
      });
    }
  });
});
