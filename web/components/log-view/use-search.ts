import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup } from 'solid-js';
import type { LogIndex } from './log-index.ts';
import { type Matches, patternOf, searchSteps } from './log-search.ts';
import { inSlices } from '../slices.ts';

export { type Search, createSearch };

interface Search {
  readonly query: Accessor<string>;
  setQuery(query: string): void;
  readonly matchCase: Accessor<boolean>;
  setMatchCase(matchCase: boolean): void;
  /** What to mark in a row; `undefined` for nothing. */
  readonly pattern: Accessor<RegExp | undefined>;
  readonly count: Accessor<number>;
  /** Whether there are more than are counted. */
  readonly isCut: Accessor<boolean>;
  readonly isRunning: Accessor<boolean>;
  /** Where it stands: number of the match, its row, and which of that row's matches it is. */
  readonly current: Accessor<
    { readonly number: number; readonly row: number; readonly nth: number } | undefined
  >;
  /** On or back, round the end. */
  move(by: 1 | -1): void;
}

const NOTHING: Matches = { rows: [], isCut: false };
/** Milliseconds after the last key. */
const PATIENCE = 150;

/** Searches a log while a person types: the last query wins, and the page stays quick meanwhile. */
function createSearch(index: Accessor<LogIndex>): Search {
  const [query, setQuery] = createSignal('');
  const [matchCase, setMatchCase] = createSignal(false);
  const [matches, setMatches] = createSignal(NOTHING);
  const [found, setFound] = createSignal(0);
  const [isRunning, setRunning] = createSignal(false);
  const [at, setAt] = createSignal(0);
  const pattern = createMemo(() => patternOf(query(), matchCase()));

  createEffect(
    on([pattern, index], ([wanted, log]) => {
      setMatches(NOTHING);
      setFound(0);
      setAt(0);
      setRunning(wanted !== undefined);
      if (wanted === undefined) return;
      const stop = new AbortController();
      const run = async (): Promise<void> => {
        try {
          const steps = searchSteps(log, wanted);
          const onProgress = (so: { readonly found: number }): unknown => setFound(so.found);
          setMatches(await inSlices(steps, { signal: stop.signal, onProgress }));
          setRunning(false);
        } catch (error) {
          if (!stop.signal.aborted) throw error;
        }
      };
      const timer = setTimeout(() => void run(), PATIENCE);
      onCleanup(() => {
        clearTimeout(timer);
        stop.abort();
      });
    })
  );

  const current = createMemo(() => {
    const { rows } = matches();
    const row = rows[at()];
    return row === undefined ? undefined : { number: at(), row, nth: at() - rows.indexOf(row) };
  });
  return {
    query,
    setQuery,
    matchCase,
    setMatchCase,
    pattern,
    count: () => (isRunning() ? found() : matches().rows.length),
    isCut: () => matches().isCut,
    isRunning,
    current,
    move(by) {
      const { length } = matches().rows;
      if (length > 0) setAt((number) => (number + by + length) % length);
    },
  };
}
