export { type BlockLog, type BlockLogOptions, readLogFromBlocks, readRunLogFromBlocks };

import type { CID } from 'multiformats/cid';
import { rawCidOfBlock, toBase16 } from '../../contracts/formats/cid.ts';
import { type Log, runLog, tabLog } from '../../contracts/formats/log.ts';
import { type AnyNote, MAX_NOTE_BYTES, commitOfNote } from '../../contracts/formats/note.ts';
import type { RunNote } from '../../contracts/formats/run-note.ts';
import { IpfsError } from '../../ipfs/error.ts';
import type { BlockSource } from '../../ipfs/source.ts';
import { OracleError } from '../error.ts';
import { type LogEntry, assertFollows } from './entry.ts';

interface BlockLog {
  readonly blocks: BlockSource;
  readonly tab: string;
  /** The newest note. */
  readonly last: CID;
  /** The head that the tab's account holds; entries after it are returned. Default: all. */
  readonly from?: string;
  /** A note at or before `from` whose commit an earlier read found: going back ends there. */
  readonly known?: { readonly note: CID; readonly commit: string };
}

interface BlockLogOptions {
  readonly signal?: AbortSignal;
  /** Most notes to follow. */
  readonly entries?: number;
  readonly onProgress?: (progress: { readonly read: number }) => void;
}

const ENTRIES = 10_000;

/**
 * The same as `readLog`, with no git host at all: each note names the one before it, and a commit
 * follows from its note and its parent. So the way back is walked first, then the line is rebuilt
 * from its beginning, and it has to pass through `from`.
 * @throws {OracleError} `OBJECT`, `UNREACHABLE`, `NOTE_MALFORMED`, `NOTE_MISMATCH`, `LOG_UNRELATED`,
 * `LOG_REWRITTEN`, `TOO_LARGE`, `ABORTED`
 */
const readLogFromBlocks = (
  { tab, ...source }: BlockLog,
  options: BlockLogOptions = {}
): Promise<readonly LogEntry[]> => readNotes(tabLog(tab), source, options);

/** The same for a runner's log, from its genesis. */
const readRunLogFromBlocks = (
  { runner, ...source }: Pick<BlockLog, 'blocks' | 'last'> & { readonly runner: string },
  options: BlockLogOptions = {}
): Promise<readonly LogEntry<RunNote>[]> => readNotes(runLog(runner), source, options);

async function readNotes<N extends AnyNote>(
  log: Log<N>,
  { blocks, last, from = log.genesis.id, known }: Omit<BlockLog, 'tab'>,
  { signal, entries: most = ENTRIES, onProgress }: BlockLogOptions
): Promise<readonly LogEntry<N>[]> {
  const notes: N[] = [];
  for (let cid: CID | null = last; cid !== null && !isSame(cid, known?.note);) {
    if (notes.length >= most)
      throw new OracleError('TOO_LARGE', `more than ${most} notes lie behind ${String(last)}`);
    const note: N = await noteAt(blocks, log, cid, signal);
    const owner = log.ownerOf(note);
    if (owner !== log.address)
      throw new OracleError(
        'LOG_UNRELATED',
        `note ${String(cid)} is of ${log.owner} ${owner}, not of ${log.address}`
      );
    notes.push(note);
    cid = note.previous;
    onProgress?.({ read: notes.length });
  }
  const reachedKnown = known !== undefined && notes.at(-1)?.previous !== null;
  const beginning = reachedKnown ? known.commit : log.genesis.id;
  const line = rebuild(log, notes.reverse(), beginning);
  return from === beginning ? line : after(line, from, log.address);
}

/** Commits follow from their notes, first to last. */
function rebuild<N extends AnyNote>(
  log: Log<N>,
  notes: readonly N[],
  parent: string
): readonly LogEntry<N>[] {
  const line: LogEntry<N>[] = [];
  for (const note of notes) {
    const before = line.at(-1);
    const entry = { note, ...commitOfNote(note, before?.id ?? parent) };
    assertFollows(log, entry, before);
    line.push(entry);
  }
  return line;
}

function after<E extends { readonly id: string }>(
  line: readonly E[],
  from: string,
  address: string
): readonly E[] {
  const settled = line.findIndex(({ id }) => id === from);
  if (settled < 0)
    throw new OracleError(
      'LOG_REWRITTEN',
      `these ${line.length} notes of ${address} do not pass through its settled head ${from}`
    );
  return line.slice(settled + 1);
}

/** The source hashes what it gives; hashed again here, a source that forgets to is caught as well. */
async function noteAt<N extends AnyNote>(
  blocks: BlockSource,
  log: Log<N>,
  cid: CID,
  signal?: AbortSignal
): Promise<N> {
  let bytes: Uint8Array;
  try {
    bytes = await blocks.get(cid, { signal });
  } catch (cause) {
    if (signal?.aborted) throw new OracleError('ABORTED', 'reading was stopped', { cause });
    const said = cause instanceof Error ? cause.message : String(cause);
    const isWrong = IpfsError.is(cause, 'not-found', 'wrong-bytes', 'bad-cid', 'limit');
    throw new OracleError(isWrong ? 'OBJECT' : 'UNREACHABLE', said, { cause });
  }
  if (bytes.length > MAX_NOTE_BYTES)
    throw new OracleError(
      'TOO_LARGE',
      `block ${String(cid)} has ${bytes.length} bytes, a note at most ${MAX_NOTE_BYTES}`
    );
  if (toBase16(rawCidOfBlock(bytes)) !== toBase16(cid))
    throw new OracleError('OBJECT', `the bytes given for ${String(cid)} are not that block`);
  try {
    return log.parse(bytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OracleError('NOTE_MALFORMED', `block ${String(cid)} is not a note: ${why}`, {
      cause,
    });
  }
}

const isSame = (a: CID, b: CID | undefined): boolean => b !== undefined && a.equals(b);
