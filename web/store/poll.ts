export { type Poll, createPoll };

interface Poll {
  /** Looks now; the next look comes as long after it as after any other. */
  now(): Promise<void>;
  stop(): void;
}

/**
 * Looks again and again: not while nobody sees the page, at once when somebody does again, and ever
 * more seldom while it fails.
 *
 * @param look resolves to milliseconds until the next look; throws where it failed
 * @param slowest milliseconds between two looks that fail, at most
 */
function createPoll(
  look: (signal: AbortSignal) => Promise<number>,
  { page = globalThis.document, fastest = 2_000, slowest = 60_000 } = {}
): Poll {
  const stop = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> | undefined;
  let failures = 0;

  const schedule = (milliseconds: number): void => {
    clearTimeout(timer);
    if (!stop.signal.aborted && !page.hidden) timer = setTimeout(() => void run(), milliseconds);
  };
  const run = (): Promise<void> =>
    (running ??= (async () => {
      clearTimeout(timer);
      let next: number;
      try {
        next = await look(stop.signal);
        failures = 0;
      } catch {
        next = Math.min(fastest * 2 ** failures++, slowest);
      }
      running = undefined;
      schedule(next);
    })());
  const onVisibility = (): void => {
    if (page.hidden) clearTimeout(timer);
    else void run();
  };
  page.addEventListener('visibilitychange', onVisibility);
  return {
    now: async () => {
      // What is under way may have begun before whatever the caller has changed.
      await running;
      await run();
    },
    stop() {
      stop.abort();
      clearTimeout(timer);
      page.removeEventListener('visibilitychange', onVisibility);
    },
  };
}
