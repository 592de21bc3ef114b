export { GitServerError, type GitServerCode };

/** Closed: what can go wrong around the git server, as far as its owner is told. */
type GitServerCode =
  | 'NAME' // not a name for a repository
  | 'GIT_FAILED' // the git command line said no
  | 'LISTEN'; // the port could not be had

class GitServerError extends Error {
  override readonly name = 'GitServerError';

  constructor(
    readonly code: GitServerCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}
