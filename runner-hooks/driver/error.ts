export { SourceError, type SourceCode, JobError, type JobCode };

type SourceCode =
  /** Stopped by the caller. */
  | 'aborted'
  /** An address, protocol or commit that we do not fetch. */
  | 'address'
  /** The server answers and does not have it. */
  | 'not-found'
  /** The server did not answer, or stopped; worth another try. */
  | 'unreachable'
  /** More bytes than allowed. */
  | 'too-large'
  /** Longer than allowed. */
  | 'timeout'
  /** Git refuses the objects. */
  | 'corrupt';

/** Why a source could not be had. */
class SourceError extends Error {
  override readonly name = 'SourceError';

  constructor(
    readonly code: SourceCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}

type JobCode =
  /** The job's parameters or secrets are not what a job can be given. */
  | 'input'
  /** The source could be fetched and not be unpacked. */
  | 'source';

/** Why a job could not be started. */
class JobError extends Error {
  override readonly name = 'JobError';

  constructor(
    readonly code: JobCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}
