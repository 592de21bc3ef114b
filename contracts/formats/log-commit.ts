import { sha1 } from '@noble/hashes/legacy.js';
import { fromHex, toHex, utf8 } from './bytes.ts';
import { rawCidOf, toBase16 } from './cid.ts';
import { FormatError } from './error.ts';
import { parseKey } from './key.ts';

export {
  COMMIT_BYTES,
  COMMIT_OFFSET,
  EMPTY_TREE,
  type LogCommit,
  type LogOwner,
  encodeLogCommit,
  parseLogCommit,
  encodeGenesis,
  objectId,
  genesisId,
  headField,
  headOfField,
  notesRef,
};

/** A commit of a log: one receipt, one parent, nothing else. */
interface LogCommit {
  /** Object ids, 40 hex digits. */
  readonly tree: string;
  readonly parent: string;
  /** Unix time in seconds: the receipt's finish time, for author and committer alike. */
  readonly time: number;
  /** SHA-256 of the receipt block. */
  readonly receipt: Uint8Array;
}

/** Whose log it is: a tab's holds what was bought through it, a runner's what it did for its forge. */
type LogOwner = 'tab' | 'runner';

const AUTHOR = 'Runproof <log@runproof>';
const GENESIS_TIME = 1_000_000_000;

/** Git's object of no entries. */
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/**
 * Bytes of every commit but the first, with git's own `commit 276\0` in front: what SHA-1 takes.
 * Five compressions, which end at 311 bytes. A circuit builds it at fixed offsets.
 */
const COMMIT_BYTES = 287;

/** Where the variable parts stand, counted from the header's first byte. */
const COMMIT_OFFSET = {
  tree: 16,
  parent: 64,
  authorTime: 136,
  committerTime: 187,
  receipt: 222,
} as const;

const template = ({ tree, parent, time }: Omit<LogCommit, 'receipt'>, cid: string): string =>
  `tree ${tree}\nparent ${parent}\nauthor ${AUTHOR} ${time} +0000\n` +
  `committer ${AUTHOR} ${time} +0000\n\nreceipt ${cid}\n`;

/** The object as git hashes it, header included. */
function encodeLogCommit(commit: LogCommit): Uint8Array {
  fromHex(commit.tree, 20);
  fromHex(commit.parent, 20);
  if (!Number.isInteger(commit.time) || commit.time < GENESIS_TIME || commit.time > 0xffffffff)
    throw new FormatError('RANGE', `commit time ${commit.time} is not between 2001 and 2106`);
  const text = template(commit, toBase16(rawCidOf(commit.receipt)));
  return utf8.encode(`commit ${text.length}\0${text}`);
}

/** Accepts only what {@link encodeLogCommit} writes: no signature, no second parent, no extra line. */
function parseLogCommit(object: Uint8Array): LogCommit {
  if (object.length !== COMMIT_BYTES)
    throw new FormatError('SIZE', `a log commit has ${COMMIT_BYTES} bytes, not ${object.length}`);
  const match =
    /^commit 276\0tree ([0-9a-f]{40})\nparent ([0-9a-f]{40})\nauthor .{23} ([1-9][0-9]{9}) .*\n.*\n\nreceipt f01551220([0-9a-f]{64})\n$/.exec(
      utf8.decode(object)
    );
  if (match === null) throw new FormatError('SHAPE', 'the object is not a log commit');
  const [, tree, parent, time, digest] = match;
  const commit = {
    tree: tree!,
    parent: parent!,
    time: Number(time),
    receipt: fromHex(digest!, 32),
  };
  if (toHex(encodeLogCommit(commit)) !== toHex(object))
    throw new FormatError('ENCODING', 'the commit is not in canonical form');
  return commit;
}

/** First commit of a log; its bytes follow from whose it is. */
function encodeGenesis(address: string, owner: LogOwner = 'tab'): Uint8Array {
  parseKey(address);
  const text =
    `tree ${EMPTY_TREE}\nauthor ${AUTHOR} ${GENESIS_TIME} +0000\n` +
    `committer ${AUTHOR} ${GENESIS_TIME} +0000\n\n${owner} ${address}\n`;
  return utf8.encode(`commit ${text.length}\0${text}`);
}

/** Git's name of an object given with its header. */
const objectId = (object: Uint8Array): string => toHex(sha1(object));

const genesisId = (address: string, owner: LogOwner = 'tab'): string =>
  objectId(encodeGenesis(address, owner));

/** A commit's id as the one field element that the tab's account holds. */
function headField(id: string): bigint {
  fromHex(id, 20);
  return BigInt(`0x${id}`);
}

function headOfField(field: bigint): string {
  if (field < 0n || field >> 160n !== 0n)
    throw new FormatError('RANGE', `${field} is not a SHA-1 digest`);
  return field.toString(16).padStart(40, '0');
}

/** The ref that holds the log of a key. */
function notesRef(address: string): string {
  parseKey(address);
  return `refs/notes/runproof/${address}`;
}
