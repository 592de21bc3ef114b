export { GithubError, type GithubCode };

/** Closed: why a hook of a GitHub runner could not do its part. */
type GithubCode =
  | 'WORKER' // no process of the runner was found above the hook
  | 'REPORT' // what a hook left is not what a hook writes
  | 'ORIGIN' // the runner's variables do not say where the job comes from
  | 'MAILBOX'; // the folder between hooks and agent cannot be used

class GithubError extends Error {
  override readonly name = 'GithubError';

  constructor(
    readonly code: GithubCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}
