export { ProverError, type ProverCode };

/** Closed: every way in which proving in the page can fail. */
type ProverCode =
  | 'ABORTED' // the caller's signal
  | 'UNAVAILABLE' // no shared memory to be had here; see `isolation.ts`
  | 'LOAD' // the worker or o1js did not load
  | 'CIRCUIT' // compiled to another verification key than this release's
  | 'RUNNERS' // a log that more than one runner's key has signed
  | 'PROOF' // made, and does not verify
  | 'FAILED'; // the proof itself: the circuit refused what it was given

class ProverError extends Error {
  override readonly name = 'ProverError';

  constructor(
    readonly code: ProverCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}
