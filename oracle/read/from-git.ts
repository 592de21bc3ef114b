export {
  type LogSource,
  type RunLogSource,
  type ReadOptions,
  type ReadLimits,
  LIMITS,
  readLog,
  readRunLog,
};

import { type Log, runLog, tabLog } from '../../contracts/formats/log.ts';
import { type AnyNote, MAX_NOTE_BYTES } from '../../contracts/formats/note.ts';
import type { RunNote } from '../../contracts/formats/run-note.ts';
import { openClone } from '../../git/clone.ts';
import { GitError } from '../../git/error.ts';
import { memoryFiles } from '../../git/files.ts';
import { OracleError } from '../error.ts';
import type { LogEntry } from './entry.ts';
import { walkLog } from './walk.ts';

interface LogSource {
  /** Address of the repository that the service's keyset names. Nothing it says is believed. */
  readonly repository: string;
  readonly tab: string;
  /** The head that the tab's account holds; entries after it are read. Default: all, from the genesis. */
  readonly from?: string;
}

interface RunLogSource {
  /** Address of a log repository, or of the source repository itself. */
  readonly repository: string;
  readonly runner: string;
}

interface ReadLimits {
  readonly entries: number;
  /** Of all that the host sends. */
  readonly bytes: number;
  readonly milliseconds: number;
}

interface ReadOptions {
  readonly signal?: AbortSignal;
  readonly limits?: Partial<ReadLimits>;
  readonly onProgress?: (progress: { readonly read: number }) => void;
}

const LIMITS: ReadLimits = { entries: 10_000, bytes: 64 * 1024 * 1024, milliseconds: 120_000 };

/** Commits asked for at first; each further try asks for eight times as many. */
const FIRST_DEPTH = 128;

/**
 * Reads what a tab's log holds after `from`, oldest first. The repository is fetched into memory, as
 * bare objects: nothing of it is checked out, configured or run. Every object is hashed again, every
 * commit, tree and note has to be the one that a runner writes, and the line has to reach `from`.
 * @throws {OracleError} `LOG_MISSING`, `LOG_REWRITTEN`, `LOG_UNRELATED` for a log that does not
 * continue `from`; `COMMIT_MALFORMED`, `TREE_MALFORMED`, `NOTE_MALFORMED`, `NOTE_MISMATCH`;
 * `TOO_LARGE`, `PACK`, `OBJECT`; `ADDRESS`, `UNREACHABLE`, `UNAUTHORIZED`, `TIMEOUT`, `ABORTED`
 */
const readLog = (
  { repository, tab, from }: LogSource,
  options: ReadOptions = {}
): Promise<readonly LogEntry[]> => readNotes(repository, tabLog(tab), from, options);

/** The same for a runner's log, from its genesis. */
const readRunLog = (
  { repository, runner }: RunLogSource,
  options: ReadOptions = {}
): Promise<readonly LogEntry<RunNote>[]> =>
  readNotes(repository, runLog(runner), undefined, options);

async function readNotes<N extends AnyNote>(
  repository: string,
  log: Log<N>,
  from = log.genesis.id,
  { signal, limits, onProgress }: ReadOptions
): Promise<readonly LogEntry<N>[]> {
  const most = { ...LIMITS, ...limits };
  const { ref } = log;
  const deadline = Date.now() + most.milliseconds;
  try {
    const clone = await openClone(memoryFiles(), '/log.git', {
      limits: {
        objects: 3 * most.entries + 2,
        objectBytes: MAX_NOTE_BYTES,
        totalBytes: 4 * most.bytes,
        deltas: 256,
      },
    });
    for (let depth = FIRST_DEPTH; ; depth *= 8) {
      const remote = { signal, bytes: most.bytes, milliseconds: left(deadline) };
      const head = await clone.fetch(repository, ref, { ...remote, depth });
      if (head === undefined) return nothing(repository, log, from);
      // So that the next, deeper fetch brings only what is below.
      await clone.point(ref, head);
      const entries = await walkLog(clone, { log, head, from, most: most.entries }, (read) => {
        signal?.throwIfAborted();
        left(deadline);
        onProgress?.({ read });
      });
      if (entries !== 'too shallow') return entries;
      if (depth > most.entries)
        throw new OracleError('OBJECT', `${repository} keeps back commits of ${ref} that it names`);
    }
  } catch (cause) {
    if (signal?.aborted) throw new OracleError('ABORTED', 'reading was stopped', { cause });
    if (cause instanceof GitError) throw new OracleError(meaning(cause), cause.message, { cause });
    throw cause;
  }
}

function left(deadline: number): number {
  const milliseconds = deadline - Date.now();
  if (milliseconds > 0) return milliseconds;
  throw new OracleError('TIMEOUT', 'the log was not read in the time allowed; allow more');
}

function nothing(
  repository: string,
  { ref, genesis }: Pick<Log<never>, 'ref' | 'genesis'>,
  from: string
): readonly never[] {
  if (from === genesis.id) return [];
  throw new OracleError(
    'LOG_MISSING',
    `${repository} has no ${ref}, though the tab is settled up to ${from}; read the log from IPFS`
  );
}

function meaning({ code }: GitError): OracleError['code'] {
  switch (code) {
    case 'NOT_FAST_FORWARD':
    case 'REJECTED':
    case 'STORAGE':
      return 'UNREACHABLE';
    default:
      return code;
  }
}
