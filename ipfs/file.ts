export { streamFile, streamNode, readFile, type FileNode, type Range };

import type { CID } from 'multiformats/cid';
import type { Abortable } from './abort.ts';
import { decodeNode, type Node } from './dag.ts';
import { IpfsError } from './error.ts';
import { Lookahead } from './lookahead.ts';
import type { BlockSource } from './source.ts';

/** Bytes `start` to `end` of a file, `end` not included. */
type Range = { start: number; end: number };

/** With 1,024 parts a node, four levels hold a petabyte; more are there to waste our time. */
const MAX_LEVELS = 6;
/** Parts asked for at once: enough to hide a round trip. */
const AHEAD = 4;

type StreamOptions = Abortable & { range?: Range | undefined };
type FileNode = Extract<Node, { kind: 'file' }>;

/**
 * The bytes of a file, block by block, each checked before it is yielded. Give a `Budget` as
 * `source` where the publisher is not trusted.
 * @throws {IpfsError} `not-a-file`, `malformed` (a part is not as long as announced)
 */
async function* streamFile(
  cid: CID,
  source: BlockSource,
  options: StreamOptions = {}
): AsyncGenerator<Uint8Array> {
  yield* streamNode(await fileNode(cid, source, options), source, options);
}

/** {@link streamFile} for a node that is there already. */
async function* streamNode(
  node: FileNode,
  source: BlockSource,
  { range, signal }: StreamOptions = {}
): AsyncGenerator<Uint8Array> {
  const stop = new AbortController();
  const both = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  try {
    const ahead = source.hint === undefined ? new Lookahead(source) : source;
    yield* parts(node, ahead, range ?? { start: 0, end: node.size }, 1, both);
  } finally {
    stop.abort(); // a reader that leaves early wants none of what was asked for ahead
  }
}

/**
 * A small file, whole, in memory.
 * @throws {IpfsError} `limit` when it is larger than `maxBytes`; those of {@link streamFile}
 */
async function readFile(
  cid: CID,
  source: BlockSource,
  { maxBytes, signal }: Abortable & { maxBytes: number }
): Promise<Uint8Array> {
  const node = await fileNode(cid, source, { signal });
  if (node.size > maxBytes)
    throw new IpfsError(
      'limit',
      `file ${String(cid)} has ${node.size} bytes, more than the ${maxBytes} allowed; stream it instead`
    );
  const whole = new Uint8Array(node.size);
  let offset = 0;
  for await (const chunk of streamNode(node, source, { signal })) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

async function fileNode(cid: CID, source: BlockSource, options?: Abortable): Promise<FileNode> {
  const node = decodeNode({ cid, bytes: await source.get(cid, options) });
  if (node.kind !== 'file')
    throw new IpfsError('not-a-file', `${String(cid)} is a directory; name a file in it`);
  return node;
}

async function* parts(
  node: FileNode,
  source: BlockSource,
  { start, end }: Range,
  level: number,
  signal: AbortSignal
): AsyncGenerator<Uint8Array> {
  if (node.data.length > 0 && start < node.data.length) yield node.data.subarray(start, end);
  const wanted: { cid: CID; size: number; at: number }[] = [];
  let at = 0;
  for (const part of node.parts) {
    if (at < end && at + part.size > start) wanted.push({ ...part, at });
    at += part.size;
  }
  if (wanted.length > 0 && level > MAX_LEVELS)
    throw new IpfsError('malformed', `a file is nested deeper than ${MAX_LEVELS} levels`);

  for (const [i, part] of wanted.entries()) {
    const next = wanted.slice(i, i + AHEAD).map(({ cid }) => cid);
    source.hint?.(next, { signal });
    const child = await fileNode(part.cid, source, { signal });
    if (child.size !== part.size)
      throw new IpfsError(
        'malformed',
        `part ${String(part.cid)} has ${child.size} bytes where ${part.size} were announced`
      );
    yield* parts(
      child,
      source,
      { start: Math.max(0, start - part.at), end: Math.min(part.size, end - part.at) },
      level + 1,
      signal
    );
  }
}
