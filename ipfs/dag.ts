export { decodeNode, linksOf, type Node, type Link, type ShardLink };

import * as dagCbor from '@ipld/dag-cbor';
import * as dagPb from '@ipld/dag-pb';
import { UnixFS } from 'ipfs-unixfs';
import * as MultiformatsBlock from 'multiformats/block';
import { equals } from 'multiformats/bytes';
import type { CID } from 'multiformats/cid';
import { CODEC } from '../contracts/formats/cid.ts';
import { allowed, type Block } from './block.ts';
import { IpfsError } from './error.ts';
import { assertSafeName } from './names.ts';
import { PROFILE } from './profile.ts';

/** A child of a directory. */
type Link = { name: string; cid: CID };
/** A child of a shard: an entry, or a further shard when it has no name. */
type ShardLink = { slot: number; name: string | undefined; cid: CID };

/** What one block says about files and directories. */
type Node =
  | { kind: 'file'; size: number; data: Uint8Array; parts: { cid: CID; size: number }[] }
  | { kind: 'directory'; links: Link[] }
  | { kind: 'shard'; links: ShardLink[] };

/** Multihash code of the first 64 bits of murmur3-128, the only one that shards use. */
const MURMUR3 = 0x22n;
/** Hexadecimal digits of a slot, in front of the name of each link of a shard. */
const SLOT_DIGITS = 2;
const EMPTY = new Uint8Array();

/**
 * The node in a block that is known to hash to its CID. Accepts only the bytes an encoder would
 * write, so that one directory has one CID, and only names that are safe to write down.
 * @throws {IpfsError} `malformed`, `bad-cid` (also of any link), `unsafe-name`, `unsafe-file`
 * @see https://specs.ipfs.tech/unixfs/
 */
function decodeNode({ cid, bytes }: Block): Node {
  if (cid.code === CODEC.raw) return { kind: 'file', size: bytes.length, data: bytes, parts: [] };
  if (cid.code !== CODEC['dag-pb'])
    throw malformed(cid, 'is DAG-CBOR, where a file or directory was expected');
  const { Data, Links } = decodePb({ cid, bytes });
  if (Data === undefined) throw malformed(cid, 'carries no UnixFS data');
  const unixfs = decodeUnixFs(cid, Data);
  switch (unixfs.type) {
    case 'file':
    case 'raw':
      return fileNode(cid, unixfs, Links);
    case 'directory':
      if (unixfs.data !== undefined || unixfs.blockSizes.length > 0)
        throw malformed(cid, 'is a directory with file data in it');
      return { kind: 'directory', links: directoryLinks(cid, Links) };
    case 'hamt-sharded-directory':
      return shardNode(cid, unixfs, Links);
    default:
      throw new IpfsError(
        'unsafe-file',
        `${String(cid)} is a ${unixfs.type}; only files and directories are accepted`
      );
  }
}

/**
 * Every CID that a block names, each of them allowed.
 * @throws {IpfsError} `malformed`, `bad-cid`
 */
function linksOf({ cid, bytes }: Block): CID[] {
  if (cid.code === CODEC.raw) return [];
  if (cid.code === CODEC['dag-pb']) return decodePb({ cid, bytes }).Links.map(({ Hash }) => Hash);
  try {
    const { value } = MultiformatsBlock.createUnsafe({ cid, bytes, codec: dagCbor });
    if (!equals(dagCbor.encode(value), bytes)) throw malformed(cid, 'is not canonical DAG-CBOR');
    const block = MultiformatsBlock.createUnsafe({ cid, bytes, value, codec: dagCbor });
    return [...block.links()].map(([, link]) => allowed(link));
  } catch (cause) {
    // Nesting as deep as a block allows ends in a RangeError here, and is refused with the rest.
    throw cause instanceof IpfsError ? cause : malformed(cid, 'is not DAG-CBOR', cause);
  }
}

function decodePb({ cid, bytes }: Block): dagPb.PBNode {
  let node: dagPb.PBNode;
  let again: Uint8Array;
  try {
    node = dagPb.decode(bytes);
    again = dagPb.encode(node);
  } catch (cause) {
    throw malformed(cid, 'is not DAG-PB', cause);
  }
  if (!equals(again, bytes)) throw malformed(cid, 'is not canonical DAG-PB');
  for (const { Hash } of node.Links) allowed(Hash);
  return node;
}

function decodeUnixFs(cid: CID, data: Uint8Array): UnixFS {
  let unixfs: UnixFS;
  try {
    unixfs = UnixFS.unmarshal(data);
  } catch (cause) {
    throw malformed(cid, 'is not UnixFS', cause);
  }
  // ipfs-unixfs reads over this field; with it the comparison below also pins its value.
  if (unixfs.type === 'hamt-sharded-directory') unixfs.hashType = MURMUR3;
  if (!equals(unixfs.marshal(), data)) throw malformed(cid, 'is not canonical UnixFS');
  return unixfs;
}

function fileNode(cid: CID, unixfs: UnixFS, links: readonly dagPb.PBLink[]): Node {
  const data = unixfs.data ?? EMPTY;
  if (links.length !== unixfs.blockSizes.length)
    throw malformed(cid, `has ${links.length} links for ${unixfs.blockSizes.length} parts`);
  if (links.length > 0 && data.length > 0) throw malformed(cid, 'has both data and parts');
  const parts = links.map(({ Hash, Name }, i) => {
    const size = Number(unixfs.blockSizes[i]);
    // An empty part costs a fetch and yields nothing: the tiny-block bomb at its cheapest.
    if (size === 0) throw malformed(cid, `has an empty part ${i}`);
    if (Name !== undefined && Name !== '') throw malformed(cid, `names its part ${i}`);
    return { cid: Hash, size };
  });
  const size = data.length + parts.reduce((sum, part) => sum + part.size, 0);
  if (!Number.isSafeInteger(size)) throw malformed(cid, `claims a size of ${size} bytes`);
  return { kind: 'file', size, data, parts };
}

function directoryLinks(cid: CID, links: readonly dagPb.PBLink[]): Link[] {
  const seen = new Set<string>();
  return links.map(({ Hash, Name = '' }) => {
    const name = assertSafeName(Name);
    if (seen.has(name)) throw malformed(cid, `has two entries ${JSON.stringify(name)}`);
    seen.add(name);
    return { name, cid: Hash };
  });
}

function shardNode(cid: CID, unixfs: UnixFS, links: readonly dagPb.PBLink[]): Node {
  if (unixfs.fanout !== BigInt(PROFILE.shardFanout))
    throw malformed(cid, `is a shard with fanout ${unixfs.fanout}, not ${PROFILE.shardFanout}`);
  let last = -1;
  const children = links.map(({ Hash, Name = '' }) => {
    const prefix = Name.slice(0, SLOT_DIGITS);
    const slot = Number.parseInt(prefix, 16);
    if (slot.toString(16).toUpperCase().padStart(SLOT_DIGITS, '0') !== prefix)
      throw malformed(cid, `has a link ${JSON.stringify(Name.slice(0, 80))} in no slot`);
    if (slot <= last) throw malformed(cid, `has two links in slot ${slot}`);
    last = slot;
    const name = Name.slice(SLOT_DIGITS);
    return { slot, name: name === '' ? undefined : assertSafeName(name), cid: Hash };
  });
  const bits = new Uint8Array(PROFILE.shardFanout / 8);
  for (const { slot } of children) bits[bits.length - 1 - (slot >> 3)]! |= 1 << (slot & 7);
  if (!equals(stripped(bits), unixfs.data ?? EMPTY))
    throw malformed(cid, 'is a shard whose bit field does not name its links');
  return { kind: 'shard', links: children };
}

/** A bit field as a big-endian number: without leading zeros. */
const stripped = (bits: Uint8Array): Uint8Array =>
  bits.subarray(
    Math.max(
      0,
      bits.findIndex((byte) => byte !== 0)
    )
  );

const malformed = (cid: CID, why: string, cause?: unknown): IpfsError =>
  new IpfsError('malformed', `${String(cid)} ${why}; its publisher must encode it again`, {
    cause,
  });
