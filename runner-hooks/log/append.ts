export { type AppendRequest, type AppendOptions, type Appended, type Place, appendNote };

import { promises } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CID } from 'multiformats/cid';
import { toHex, utf8 } from '../../contracts/formats/bytes.ts';
import { rawCidOfBlock } from '../../contracts/formats/cid.ts';
import type { Log } from '../../contracts/formats/log.ts';
import { encodeLogCommit } from '../../contracts/formats/log-commit.ts';
import { type AnyNote, blobOf, commitOfNote, noteTree } from '../../contracts/formats/note.ts';
import { type Clone, type RemoteOptions, openClone } from '../../git/clone.ts';
import { GitError } from '../../git/error.ts';
import { LogError } from './error.ts';
import { type History, noteAt, readHistory } from './history.ts';
import { inTurn } from './turn.ts';

/** Where a note will stand: what comes before it. */
interface Place {
  /** CID of the note before, `null` for the first. */
  readonly previous: CID | null;
  /** Commit before, 40 hex digits; the log's genesis for the first. */
  readonly parent: string;
  /** How many receipts come before. */
  readonly length: number;
}

interface AppendRequest<N extends AnyNote> {
  /** Address of the repository that the log is in. */
  readonly repository: string;
  /** Allows pushing to it. */
  readonly token: string;
  readonly log: Log<N>;
  /** Folder of the local bare clone, kept from call to call: it remembers what was seen. */
  readonly folder: string;
  /** SHA-256 of the receipt block, where the caller has it: a note that is there is not composed. */
  readonly receipt?: Uint8Array;
  /** Composes the note for a place. Called again when another writer took the place first. */
  readonly note: (place: Place) => N | Promise<N>;
}

interface AppendOptions {
  readonly signal?: AbortSignal;
  /** Tries against other writers. */
  readonly attempts?: number;
  /** For one attempt's requests together. */
  readonly milliseconds?: number;
  readonly onAttempt?: (attempt: number) => void;
}

interface Appended extends Omit<Place, 'length'> {
  /** The commit that carries the note. */
  readonly commit: string;
  readonly note: CID;
  /** The note's bytes, as they are to be published on IPFS. */
  readonly bytes: Uint8Array;
  /** False where the log had this receipt already. */
  readonly isNew: boolean;
}

const ATTEMPTS = 8;
const MILLISECONDS = 60_000;
const ANSWER_BYTES = 64 * 1024 * 1024;
const PAUSE_MILLISECONDS = 50;

/** What each clone has read of each log, so that a long log is read once a process. */
const histories = new Map<string, History>();

/**
 * Appends a note to its log, `refs/notes/runproof/<address>`, and pushes it. The ref has one line of
 * history: where another writer came first, the note is composed again on top of theirs, never forced
 * over it. A receipt that the log already has is not appended twice, so a caller that was killed at any
 * instant calls again.
 * @throws {LogError}
 */
function appendNote<N extends AnyNote>(
  request: AppendRequest<N>,
  options: AppendOptions = {}
): Promise<Appended> {
  const { ref } = request.log;
  const folder = resolve(request.folder);
  return inTurn(`${folder}\0${ref}`, () =>
    asLogErrors(async () => {
      const clone = await openClone({ promises }, folder);
      const { attempts = ATTEMPTS } = options;
      for (let attempt = 1; attempt <= attempts; attempt++) {
        options.onAttempt?.(attempt);
        const appended = await tryAppend(clone, `${folder}\0${ref}`, request, options);
        if (appended !== undefined) return appended;
        await sleep(attempt * PAUSE_MILLISECONDS * (0.5 + Math.random()), undefined, {
          signal: options.signal,
        });
      }
      throw new LogError(
        'CONTENDED',
        `${attempts} attempts to append to ${ref} were each overtaken; run one writer a log`
      );
    }, options.signal)
  );
}

/** `undefined`: another writer was first. */
async function tryAppend<N extends AnyNote>(
  clone: Clone,
  key: string,
  { repository, token, log, receipt, note: compose }: AppendRequest<N>,
  { signal, milliseconds = MILLISECONDS }: AppendOptions
): Promise<Appended | undefined> {
  const { ref, address, genesis } = log;
  const remote: RemoteOptions = { token, signal, milliseconds, bytes: ANSWER_BYTES };

  const seen = await clone.resolve(ref);
  const remoteHead = await clone.fetch(repository, ref, remote);
  if (remoteHead === undefined && seen !== undefined)
    throw new LogError(
      'LOG_REWRITTEN',
      `${ref} is gone from ${repository}, where it ended in ${seen}; restore it, our clone has it`
    );
  const known =
    histories.get(key) ??
    (seen === undefined ? undefined : await readHistory(clone, log, seen, undefined));
  const head = remoteHead ?? genesis.id;
  const history = await readHistory(clone, log, head, known);
  if (remoteHead !== undefined) await remember(clone, key, ref, history);

  const noted = receipt && history.commits.get(toHex(receipt));
  if (noted !== undefined) return alreadyThere(clone, log, noted);
  const place = await placeAfter(clone, log, head, history.commits.size);
  const note = await compose(place);
  const bytes = fittingBytes(note, log, place);
  const { commit, id } = commitOfNote(note, place.parent);
  const existing = history.commits.get(toHex(commit.receipt));
  if (existing !== undefined) return alreadyThere(clone, log, existing);

  if (place.parent === genesis.id) {
    await clone.write(utf8.encode('tree 0\0'));
    await clone.write(genesis.object);
  }
  await clone.write(blobOf(bytes));
  await clone.write(noteTree(note.source, bytes));
  await clone.write(encodeLogCommit(commit));
  // Not under the ref itself, which says what the host has.
  const pending = `refs/runproof/pending/${address}`;
  await clone.point(pending, id);
  try {
    await clone.push(repository, pending, ref, remote);
  } catch (error) {
    if (GitError.is(error, 'NOT_FAST_FORWARD')) return undefined;
    if (GitError.is(error, 'REJECTED') && (await hasMoved(clone, repository, ref, head, remote)))
      return undefined;
    throw error;
  }
  const { parent, previous } = place;
  const commits = new Map(history.commits).set(toHex(commit.receipt), { id, parent });
  await remember(clone, key, ref, { head: id, commits });
  return { parent, previous, commit: id, note: rawCidOfBlock(bytes), bytes, isNew: true };
}

async function remember(clone: Clone, key: string, ref: string, history: History): Promise<void> {
  await clone.point(ref, history.head);
  histories.set(key, history);
}

const placeAfter = async <N extends AnyNote>(
  clone: Clone,
  log: Log<N>,
  head: string,
  length: number
): Promise<Place> => ({
  parent: head,
  previous: await previousOf(clone, log, head),
  length,
});

const previousOf = async <N extends AnyNote>(
  clone: Clone,
  log: Log<N>,
  parent: string
): Promise<CID | null> =>
  parent === log.genesis.id ? null : rawCidOfBlock(await noteAt(clone, log, parent));

async function alreadyThere<N extends AnyNote>(
  clone: Clone,
  log: Log<N>,
  { id, parent }: { id: string; parent: string }
): Promise<Appended> {
  const bytes = await noteAt(clone, log, id);
  const previous = await previousOf(clone, log, parent);
  return { commit: id, parent, previous, note: rawCidOfBlock(bytes), bytes, isNew: false };
}

/** A refusal may be a race that the host noticed, or its last word. */
const hasMoved = async (
  clone: Clone,
  repository: string,
  ref: string,
  head: string,
  remote: RemoteOptions
): Promise<boolean> => {
  const now = await clone.fetch(repository, ref, remote);
  return now !== undefined && now !== head;
};

function fittingBytes<N extends AnyNote>(
  note: N,
  { owner, address, ownerOf, encode }: Log<N>,
  place: Place
): Uint8Array {
  if (ownerOf(note) !== address)
    throw new LogError('MISPLACED', `the note is for ${owner} ${ownerOf(note)}, not ${address}`);
  if (String(note.previous) !== String(place.previous))
    throw new LogError(
      'MISPLACED',
      `the note says it follows ${String(note.previous)}, but it would follow ${String(place.previous)}`
    );
  return encode(note);
}

/** What the caller's own `note` throws is the caller's, and passes as it is. */
async function asLogErrors<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (signal?.aborted) throw new LogError('ABORTED', 'appending a note was stopped', { cause });
    if (cause instanceof GitError) throw new LogError(meaning(cause), cause.message, { cause });
    throw cause;
  }
}

function meaning({ code }: GitError): LogError['code'] {
  switch (code) {
    case 'UNAUTHORIZED':
    case 'REJECTED':
    case 'STORAGE':
    case 'ABORTED':
      return code;
    case 'PACK':
    case 'TOO_LARGE':
    case 'OBJECT':
      return 'LOG_FOREIGN';
    default:
      return 'UNREACHABLE';
  }
}
