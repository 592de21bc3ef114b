export { type Turns, inTurns };

interface Turns {
  /** How many are worked on at once. */
  readonly atOnce: number;
  /** How many are begun from one frame of the page to the next; any number unless given. */
  readonly perFrame?: number;
  /** No more is begun once it is not. */
  readonly isWanted: () => boolean;
}

/** A few at once, in order, for as long as anybody wants them, and so that the page can draw meanwhile. */
async function inTurns<T>(
  items: readonly T[],
  { atOnce, perFrame = Infinity, isWanted }: Turns,
  work: (item: T) => Promise<void>
): Promise<void> {
  let next = 0;
  let begun = 0;
  let frame: Promise<void> | undefined;
  const untilMayBegin = async (): Promise<void> => {
    while (begun >= perFrame)
      await (frame ??= nextFrame().then(() => {
        begun = 0;
        frame = undefined;
      }));
    begun++;
  };
  const worker = async (): Promise<void> => {
    while (next < items.length && isWanted()) {
      const item = items[next++]!;
      await untilMayBegin();
      if (isWanted()) await work(item);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Milliseconds that stand in for a frame in a page that nobody sees, which draws none. */
const UNSEEN = 50;

/** Resolves once the page has drawn. */
const nextFrame = (): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, UNSEEN);
    if (!('requestAnimationFrame' in globalThis)) return;
    requestAnimationFrame(() => {
      clearTimeout(timer);
      // Called before the frame is drawn.
      setTimeout(resolve);
    });
  });
