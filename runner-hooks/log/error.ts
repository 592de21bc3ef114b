export { LogError, type LogCode };

/** Closed: every way in which publishing a note can fail. */
type LogCode =
  | 'LOG_REWRITTEN' // the host's ref no longer holds what we have seen on it
  | 'LOG_FOREIGN' // the ref holds something that is not a log of this tab
  | 'MISPLACED' // the caller's note is not for this tab, or not for this place
  | 'CONTENDED' // other writers won every attempt
  | 'REJECTED' // the host refused the push for good
  | 'UNAUTHORIZED'
  | 'UNREACHABLE' // no proper answer in time; worth another try later
  | 'STORAGE' // the local clone could not be read or written
  | 'ABORTED';

class LogError extends Error {
  override readonly name = 'LogError';

  constructor(
    readonly code: LogCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}
