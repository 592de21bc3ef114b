export { exportCar, readCar, importCar, openCar, type CarOptions, type OpenedCar };

import * as dagCbor from '@ipld/dag-cbor';
import { varint } from 'multiformats';
import { CID } from 'multiformats/cid';
import type { Abortable } from './abort.ts';
import { allowed, assertBlock, type Block } from './block.ts';
import { Budget, type Limits } from './budget.ts';
import { linksOf } from './dag.ts';
import { IpfsError } from './error.ts';
import { MAX_BLOCK_BYTES } from './profile.ts';
import type { BlockSink, BlockSource } from './source.ts';
import { walkDag } from './walk.ts';

type CarOptions = Abortable & { limits?: Partial<Limits> };

/** Version, codec, hash, length and 32 bytes: what every CID that we allow takes. */
const CID_BYTES = 36;
const MAX_HEADER_BYTES = 1024;
const MAX_ROOTS = 16;

/**
 * The DAG under `root` as a CARv1: one root, depth first, no block twice; its root block `only`.
 * @throws {IpfsError} what `source` throws, in mid-stream, so that the CAR is cut and never wrong
 * @see https://ipld.io/specs/transport/car/carv1/
 */
async function* exportCar(
  root: CID,
  source: BlockSource,
  { only = false, ...options }: Abortable & { only?: boolean } = {}
): AsyncGenerator<Uint8Array> {
  const header = dagCbor.encode({ roots: [allowed(root)], version: 1 });
  yield frame(header.length);
  yield header;
  for await (const { cid, bytes } of walkDag(root, source, options)) {
    yield frame(cid.bytes.length + bytes.length);
    yield cid.bytes;
    yield bytes;
    if (only) return;
  }
}

/**
 * The blocks of a CARv1 that claims to hold the DAG under `root`, each hashed before it is yielded,
 * and none that the DAG has not asked for: whoever sends it can neither lie nor fill the disk.
 * @ipld/car is not used for reading, since it buffers whatever length a frame announces.
 * @throws {IpfsError} `malformed`, `wrong-bytes`, `limit`, and `incomplete` at the end of the
 *   stream when blocks are missing, as when a gateway breaks off after its 200
 */
async function* readCar(
  root: CID,
  chunks: AsyncIterable<Uint8Array>,
  { limits }: CarOptions = {}
): AsyncGenerator<Block> {
  const budget = new Budget({ get: noSource }, limits);
  const frames = readFrames(chunks);
  readHeader(await frames.next(), root);
  const wanted = new Map([[root.toString(), allowed(root)]]);
  const had = new Set<string>();
  for await (const bytes of frames) {
    budget.charge('blocks', 1);
    budget.charge('bytes', bytes.length);
    const block = readBlock(bytes);
    const key = block.cid.toString();
    if (had.has(key)) continue;
    if (!wanted.delete(key))
      throw new IpfsError('malformed', `the CAR holds ${key}, which nothing before it links to`);
    await assertBlock(block.cid, block.bytes);
    had.add(key);
    for (const cid of linksOf(block)) if (!had.has(cid.toString())) wanted.set(cid.toString(), cid);
    yield block;
  }
  const [missing] = wanted.keys();
  if (missing !== undefined)
    throw new IpfsError(
      'incomplete',
      `the CAR ended with ${wanted.size} blocks missing, ${missing} among them; ask another source`
    );
}

/** Puts a whole CAR into `sink`. Blocks before an error stay there; nothing refers to them. */
async function importCar(
  root: CID,
  chunks: AsyncIterable<Uint8Array>,
  sink: BlockSink,
  options: CarOptions = {}
): Promise<{ blocks: number; bytes: number }> {
  const put = { blocks: 0, bytes: 0 };
  for await (const { cid, bytes } of readCar(root, chunks, options)) {
    options.signal?.throwIfAborted();
    await sink.put(cid, bytes, options);
    put.blocks += 1;
    put.bytes += bytes.length;
  }
  return put;
}

/** A CAR that somebody hands us, held in memory. */
interface OpenedCar {
  /** What it says it is about; nothing follows from that. */
  readonly roots: readonly CID[];
  readonly blocks: BlockSource;
}

/**
 * Any CARv1 whatever its roots and the order of its blocks, each hashed: for files that people drop,
 * which may hold parts of several DAGs.
 * @param options.onWrong told of each block that does not hash to its CID; whoever asks for one gets that
 *   error. Without it, the first is thrown
 * @throws {IpfsError} `malformed`, `bad-cid`, `wrong-bytes`, `limit`, `aborted`
 */
async function openCar(
  chunks: AsyncIterable<Uint8Array>,
  { limits, signal, onWrong }: CarOptions & { onWrong?: (cid: CID, error: IpfsError) => void } = {}
): Promise<OpenedCar> {
  const budget = new Budget({ get: noSource }, limits);
  const frames = readFrames(chunks);
  const roots = readRoots(await frames.next());
  if (roots.length > MAX_ROOTS)
    throw new IpfsError('malformed', `the CAR names ${roots.length} roots, at most ${MAX_ROOTS}`);
  const held = new Map<string, Uint8Array | IpfsError>();
  for await (const bytes of frames) {
    if (signal?.aborted)
      throw new IpfsError('aborted', 'reading the CAR was stopped', { cause: signal.reason });
    budget.charge('blocks', 1);
    budget.charge('bytes', bytes.length);
    const block = readBlock(bytes);
    try {
      // A copy: the frame may be a window on a chunk many times its size.
      held.set(String(block.cid), (await assertBlock(block.cid, block.bytes)).slice());
    } catch (error) {
      if (onWrong === undefined || !IpfsError.is(error, 'wrong-bytes')) throw error;
      held.set(String(block.cid), error);
      onWrong(block.cid, error);
    }
  }
  return {
    roots,
    blocks: {
      async get(cid) {
        const bytes = held.get(String(allowed(cid)));
        if (bytes instanceof IpfsError) throw bytes;
        if (bytes !== undefined) return bytes;
        throw new IpfsError('not-found', `the CAR does not hold ${String(cid)}`);
      },
    },
  };
}

function readHeader(header: IteratorResult<Uint8Array>, root: CID): void {
  const roots = readRoots(header);
  if (roots.length !== 1 || !root.equals(roots[0]))
    throw new IpfsError('malformed', `the CAR's only root should be ${String(root)}`);
}

function readRoots(header: IteratorResult<Uint8Array>): readonly CID[] {
  let decoded: unknown;
  try {
    if (header.done !== true && header.value.length <= MAX_HEADER_BYTES)
      decoded = dagCbor.decode(header.value);
  } catch (cause) {
    throw new IpfsError('malformed', 'the CAR header is not DAG-CBOR', { cause });
  }
  const { version, roots } = (decoded ?? {}) as { version?: unknown; roots?: unknown };
  if (version !== 1 || !Array.isArray(roots))
    throw new IpfsError('malformed', 'the stream does not begin with a CARv1 header');
  return roots.map((root) => {
    const cid = CID.asCID(root);
    if (cid === null) throw new IpfsError('malformed', 'a root of the CAR is not a CID');
    return cid;
  });
}

function readBlock(bytes: Uint8Array): Block {
  let cid: CID;
  try {
    cid = CID.decode(bytes.subarray(0, CID_BYTES));
  } catch (cause) {
    throw new IpfsError('bad-cid', 'the CAR holds a block whose CID is not one we accept', {
      cause,
    });
  }
  return { cid: allowed(cid), bytes: bytes.subarray(CID_BYTES) };
}

/** Length-prefixed frames out of chunks cut anywhere. Holds one frame, of a length checked first. */
async function* readFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let length = 0;
  const take = (): Uint8Array => {
    const whole = held.length === 1 ? held[0]! : joined(held, length);
    held = [];
    length = 0;
    return whole;
  };
  let needed = 1;
  for await (const chunk of chunks) {
    held.push(chunk);
    length += chunk.length;
    if (length < needed) continue;
    let rest = take();
    for (;;) {
      const size = frameSize(rest);
      needed = size === undefined ? rest.length + 1 : size.prefix + size.body;
      if (size === undefined || rest.length < needed) break;
      yield new Uint8Array(rest.subarray(size.prefix, needed)); // a copy lets go of the chunk
      rest = rest.subarray(needed);
    }
    held = [rest];
    length = rest.length;
  }
  if (length > 0)
    throw new IpfsError('incomplete', `the CAR breaks off ${length} bytes into a block`);
}

/** Lengths of a frame's prefix and body, or `undefined` while the prefix is not all there. */
function frameSize(bytes: Uint8Array): { prefix: number; body: number } | undefined {
  const end = bytes.subarray(0, 4).findIndex((byte) => byte < 0x80);
  if (end === -1 && bytes.length < 4) return undefined;
  let [body, prefix] = [Infinity, 4];
  try {
    if (end !== -1) [body, prefix] = varint.decode(bytes);
  } catch (cause) {
    throw new IpfsError('malformed', 'the CAR holds a length in a longer form', { cause });
  }
  if (body > MAX_BLOCK_BYTES + CID_BYTES)
    throw new IpfsError('limit', `the CAR announces a block above ${MAX_BLOCK_BYTES} bytes`);
  if (body === 0) throw new IpfsError('malformed', 'the CAR holds an empty frame');
  return { prefix, body };
}

const frame = (length: number): Uint8Array =>
  varint.encodeTo(length, new Uint8Array(varint.encodingLength(length)));

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

const noSource = (): Promise<Uint8Array> =>
  Promise.reject(new IpfsError('not-found', 'a CAR has nothing but its own blocks'));
