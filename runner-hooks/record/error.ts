export { RecordError, type RecordCode };

/** Closed: every way in which recording a run can fail. What the job did is never one of them. */
type RecordCode =
  | 'UNKNOWN' // no run of that name is in the spool
  | 'STATE' // the run has ended, or has four phases already
  | 'INPUT' // a target, phase or end that cannot be
  | 'TICKET' // a bought run's ticket is unknown, used, expired, or for another run
  | 'SPOOL'; // the spool could not be read or written: full, or not ours

class RecordError extends Error {
  override readonly name = 'RecordError';

  constructor(
    readonly code: RecordCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}
