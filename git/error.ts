export { GitError, type GitCode };

/** Closed: what can go wrong between us and a git host that we do not trust. */
type GitCode =
  | 'ABORTED' // the caller's signal
  | 'TIMEOUT' // our own limit on time
  | 'ADDRESS' // not an http(s) address, or one with credentials in it
  | 'UNREACHABLE' // no answer, or not git's smart HTTP
  | 'UNAUTHORIZED'
  | 'TOO_LARGE' // an answer, a pack or an object over its limit
  | 'PACK' // a pack that is corrupt, or holds what a log has no use for
  | 'OBJECT' // an object that is absent or does not hash to its name
  | 'NOT_FAST_FORWARD' // somebody else pushed first
  | 'REJECTED' // the host refused the push, whoever pushed before
  | 'STORAGE'; // our own clone could not be read or written

class GitError extends Error {
  override readonly name = 'GitError';

  constructor(
    readonly code: GitCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }

  static is(error: unknown, ...codes: GitCode[]): error is GitError {
    return error instanceof GitError && (codes.length === 0 || codes.includes(error.code));
  }
}
