export { SandboxError, type SandboxCode };

type SandboxCode =
  /** The caller's signal fired; everything the job had started is gone. */
  | 'aborted'
  /** This machine lacks something the sandbox rests on. */
  | 'unsupported'
  /** The caller asked for something the sandbox does not do. */
  | 'input'
  /** The sandbox could not be set up, so the command never ran. */
  | 'setup';

class SandboxError extends Error {
  override readonly name = 'SandboxError';

  constructor(
    readonly code: SandboxCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}
