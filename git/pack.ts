export { type PackLimits, PACK_LIMITS, assertPack };

import { sha1 } from '@noble/hashes/legacy.js';
import { ZStream, Z_NO_FLUSH, Z_STREAM_END, zlibInflate, zlibInflateInit2 } from 'pako';
import { equalBytes } from '../contracts/formats/bytes.ts';
import { GitError } from './error.ts';

interface PackLimits {
  readonly objects: number;
  /** Of one object, inflated and with its deltas applied. */
  readonly objectBytes: number;
  /** Of all objects, inflated. */
  readonly totalBytes: number;
  /** Deltas on top of each other. */
  readonly deltas: number;
}

/** A log has notes of at most 16 KiB and three objects an entry. */
const PACK_LIMITS: PackLimits = {
  objects: 50_000,
  objectBytes: 16 * 1024,
  totalBytes: 256 * 1024 * 1024,
  deltas: 256,
};

const TYPE = { commit: 1, tree: 2, blob: 3, ofsDelta: 6 } as const;
const PLAIN: readonly number[] = [TYPE.commit, TYPE.tree, TYPE.blob];
const HEADER_BYTES = 12;
const TRAILER_BYTES = 20;
/** The largest, and a zlib header: no gzip, no raw deflate. */
const ZLIB_WINDOW = 15;

/**
 * Walks a pack (gitformat-pack(5)) and refuses it unless every object stays within `limits`, before
 * anything that has no limits of its own inflates it. Tags and deltas against other packs are
 * refused: a log has none, and we do not offer to take them.
 * @throws {GitError} `PACK`, `TOO_LARGE`
 */
function assertPack(pack: Uint8Array, limits: PackLimits = PACK_LIMITS): void {
  const view = new DataView(pack.buffer, pack.byteOffset, pack.byteLength);
  const end = pack.length - TRAILER_BYTES;
  if (end < HEADER_BYTES || view.getUint32(0) !== 0x5041434b || view.getUint32(4) !== 2)
    throw new GitError('PACK', 'the host sent something that is not a pack of version 2');
  if (!equalBytes(sha1(pack.subarray(0, end)), pack.subarray(end)))
    throw new GitError('PACK', 'the pack does not hash to its own trailer; fetch it again');
  const count = view.getUint32(8);
  bound('objects in a pack', count, limits.objects);

  const entries = new Cursor(pack.subarray(0, end), HEADER_BYTES);
  const depths = new Map<number, number>();
  let total = 0;
  for (let i = 0; i < count; i++) {
    const start = entries.at;
    const { type, size } = entries.header();
    bound('bytes of an object', size, limits.objectBytes);
    bound('bytes of all objects', (total += size), limits.totalBytes);
    const depth = PLAIN.includes(type) ? 0 : depthOfDelta(type, entries, start, depths);
    bound('deltas on top of each other', depth, limits.deltas);
    depths.set(start, depth);
    const data = entries.inflate(size);
    if (depth > 0) bound('bytes of an object', resultSize(data), limits.objectBytes);
  }
  if (entries.at !== end)
    throw new GitError('PACK', `${end - entries.at} bytes follow the pack's last object`);
}

function depthOfDelta(
  type: number,
  entries: Cursor,
  start: number,
  depths: ReadonlyMap<number, number>
): number {
  if (type !== TYPE.ofsDelta)
    throw new GitError('PACK', `the pack holds an object of type ${type}, which no log has`);
  const base = depths.get(start - entries.distance());
  if (base === undefined)
    throw new GitError('PACK', 'a delta in the pack rests on nothing before it');
  return base + 1;
}

/** A delta starts with its base's size and its result's. */
function resultSize(delta: Uint8Array): number {
  const cursor = new Cursor(delta, 0);
  cursor.size();
  return cursor.size();
}

function bound(what: string, amount: number, most: number): void {
  if (amount > most)
    throw new GitError('TOO_LARGE', `${amount} ${what}, more than the ${most} allowed`);
}

/** Reads a pack's variable-length numbers and deflated runs. */
class Cursor {
  constructor(
    private readonly bytes: Uint8Array,
    public at: number
  ) {}

  byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new GitError('PACK', 'the pack ends in mid-object');
    return byte;
  }

  header(): { type: number; size: number } {
    const first = this.byte();
    return { type: (first >> 4) & 7, size: (first & 15) + (first & 128 ? this.size() * 16 : 0) };
  }

  /** Seven bits a byte, least significant first; at most 42 bits, which no limit allows. */
  size(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 42; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new GitError('TOO_LARGE', 'an object in the pack states a size of more than 42 bits');
  }

  /** How far back a delta's base starts: most significant first, plus one for each further byte. */
  distance(): number {
    let byte = this.byte();
    let value = byte & 127;
    while (byte >= 128 && value < 2 ** 42) {
      byte = this.byte();
      value = (value + 1) * 128 + (byte & 127);
    }
    return value;
  }

  /** One zlib stream of exactly `size` bytes; a bomb is stopped one byte after them. */
  inflate(size: number): Uint8Array {
    const stream = new ZStream();
    zlibInflateInit2(stream, ZLIB_WINDOW);
    stream.input = this.bytes.subarray(this.at);
    stream.avail_in = stream.input.length;
    stream.output = new Uint8Array(size + 1);
    stream.avail_out = stream.output.length;
    const status = zlibInflate(stream, Z_NO_FLUSH);
    if (stream.avail_out === 0)
      throw new GitError('PACK', `an object in the pack has more than the ${size} bytes it states`);
    if (status !== Z_STREAM_END)
      throw new GitError('PACK', `an object in the pack does not inflate to its ${size} bytes`);
    if (stream.next_out !== size)
      throw new GitError(
        'PACK',
        `an object in the pack has ${stream.next_out} bytes and states ${size}`
      );
    this.at += stream.next_in;
    return stream.output.subarray(0, size);
  }
}
