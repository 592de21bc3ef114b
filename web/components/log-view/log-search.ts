import type { LogIndex } from './log-index.ts';
import { plainText } from './row-text.ts';

export { type Matches, MAX_MATCHES, MAX_QUERY, patternOf, searchSteps, decodeRow };

/** More are counted by nobody; their rows would fill the memory. */
const MAX_MATCHES = 100_000;
const MAX_QUERY = 200;

interface Matches {
  /** The row of each match, in order; twice where a row holds two. */
  readonly rows: readonly number[];
  /** Whether there are more than {@link MAX_MATCHES}. */
  readonly isCut: boolean;
}

/** A query taken literally, so that no query can be slow. `undefined` for an empty one. */
function patternOf(query: string, matchCase: boolean): RegExp | undefined {
  if (query === '') return undefined;
  const literal = query.slice(0, MAX_QUERY).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return new RegExp(literal, matchCase ? 'gu' : 'giu');
}

/**
 * Searches what is shown, not what was written: colours in a word do not hide it. A match never goes
 * beyond its row, so one is missed where a line of more than 4,096 bytes is cut right in it.
 *
 * Yields the number of rows done with what was found up to there.
 */
function* searchSteps(
  index: LogIndex,
  pattern: RegExp
): Generator<{ readonly done: number; readonly found: number }, Matches> {
  const rows: number[] = [];
  for (let row = 0; row < index.rows;) {
    const run = index.runFrom(row);
    const text = plainText(decoder.decode(index.bytes.subarray(run.start, run.end)));
    let at = row;
    let counted = 0;
    for (const match of text.matchAll(pattern)) {
      for (let feed = text.indexOf('\n', counted); feed >= 0 && feed < match.index;) {
        at += 1;
        counted = feed + 1;
        feed = text.indexOf('\n', counted);
      }
      if (rows.length === MAX_MATCHES) return { rows, isCut: true };
      rows.push(at);
    }
    row += run.rows;
    yield { done: row, found: rows.length };
  }
  return { rows, isCut: false };
}

/** Whatever is not UTF-8 becomes U+FFFD. A byte order mark is a character like another. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

const decodeRow = (index: LogIndex, row: number): string => {
  const { start, end } = index.row(row);
  return decoder.decode(index.bytes.subarray(start, end));
};
