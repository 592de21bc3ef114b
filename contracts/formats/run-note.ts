import { toHex, utf8 } from './bytes.ts';
import { FormatError } from './error.ts';
import { describeExit } from './job.ts';
import { type NoteBody, readNoteText, writeNoteText } from './note-text.ts';
import { type Origin, encodeOrigin, originDigest, parseOrigin } from './origin.ts';

export { type RunNote, encodeRunNote, parseRunNote };

/**
 * The note of a run that nobody bought: a runner's word for what it did for its forge. It belongs in
 * the runner's own log; the origin stands in it in full, so that it can be read with nothing else.
 */
interface RunNote extends NoteBody {
  readonly origin: Origin;
}

function encodeRunNote(note: RunNote): Uint8Array {
  const { receipt, origin } = note;
  if (receipt.amount !== 0n)
    throw new FormatError('RANGE', `a run that nobody bought costs nothing, not ${receipt.amount}`);
  if (note.source !== origin.commit)
    throw new FormatError('SHAPE', `the source ${note.source} is not the origin's commit`);
  const heading = [
    `Runproof run ${receipt.sequence} of ${note.runner}`,
    `${describeExit(note.exitStatus)}, ${origin.host}/${origin.repository} run ${origin.run}, ` +
      new Date(receipt.finishedAt * 1000).toISOString(),
  ] as const;
  return writeNoteText(
    { kind: 'run', heading, order: `origin ${utf8.decode(encodeOrigin(origin))}` },
    note
  );
}

function parseRunNote(bytes: Uint8Array): RunNote {
  const { order, ...body } = readNoteText(bytes, 'run', /^origin (\{.*\})$/);
  const origin = parseOrigin(utf8.encode(order));
  const note: RunNote = {
    ...body,
    origin,
    execution: { ...body.execution, input: originDigest(origin) },
  };
  if (toHex(encodeRunNote(note)) !== toHex(bytes))
    throw new FormatError('ENCODING', 'the note is not in canonical form');
  return note;
}
