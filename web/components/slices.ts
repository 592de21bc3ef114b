export { inSlices };

/** Of a frame's 16 ms, so that the page stays quick to answer. */
const SLICE = 8;

/**
 * Runs a long computation a slice at a time and lets the page breathe in between.
 *
 * @param steps yields often, at least once a millisecond, how far it is
 * @returns what `steps` returns. @throws the signal's reason
 */
async function inSlices<Progress, Result>(
  steps: Generator<Progress, Result>,
  {
    signal,
    onProgress,
    milliseconds = SLICE,
  }: {
    readonly signal?: AbortSignal;
    readonly onProgress?: (progress: Progress) => void;
    readonly milliseconds?: number;
  } = {}
): Promise<Result> {
  for (;;) {
    signal?.throwIfAborted();
    const end = performance.now() + milliseconds;
    let step = steps.next();
    while (step.done !== true && performance.now() < end) step = steps.next();
    if (step.done === true) return step.value;
    onProgress?.(step.value);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
