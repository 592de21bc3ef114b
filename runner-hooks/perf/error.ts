export { PerfError, type PerfCode };

type PerfCode =
  /** perf's report is not what perf writes. */
  | 'format'
  /** The counter that is paid by was not measured. */
  | 'no-task-clock';

class PerfError extends Error {
  override readonly name = 'PerfError';

  constructor(
    readonly code: PerfCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}
