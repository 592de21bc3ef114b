import type { CID } from 'multiformats/cid';
import type { Note } from '../../contracts/formats/note.ts';
import type { Abortable } from './chain.ts';

export type { NoteLog, NotedCommit };

interface NotedCommit {
  readonly note: Note;
  /** Object ids. */
  readonly id: string;
  readonly parent: string;
}

/** The tabs' logs: one writer a ref, never forced. */
interface NoteLog {
  /**
   * Appends a receipt to its tab's log, or finds it there: a receipt is noted once. `build` may be
   * asked again, where the log has moved on.
   *
   * @param receipt SHA-256 of the receipt block
   */
  append(
    entry: { tab: string; receipt: Uint8Array; build: (previous: CID | null) => Note },
    options: Abortable
  ): Promise<NotedCommit>;
}
