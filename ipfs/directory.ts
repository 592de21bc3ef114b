export { listDirectory, resolvePath, type Resolved };

import { murmur364 } from '@multiformats/murmur3';
import type { CID } from 'multiformats/cid';
import type { Abortable } from './abort.ts';
import { decodeNode, type Link, type Node, type ShardLink } from './dag.ts';
import { IpfsError } from './error.ts';
import type { BlockSource } from './source.ts';

/** What stands at the end of a path. */
type Resolved = { cid: CID; node: Node };

type DirectoryNode = Exclude<Node, { kind: 'file' }>;

/** The 64 bits that place a name, eight a level. */
const MAX_SHARD_LEVELS = 8;
const AHEAD = 16;

/**
 * The entries of a directory, sharded or not, in the order of its blocks. With `ahead`, what it names
 * is hinted at to `source`, as is right when every entry will be read.
 * @throws {IpfsError} `malformed` when a shard holds a name in the wrong slot
 */
async function* listDirectory(
  node: DirectoryNode,
  source: BlockSource,
  options: Abortable & { ahead?: boolean } = {},
  level = 0
): AsyncGenerator<Link> {
  const hint = (i: number): void => {
    const next = node.links.slice(i, i + AHEAD).map(({ cid }) => cid);
    if (options.ahead === true) source.hint?.(next, options);
  };
  if (node.kind === 'directory') {
    for (const [i, link] of node.links.entries()) {
      hint(i);
      yield link;
    }
    return;
  }
  for (const [i, link] of node.links.entries()) {
    hint(i);
    if (link.name !== undefined) {
      await assertSlot(link, level);
      yield { name: link.name, cid: link.cid };
    } else {
      yield* listDirectory(
        await subShard(link, level, source, options),
        source,
        options,
        level + 1
      );
    }
  }
}

/**
 * Follows `path` down from `root`, asking only for the blocks on the way.
 * @throws {IpfsError} `not-found`, `not-a-directory`, those of `decodeNode`
 */
async function resolvePath(
  root: CID,
  path: readonly string[],
  source: BlockSource,
  options: Abortable = {}
): Promise<Resolved> {
  let at: Resolved = { cid: root, node: await load(root, source, options) };
  for (const name of path) {
    if (at.node.kind === 'file')
      throw new IpfsError('not-a-directory', `${String(at.cid)} is a file; it has no ${name}`);
    const cid = await child(at.node, name, source, options);
    if (cid === undefined)
      throw new IpfsError(
        'not-found',
        `there is no ${JSON.stringify(path.join('/'))} under ${String(root)}`
      );
    at = { cid, node: await load(cid, source, options) };
  }
  return at;
}

async function child(
  node: DirectoryNode,
  name: string,
  source: BlockSource,
  options: Abortable
): Promise<CID | undefined> {
  for (let level = 0; node.kind === 'shard'; level += 1) {
    const slot = await slotOf(name, level);
    const link = node.links.find((candidate) => candidate.slot === slot);
    if (link === undefined || (link.name !== undefined && link.name !== name)) return undefined;
    if (link.name !== undefined) return link.cid;
    node = await subShard(link, level, source, options);
  }
  return node.links.find((link) => link.name === name)?.cid;
}

async function subShard(
  { cid }: ShardLink,
  level: number,
  source: BlockSource,
  options: Abortable
): Promise<DirectoryNode> {
  const node = await load(cid, source, options);
  if (node.kind !== 'shard' || node.links.length === 0 || level + 1 >= MAX_SHARD_LEVELS)
    throw new IpfsError('malformed', `${String(cid)} is not a shard, though its directory says so`);
  return node;
}

/** A name outside its slot could stand there twice, and a lookup would not find what a list shows. */
async function assertSlot({ slot, name }: ShardLink, level: number): Promise<void> {
  if ((await slotOf(name!, level)) !== slot)
    throw new IpfsError('malformed', `the shard entry ${JSON.stringify(name)} is in a wrong slot`);
}

const slotOf = async (name: string, level: number): Promise<number> =>
  (await murmur364.encode(new TextEncoder().encode(name)))[level]!;

async function load(cid: CID, source: BlockSource, options: Abortable): Promise<Node> {
  return decodeNode({ cid, bytes: await source.get(cid, options) });
}
