export { type Gatherer, gather };

/** Changes by key, handed on some at a time. */
interface Gatherer<T> {
  readonly add: (key: string, change: T) => void;
  /** What waits to be handed on. */
  readonly waiting: (key: string) => T | undefined;
  /** Hands on what is left. */
  readonly flush: () => void;
}

/**
 * The first change is handed on at once, whatever follows within `milliseconds` together. Each time
 * takes twice as long as the one before, up to `most`: of much that changes, nobody can follow each.
 */
function gather<T>(
  handOn: (changes: ReadonlyMap<string, T>) => void,
  milliseconds: number,
  most = milliseconds
): Gatherer<T> {
  let waiting = new Map<string, T>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pause = milliseconds;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.size === 0) {
      pause = milliseconds;
      return;
    }
    const changes = waiting;
    waiting = new Map();
    handOn(changes);
    timer = setTimeout(flush, pause);
    pause = Math.min(2 * pause, most);
  };
  return {
    add(key, change) {
      waiting.set(key, change);
      if (timer === undefined) flush();
    },
    waiting: (key) => waiting.get(key),
    flush,
  };
}
