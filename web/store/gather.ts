export { type Gatherer, gather };

/** Changes by key, handed on some at a time. */
interface Gatherer<T> {
  readonly add: (key: string, change: T) => void;
  /** Hands on what is left. */
  readonly flush: () => void;
}

/** The first change is handed on at once, whatever follows within `milliseconds` together. */
function gather<T>(
  handOn: (changes: ReadonlyMap<string, T>) => void,
  milliseconds: number
): Gatherer<T> {
  let waiting = new Map<string, T>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.size === 0) return;
    const changes = waiting;
    waiting = new Map();
    handOn(changes);
    timer = setTimeout(flush, milliseconds);
  };
  return {
    add(key, change) {
      waiting.set(key, change);
      if (timer === undefined) flush();
    },
    flush,
  };
}
