import { rawCidOfBlock } from '../../contracts/formats/cid.ts';
import { genesisId } from '../../contracts/formats/log-commit.ts';
import { type Note, commitOfNote, encodeNote } from '../../contracts/formats/note.ts';
import type { LogEntry } from '../../oracle/read/entry.ts';
import { type Parties, signedNote } from './signed-notes.ts';

export { entriesOf, entryOn };

/** The log that an honest runner would have written for these job numbers. */
function entriesOf(who: Parties, sequences: readonly number[]): readonly LogEntry[] {
  const entries: LogEntry[] = [];
  for (const sequence of sequences) {
    const before = entries.at(-1);
    const previous = before === undefined ? null : rawCidOfBlock(encodeNote(before.note));
    entries.push(entryOn(before?.id ?? genesisId(who.tab), signedNote(who, sequence, previous)));
  }
  return entries;
}

const entryOn = (parent: string, note: Note): LogEntry => ({
  note,
  ...commitOfNote(note, parent),
});
