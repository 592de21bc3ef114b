export { type Extent, ROW_HEIGHT, extentOf, topOf, positionOf };

/** Pixels of a row that isn't wrapped; the style sheet says the same. */
const ROW_HEIGHT = 20;
/** Browsers draw no taller boxes than some 17 million pixels (Firefox) or 33 million (Chromium). */
const MOST_PIXELS = 8_000_000;

/** How far a log scrolls. Above {@link MOST_PIXELS}, a pixel of the bar is more than a pixel of rows. */
interface Extent {
  /** Of the box in the scroller. */
  readonly height: number;
  /** Highest position of the scroller. */
  readonly range: number;
  /** Highest row that can stand at the top, with its fraction. */
  readonly last: number;
  readonly isCompressed: boolean;
}

/**
 * @param viewport height of the scroller
 * @param isWrapped rows are of any height: then the last one may come up to the top
 */
function extentOf(rows: number, viewport: number, isWrapped: boolean): Extent {
  const last = Math.max(0, isWrapped ? rows - 1 : rows - viewport / ROW_HEIGHT);
  const height = Math.min(MOST_PIXELS, viewport + last * ROW_HEIGHT);
  const range = height - viewport;
  return { height, range, last, isCompressed: last * ROW_HEIGHT > MOST_PIXELS - viewport };
}

/** The row at the top, with its fraction, where the scroller stands at `position`. */
const topOf = ({ range, last }: Extent, position: number): number =>
  range === 0 ? 0 : Math.min(1, Math.max(0, position / range)) * last;

const positionOf = ({ range, last }: Extent, top: number): number =>
  last === 0 ? 0 : (top / last) * range;
