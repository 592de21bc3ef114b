export { type LogEntry, type Objects, entryOf, assertFollows };

import type { CID } from 'multiformats/cid';
import { equalBytes, toHex, utf8 } from '../../contracts/formats/bytes.ts';
import { rawCidOfBlock } from '../../contracts/formats/cid.ts';
import { EMPTY_TREE, type LogCommit, parseLogCommit } from '../../contracts/formats/log-commit.ts';
import type { Log } from '../../contracts/formats/log.ts';
import { type AnyNote, type Note, commitOfNote } from '../../contracts/formats/note.ts';
import { OracleError, type OracleCode } from '../error.ts';

/** One job in a tab's log, or one run in a runner's, read and found whole. */
interface LogEntry<N extends AnyNote = Note> {
  readonly note: N;
  readonly commit: LogCommit;
  /** The commit's object id. */
  readonly id: string;
}

/** Git objects by id, each with git's header in front and hashed by whoever hands it out. */
interface Objects {
  read(id: string): Promise<Uint8Array>;
}

/**
 * Reads the entry that commit `id` carries: commit, tree of one note, note, and that the three are
 * exactly what the note alone would make of itself.
 * @throws {OracleError}
 */
async function entryOf<N extends AnyNote>(
  objects: Objects,
  log: Log<N>,
  id: string
): Promise<LogEntry<N>> {
  const commitObject = await objects.read(id);
  const commit = strictly('COMMIT_MALFORMED', `commit ${id}`, () => parseLogCommit(commitObject), {
    unrelated: isRoot(commitObject),
  });
  const blob = noteOfTree(await objects.read(commit.tree), commit.tree);
  const bytes = contentOf(await objects.read(blob), 'blob', blob);
  const note = strictly('NOTE_MALFORMED', `the note of commit ${id}`, () => log.parse(bytes));
  const owner = log.ownerOf(note);
  if (owner !== log.address)
    throw new OracleError(
      'LOG_UNRELATED',
      `commit ${id} carries a receipt of ${log.owner} ${owner}, not of ${log.address}`
    );
  const own = commitOfNote(note, commit.parent);
  if (own.id !== id)
    throw mismatch(id, `its ${differing(own.commit, commit)} is not what its note makes of it`);
  return { note, commit, id };
}

/**
 * Holds an entry's note to name the note of the entry before it, or none for the first of its log.
 * `before` is `undefined` where that entry was not read.
 * @throws {OracleError} `NOTE_MISMATCH`
 */
function assertFollows<N extends AnyNote>(
  log: Log<N>,
  entry: LogEntry<N>,
  before: LogEntry<N> | undefined
): void {
  const { previous } = entry.note;
  const isFirst = entry.commit.parent === log.genesis.id;
  const cidOfNote = (note: N): CID => rawCidOfBlock(log.encode(note));
  if (isFirst !== (previous === null))
    throw mismatch(
      entry.id,
      isFirst ? 'it is the first, yet names one before' : 'it names none before'
    );
  if (before !== undefined && !isFirst && String(previous) !== String(cidOfNote(before.note)))
    throw mismatch(
      entry.id,
      `its note follows ${String(previous)}, but ${String(cidOfNote(before.note))} stands before it`
    );
}

const differing = (own: LogCommit, commit: LogCommit): string =>
  own.tree !== commit.tree ? 'tree' : own.time !== commit.time ? 'time' : 'receipt';

const mismatch = (id: string, why: string): OracleError =>
  new OracleError('NOTE_MISMATCH', `commit ${id} does not hold together: ${why}`);

/** A commit without a parent is the beginning of some history; reached here, not of this log's. */
const isRoot = (object: Uint8Array): boolean =>
  /^commit \d+\0tree [0-9a-f]{40}\nauthor /.test(
    new TextDecoder('latin1').decode(object.slice(0, 80))
  );

/** Id of the blob in a notes tree as we write it: `100644 <40 hex digits>\0<20 bytes>`, nothing else. */
function noteOfTree(object: Uint8Array, id: string): string {
  if (id === EMPTY_TREE) throw malformedTree(id, 'is empty');
  const content = contentOf(object, 'tree', id);
  const end = content.indexOf(0);
  const first = new TextDecoder('latin1').decode(content.subarray(0, Math.max(end, 0)));
  if (/^40000 [0-9a-f]{2}$/.test(first))
    throw malformedTree(id, `is fanned out by the git command line (${first.slice(6)}/)`);
  if (!/^100644 [0-9a-f]{40}$/.test(first))
    throw malformedTree(id, `begins with ${JSON.stringify(first.slice(0, 80))}, not with a note`);
  if (content.length !== end + 21) throw malformedTree(id, 'has more entries than its one note');
  return toHex(content.subarray(end + 1));
}

const malformedTree = (id: string, what: string): OracleError =>
  new OracleError(
    'TREE_MALFORMED',
    `tree ${id} ${what}; only the runner may write to a log, and it writes one note a commit`
  );

function contentOf(object: Uint8Array, type: 'tree' | 'blob', id: string): Uint8Array {
  const end = object.indexOf(0);
  const header = `${type} ${object.length - end - 1}`;
  if (end < 0 || !equalBytes(object.subarray(0, end), utf8.encode(header)))
    throw new OracleError('OBJECT', `object ${id} is not a ${type}`);
  return object.slice(end + 1);
}

function strictly<T>(
  code: OracleCode,
  what: string,
  parse: () => T,
  { unrelated = false } = {}
): T {
  try {
    return parse();
  } catch (cause) {
    if (unrelated)
      throw new OracleError('LOG_UNRELATED', `${what} is where another history begins`, { cause });
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OracleError(code, `${what} is not one that a runner wrote: ${why}`, { cause });
  }
}
