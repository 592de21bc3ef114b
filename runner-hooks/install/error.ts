export { InstallError, type InstallCode };

/** Closed: why something is neither installed nor removed. */
type InstallCode =
  | 'TARGET' // what is to be installed on is not there, or not what was said
  | 'CONFLICT' // lines of ours were changed since; nothing has been touched
  | 'ABSENT' // nothing of ours is installed there
  | 'RECORD' // our own record of an installation cannot be read
  | 'SOURCE'; // the hook's own script is missing from this copy of Runproof

class InstallError extends Error {
  override readonly name = 'InstallError';

  constructor(
    readonly code: InstallCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}
