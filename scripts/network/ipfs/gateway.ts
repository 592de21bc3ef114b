export { answerGateway };

import { setMaxListeners } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { lookup } from 'mrmime';
import type { CID } from 'multiformats/cid';
import { withDeadline } from '../../../ipfs/abort.ts';
import { exportCar } from '../../../ipfs/car.ts';
import type { Link, Node } from '../../../ipfs/dag.ts';
import { listDirectory, type Resolved, resolvePath } from '../../../ipfs/directory.ts';
import { IpfsError } from '../../../ipfs/error.ts';
import { streamNode } from '../../../ipfs/file.ts';
import type { BlockSource } from '../../../ipfs/source.ts';
import { allowEverywhere, HttpError } from './answer.ts';
import { listingPage } from './listing.ts';
import { readRange } from './range.ts';
import { readTarget, type Target } from './target.ts';

/** Until the first byte: that nobody has a block is only known by waiting. */
const MILLISECONDS = 60_000;
const LISTED = 2_000;
const IMMUTABLE = 'public, max-age=29030400, immutable';
/** Of a worker registered here, the scope would be everybody's sites: boxo refuses it as well. */
const ROOT = /^\/ipfs\/[^/]+$/;
const METHODS = 'GET, HEAD, OPTIONS';

type Answer = {
  target: Target;
  request: IncomingMessage;
  response: ServerResponse;
  source: BlockSource;
  /** Fires when the client leaves. */
  signal: AbortSignal;
};

/**
 * Answers one request for content. Nothing is held but a few blocks: bodies are streamed, and a
 * client that leaves stops what was being fetched for it.
 * @throws {HttpError|IpfsError} before the first byte; later errors cut the body
 */
async function answerGateway(
  source: BlockSource,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  allowEverywhere(response, METHODS);
  if (request.method === 'OPTIONS') return void response.writeHead(204).end();
  if (request.method !== 'GET' && request.method !== 'HEAD')
    throw new HttpError(405, `${String(request.method)} is not served here`, { allow: METHODS });
  const left = new AbortController();
  response.once('close', () => left.abort());
  setMaxListeners(0, left.signal); // blocks are fetched ahead, and each listens for the end

  const target = readTarget(request);
  const names = [String(target.root), ...target.path].map(encodeURIComponent);
  response.setHeader('x-ipfs-path', `/ipfs/${names.join('/')}`);
  response.setHeader('x-ipfs-roots', String(target.root));
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('cross-origin-resource-policy', 'cross-origin');
  const answer = { target, request, response, source, signal: left.signal };
  if (request.headers['service-worker'] === 'script' && ROOT.test(target.pathname))
    throw new HttpError(400, 'a service worker of all of a path gateway is not served');
  if (target.format === 'raw') return sendRaw(answer);
  if (target.format === 'car') return sendCar(answer);
  return sendPath(answer);
}

async function sendRaw(answer: Answer): Promise<void> {
  const { target } = answer;
  // An empty path needs no decoding, so that blocks which are no files are served too.
  const cid = target.path.length === 0 ? target.root : (await find(answer, target.path)).cid;
  const bytes = await inTime((signal) => answer.source.get(cid, { signal }), answer);
  await send(answer, [bytes], {
    'content-type': 'application/vnd.ipld.raw',
    'content-disposition': `attachment; filename="${String(cid)}.bin"`,
    'content-length': bytes.length,
    etag: `"${String(cid)}.raw"`,
  });
}

async function sendCar(answer: Answer): Promise<void> {
  const { target, source, signal } = answer;
  if (target.path.length > 0)
    throw new HttpError(400, 'a CAR is served of a CID without a path; ask for the CID at its end');
  await inTime((both) => source.get(target.root, { signal: both }), answer); // or an error in words
  await send(answer, exportCar(target.root, source, { signal, only: target.scope === 'block' }), {
    'content-type': 'application/vnd.ipld.car; version=1; order=dfs; dups=n',
    'content-disposition': `attachment; filename="${String(target.root)}.car"`,
    // The order of blocks is ours to change: the bytes are not bound by the CID.
    etag: `W/"${String(target.root)}.car.${target.scope}"`,
  });
}

async function sendPath(answer: Answer): Promise<void> {
  const { target, response } = answer;
  const found = await find(answer, target.path);
  if (found.node.kind === 'file')
    return sendFile(found.cid, found.node, target.path.at(-1), answer);
  if (!target.slash) {
    // Without the slash, relative links of the index would be looked up one folder too high.
    response.writeHead(301, { location: `${target.pathname}/${target.search}` }).end();
    return;
  }
  const index = await find(answer, [...target.path, 'index.html']).catch((error: unknown) => {
    if (IpfsError.is(error, 'not-found')) return undefined;
    throw error;
  });
  if (index?.node.kind === 'file') return sendFile(index.cid, index.node, 'index.html', answer);
  return sendListing(found.cid, found.node, answer);
}

async function sendFile(
  cid: CID,
  node: Extract<Node, { kind: 'file' }>,
  name: string | undefined,
  answer: Answer
): Promise<void> {
  const { request, response, source, signal } = answer;
  const etag = `"${String(cid)}"`;
  const whole = request.headers['if-range'] !== undefined && request.headers['if-range'] !== etag;
  const range = whole ? undefined : readRange(request.headers.range, node.size);
  response.setHeader('accept-ranges', 'bytes');
  if (range !== undefined) {
    response.statusCode = 206;
    response.setHeader('content-range', `bytes ${range.start}-${range.end - 1}/${node.size}`);
  }
  const { start, end } = range ?? { start: 0, end: node.size };
  await send(answer, streamNode(node, source, { range, signal }), {
    'content-type': contentType(name),
    'content-length': end - start,
    etag,
  });
}

async function sendListing(
  cid: CID,
  node: Exclude<Node, { kind: 'file' }>,
  answer: Answer
): Promise<void> {
  const links: Link[] = [];
  let more = false;
  for await (const link of listDirectory(node, answer.source, answer)) {
    if ((more = links.length === LISTED)) break;
    links.push(link);
  }
  const page = Buffer.from(listingPage(cid, links, more));
  await send(answer, [page], {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'",
    'content-length': page.length,
    etag: `W/"listing-${String(cid)}"`,
  });
}

/** Headers, the answer to `If-None-Match` and `HEAD`, then the body. */
async function send(
  { request, response }: Answer,
  body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  headers: Record<string, string | number> & { etag: string }
): Promise<void> {
  response.setHeader('cache-control', IMMUTABLE);
  response.setHeader('vary', 'accept');
  const known = (request.headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim());
  if (known.includes(headers.etag) || known.includes('*')) {
    response.writeHead(304, { etag: headers.etag }).end();
    return;
  }
  response.writeHead(response.statusCode, headers);
  if (request.method === 'HEAD') return void response.end();
  await pipeline(body, response);
}

const find = (answer: Answer, path: readonly string[]): Promise<Resolved> =>
  inTime((signal) => resolvePath(answer.target.root, path, answer.source, { signal }), answer);

const inTime = <T>(work: (signal: AbortSignal) => Promise<T>, { signal }: Answer): Promise<T> =>
  withDeadline('looking for it', MILLISECONDS, signal, work);

function contentType(name: string | undefined): string {
  const type = (name === undefined ? undefined : lookup(name)) ?? 'application/octet-stream';
  return /^text\/|^application\/(json|javascript)$/.test(type) ? `${type}; charset=utf-8` : type;
}
