import { type LogOwner, encodeGenesis, genesisId, notesRef } from './log-commit.ts';
import { type AnyNote, type Note, encodeNote, parseNote } from './note.ts';
import { type RunNote, encodeRunNote, parseRunNote } from './run-note.ts';

export { type Log, tabLog, runLog };

/**
 * A log by the key that it belongs to, and what it may hold: a tab's holds receipts of jobs that were
 * bought through it, a runner's those of runs that nobody bought. Genesis and parser differ, so no
 * note and no commit of one is ever taken for one of the other.
 */
interface Log<N extends AnyNote> {
  readonly owner: LogOwner;
  readonly address: string;
  readonly ref: string;
  /** Object with git's header, and its id. */
  readonly genesis: { readonly object: Uint8Array; readonly id: string };
  readonly encode: (note: N) => Uint8Array;
  readonly parse: (bytes: Uint8Array) => N;
  /** The key whose log a note belongs in. */
  readonly ownerOf: (note: N) => string;
}

/** @throws FormatError `KEY` */
const tabLog = (tab: string): Log<Note> => ({
  ...named('tab', tab),
  encode: encodeNote,
  parse: parseNote,
  ownerOf: ({ request }) => request.terms.tab,
});

/** @throws FormatError `KEY` */
const runLog = (runner: string): Log<RunNote> => ({
  ...named('runner', runner),
  encode: encodeRunNote,
  parse: parseRunNote,
  ownerOf: (note) => note.runner,
});

const named = (owner: LogOwner, address: string) => ({
  owner,
  address,
  ref: notesRef(address),
  genesis: { object: encodeGenesis(address, owner), id: genesisId(address, owner) },
});
