export { JournalError, type JournalCode };

/** Why the journal could not do what it was asked. Closed. */
type JournalCode =
  | 'LOCKED' // another daemon runs with this key
  | 'FULL' // no room on the disk
  | 'IO' // the disk said no
  | 'CORRUPT' // the file is damaged, or was written by hand
  | 'VERSION' // written by a later release
  | 'KEY' // the journal of another runner key, with work of its own left
  | 'CONFLICT'; // a transition from a state that the row is not in

/** Thrown by the journal. After `FULL` or `IO` a daemon stops: what it cannot write down it may not do. */
class JournalError extends Error {
  override readonly name = 'JournalError';

  constructor(
    readonly code: JournalCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}
