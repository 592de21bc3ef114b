export { HttpError, answerError, answerJson, readBody, assertToken, allowEverywhere };

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { IpfsError, type IpfsErrorCode } from '../../../ipfs/error.ts';

/** A refusal with the status it is told under. */
class HttpError extends Error {
  override readonly name = 'HttpError';

  constructor(
    readonly status: number,
    message: string,
    readonly headers: Record<string, string> = {}
  ) {
    super(message);
  }
}

const STATUS: Record<IpfsErrorCode, number> = {
  aborted: 499,
  timeout: 504,
  'bad-cid': 400,
  'wrong-bytes': 502,
  malformed: 422,
  'unsafe-name': 422,
  'unsafe-file': 422,
  limit: 413,
  'not-found': 404,
  incomplete: 502,
  'not-a-file': 400,
  'not-a-directory': 404,
  unreachable: 504,
  exists: 409,
  'bad-address': 400,
  storage: 500,
};

/** Tells an error in one plain line, or breaks off when the answer has begun: a cut body is never taken for a whole one. */
function answerError(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const known = error instanceof HttpError || error instanceof IpfsError;
  const status =
    error instanceof HttpError
      ? error.status
      : error instanceof IpfsError
        ? STATUS[error.code]
        : 500;
  // What is not ours may name paths of this machine.
  const message = known ? error.message : 'the gateway failed; see its log';
  for (const name of response.getHeaderNames())
    if (!name.startsWith('access-control-')) response.removeHeader(name);
  response
    .writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(error instanceof HttpError ? error.headers : {}),
    })
    .end(`${message}\n`);
}

function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body));
}

/** Pages of any origin may read: all of it is public, and no cookie is looked at. */
function allowEverywhere(response: ServerResponse, methods: string): void {
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader('access-control-allow-methods', methods);
  response.setHeader(
    'access-control-allow-headers',
    'authorization, content-type, range, if-none-match, if-range, user-agent, x-requested-with'
  );
  response.setHeader(
    'access-control-expose-headers',
    'content-length, content-range, etag, location, x-ipfs-path, x-ipfs-roots'
  );
}

/** The whole body, at most `max` bytes of it. */
async function readBody(request: IncomingMessage, max: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > max)
      throw new HttpError(413, `the body has more than ${max} bytes; send less`, {
        connection: 'close',
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** @throws {HttpError} 401 without the right bearer token, 403 where none is set up */
function assertToken(request: IncomingMessage, token: string | undefined): void {
  if (token === undefined)
    throw new HttpError(403, 'writing is closed here; start the gateway with a token to open it');
  const given = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (given === undefined || !sameToken(given, token))
    throw new HttpError(401, 'send the gateway its token as Authorization: Bearer …', {
      'www-authenticate': 'Bearer',
    });
}

/** Compares digests, so that neither the time taken nor the length tells anything. */
function sameToken(given: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}
