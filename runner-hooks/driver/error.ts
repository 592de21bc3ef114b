export { SourceError, type SourceCode, JobError, type JobCode, ForgeError, type ForgeCode };

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

type ForgeCode =
  /** Stopped by the caller. */
  | 'aborted'
  /** The token is missing, revoked or expired, or may not do that. */
  | 'unauthorized'
  /** Asked too often, and told to wait for longer than a job should. */
  | 'rate-limited'
  /** The forge did not answer, or with a fault of its own; worth another try. */
  | 'unreachable'
  /** The forge answers and does not have it, or not any more. */
  | 'not-found'
  /** The forge does not do that: a workflow without the trigger, a ref that it does not know. */
  | 'refused'
  /** More bytes than allowed. */
  | 'too-large'
  /** An answer that is none. */
  | 'answer';

/** Why a forge could not be asked for a run, or for what came of it. */
class ForgeError extends Error {
  override readonly name = 'ForgeError';

  constructor(
    readonly code: ForgeCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}
