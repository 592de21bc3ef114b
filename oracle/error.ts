export { OracleError, type OracleCode };

/** Closed: every way in which reading, checking or proving a log can fail. */
type OracleCode =
  | 'ABORTED' // the caller's signal
  | 'TIMEOUT'
  | 'ADDRESS' // not the address of a repository
  | 'UNREACHABLE' // no proper answer; another host or a later try may do
  | 'UNAUTHORIZED'
  | 'TOO_LARGE' // more than we are ready to read
  | 'PACK' // a corrupt pack, or one with objects that no log has
  | 'OBJECT' // an object or block that is absent or is not what it is called
  | 'LOG_MISSING' // the ref is gone, or never was
  | 'LOG_REWRITTEN' // the log no longer goes through the tab's settled head
  | 'LOG_UNRELATED' // the log of another tab, or of nobody
  | 'COMMIT_MALFORMED'
  | 'TREE_MALFORMED'
  | 'NOTE_MALFORMED'
  | 'NOTE_MISMATCH' // note, tree, commit and predecessor do not belong together
  | 'UNSETTLEABLE' // an entry that the circuit would refuse
  | 'PROVER_DIED'
  | 'PROVER_FAILED' // the job itself failed in the prover
  | 'PROVER_PROTOCOL'; // a message of no known shape

class OracleError extends Error {
  override readonly name = 'OracleError';

  constructor(
    readonly code: OracleCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}
