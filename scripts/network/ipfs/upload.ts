export { answerUpload };

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { IpfsNode } from '../../../ipfs/node.ts';
import { putBlock } from '../../../ipfs/store.ts';
import { allowEverywhere, assertToken, HttpError, readBody } from './answer.ts';

/** A request, its envelope or another document: one raw block. */
const MAX_BYTES = 1024 * 1024;

/**
 * `PUT /ipfs/`: keeps the body as a raw block, pinned, and answers 201 with its CID. This is the door
 * for whoever has no IPFS node: what comes through it is named by its hash, so that nothing can be
 * replaced.
 * @throws {HttpError} 401, 403, 404, 413
 */
async function answerUpload(
  { store, pins }: Pick<IpfsNode, 'store' | 'pins'>,
  token: string | undefined,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  allowEverywhere(response, 'PUT, OPTIONS');
  if (request.method === 'OPTIONS') return void response.writeHead(204).end();
  assertToken(request, token);
  if (request.url !== '/ipfs/') throw new HttpError(404, 'blocks are PUT to /ipfs/');
  const bytes = await readBody(request, MAX_BYTES);
  const cid = await pins.hold(async () => {
    const stored = await putBlock(bytes, store);
    await pins.pin(stored, { name: 'upload' });
    return stored;
  });
  response
    .writeHead(201, {
      location: `/ipfs/${String(cid)}`,
      'content-type': 'text/plain; charset=utf-8',
    })
    .end(`${String(cid)}\n`);
}
