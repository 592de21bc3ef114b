export { until };

/** Waits until something holds; fails with what did not. */
async function until(
  holds: () => boolean,
  what: string | (() => string),
  milliseconds = 15_000
): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!holds()) {
    if (Date.now() > end)
      throw new Error(`not within ${milliseconds} ms: ${typeof what === 'string' ? what : what()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
