import { formatMina } from './amount.ts';
import { fromHex, toHex, utf8 } from './bytes.ts';
import { rawCidOfBlock } from './cid.ts';
import { FormatError } from './error.ts';
import { describeExit } from './job.ts';
import { type LogCommit, encodeLogCommit, objectId } from './log-commit.ts';
import { MAX_NOTE_BYTES, type NoteBody, readNoteText, writeNoteText } from './note-text.ts';
import { encodeReceipt } from './receipt.ts';
import { type SignedRequest, encodeRequest, parseRequest } from './request.ts';
import { type RunNote, encodeRunNote } from './run-note.ts';

export {
  MAX_NOTE_BYTES,
  type Note,
  type AnyNote,
  encodeNote,
  parseNote,
  noteTree,
  blobOf,
  commitOfNote,
};

/**
 * What `git notes show` prints for a job: everything that the receipt commits to, one value a line.
 * The same bytes are the blob in git and a raw block on IPFS. With `previous`, a whole log can be
 * rebuilt from IPFS alone: tree and commit follow from the note.
 */
interface Note extends NoteBody {
  readonly request: SignedRequest;
  /**
   * SHA-256, in hex and sorted, of the vault's blocks that the runner opened for it, and absent where there
   * were none. The log's history binds the runner to them, the envelope that it signed its requester.
   */
  readonly credentials?: readonly string[];
}

/** Of a job that somebody bought, or of a run that nobody did. */
type AnyNote = Note | RunNote;

function encodeNote(note: Note): Uint8Array {
  const { receipt, request, credentials = [] } = note;
  const heading = [
    `Runproof receipt ${receipt.sequence} of ${request.terms.tab}`,
    `${describeExit(note.exitStatus)}, ${formatMina(receipt.amount)} MINA, ` +
      new Date(receipt.finishedAt * 1000).toISOString(),
  ] as const;
  return writeNoteText(
    { kind: 'note', heading, order: `request ${toHex(encodeRequest(request))}`, credentials },
    note
  );
}

function parseNote(bytes: Uint8Array): Note {
  const { order, ...body } = readNoteText(bytes, 'note', /^request ((?:[0-9a-f]{2})+)$/);
  const request = parseRequest(fromHex(order, order.length / 2));
  const note: Note = {
    ...body,
    request,
    execution: { ...body.execution, input: request.envelope },
  };
  if (toHex(encodeNote(note)) !== toHex(bytes))
    throw new FormatError('ENCODING', 'the note is not in canonical form');
  return note;
}

/** A git blob with its header. */
function blobOf(bytes: Uint8Array): Uint8Array {
  const header = utf8.encode(`blob ${bytes.length}\0`);
  return Uint8Array.from([...header, ...bytes]);
}

/** The notes tree, with its header: one entry, the note under the source commit's name. */
function noteTree(source: string, noteBytes: Uint8Array): Uint8Array {
  fromHex(source, 20);
  const entry = utf8.encode(`100644 ${source}\0`);
  const id = fromHex(objectId(blobOf(noteBytes)), 20);
  return Uint8Array.from([...utf8.encode(`tree ${entry.length + 20}\0`), ...entry, ...id]);
}

/** The one commit that carries this note on top of `parent`. */
function commitOfNote(note: AnyNote, parent: string): { commit: LogCommit; id: string } {
  const bytes = 'origin' in note ? encodeRunNote(note) : encodeNote(note);
  const commit: LogCommit = {
    tree: objectId(noteTree(note.source, bytes)),
    parent,
    time: note.receipt.finishedAt,
    receipt: rawCidOfBlock(encodeReceipt(note.receipt)).multihash.digest,
  };
  return { commit, id: objectId(encodeLogCommit(commit)) };
}
