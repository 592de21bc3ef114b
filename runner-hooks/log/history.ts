export { type History, readHistory, noteAt };

import { toHex } from '../../contracts/formats/bytes.ts';
import type { Log } from '../../contracts/formats/log.ts';
import { objectId, parseLogCommit } from '../../contracts/formats/log-commit.ts';
import { type AnyNote, MAX_NOTE_BYTES, blobOf, noteTree } from '../../contracts/formats/note.ts';
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
async function readHistory<N extends AnyNote>(
  clone: Clone,
  { address, genesis: { id: genesis } }: Log<N>,
  head: string,
  known: History | undefined
): Promise<History> {
  const commits = new Map(known?.commits);
  for (let id = head; id !== known?.head;) {
    if (id === genesis) {
      if (known !== undefined && known.head !== genesis) throw rewritten(address, head, known.head);
      break;
    }
    if (commits.size >= MAX_COMMITS)
      throw new LogError(
        'LOG_FOREIGN',
        `the log of ${address} has more than ${MAX_COMMITS} commits`
      );
    const { parent, receipt } = parseLogCommit(await read(clone, id, address));
    commits.set(toHex(receipt), { id, parent });
    id = parent;
  }
  return { head, commits };
}

const rewritten = (address: string, head: string, known: string): LogError =>
  new LogError(
    'LOG_REWRITTEN',
    `the log of ${address} now ends in ${head}, which does not continue ${known} that we have seen; ` +
      'restore the ref on the host, nothing is written until then'
  );

/** Bytes of the note that a commit of the log carries. @throws {LogError} `LOG_FOREIGN` */
async function noteAt<N extends AnyNote>(
  clone: Clone,
  { address, parse }: Log<N>,
  id: string
): Promise<Uint8Array> {
  const { tree } = parseLogCommit(await read(clone, id, address));
  const treeObject = await clone.read(tree);
  const blob = await clone.read(toHex(treeObject.subarray(-20)));
  const bytes = blob.slice(blob.indexOf(0) + 1);
  if (bytes.length > MAX_NOTE_BYTES || objectId(blobOf(bytes)) !== objectId(blob))
    throw foreign(address, id);
  const note = parse(bytes);
  if (objectId(noteTree(note.source, bytes)) !== tree) throw foreign(address, id);
  return bytes;
}

const foreign = (address: string, id: string, cause?: unknown): LogError =>
  new LogError(
    'LOG_FOREIGN',
    `commit ${id} in the log of ${address} is not one that a runner wrote`,
    {
      cause,
    }
  );

async function read(clone: Clone, id: string, address: string): Promise<Uint8Array> {
  const object = await clone.read(id);
  try {
    parseLogCommit(object);
    return object;
  } catch (cause) {
    throw foreign(address, id, cause);
  }
}
