export { type History, readHistory, noteAt };

import { toHex } from '../../contracts/formats/bytes.ts';
import { genesisId, parseLogCommit } from '../../contracts/formats/log-commit.ts';
import { MAX_NOTE_BYTES, blobOf, noteTree, parseNote } from '../../contracts/formats/note.ts';
import { objectId } from '../../contracts/formats/log-commit.ts';
import type { Clone } from '../../git/clone.ts';
import { LogError } from './error.ts';

/** What a log holds, by the digest of the receipt. */
interface History {
  readonly head: string;
  readonly commits: ReadonlyMap<string, { readonly id: string; readonly parent: string }>;
}

/** Far more than a tab's window ever lets through; a longer log is an attack on our time. */
const MAX_COMMITS = 100_000;

/**
 * Reads the log from `head` down to its genesis, or to the `known` part of it.
 * @throws {LogError} `LOG_FOREIGN`, `LOG_REWRITTEN` when `known` is not part of it
 */
async function readHistory(
  clone: Clone,
  tab: string,
  head: string,
  known: History | undefined
): Promise<History> {
  const genesis = genesisId(tab);
  const commits = new Map(known?.commits);
  for (let id = head; id !== known?.head;) {
    if (id === genesis) {
      if (known !== undefined && known.head !== genesis) throw rewritten(tab, head, known.head);
      break;
    }
    if (commits.size >= MAX_COMMITS)
      throw new LogError('LOG_FOREIGN', `the log of ${tab} has more than ${MAX_COMMITS} commits`);
    const { parent, receipt } = parseLogCommit(await read(clone, id, tab));
    commits.set(toHex(receipt), { id, parent });
    id = parent;
  }
  return { head, commits };
}

const rewritten = (tab: string, head: string, known: string): LogError =>
  new LogError(
    'LOG_REWRITTEN',
    `the log of ${tab} now ends in ${head}, which does not continue ${known} that we have seen; ` +
      'restore the ref on the host, nothing is written until then'
  );

/** Bytes of the note that a commit of the log carries. @throws {LogError} `LOG_FOREIGN` */
async function noteAt(clone: Clone, tab: string, id: string): Promise<Uint8Array> {
  const { tree } = parseLogCommit(await read(clone, id, tab));
  const treeObject = await clone.read(tree);
  const blob = await clone.read(toHex(treeObject.subarray(-20)));
  const bytes = blob.slice(blob.indexOf(0) + 1);
  if (bytes.length > MAX_NOTE_BYTES || objectId(blobOf(bytes)) !== objectId(blob))
    throw foreign(tab, id);
  const note = parseNote(bytes);
  if (objectId(noteTree(note.source, bytes)) !== tree) throw foreign(tab, id);
  return bytes;
}

const foreign = (tab: string, id: string, cause?: unknown): LogError =>
  new LogError('LOG_FOREIGN', `commit ${id} in the log of ${tab} is not one that a runner wrote`, {
    cause,
  });

async function read(clone: Clone, id: string, tab: string): Promise<Uint8Array> {
  const object = await clone.read(id);
  try {
    parseLogCommit(object);
    return object;
  } catch (cause) {
    throw foreign(tab, id, cause);
  }
}
