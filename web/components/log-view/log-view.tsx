import {
  For,
  Match,
  Show,
  Switch,
  createEffect,
  createMemo,
  createResource,
  createSignal,
  on,
  onCleanup,
} from 'solid-js';
import { Button } from '../button.tsx';
import { LogIndex } from './log-index.ts';
import { LogRow, type ShownRow } from './log-row.tsx';
import { LogToolbar } from './log-toolbar.tsx';
import { decodeRow } from './log-search.ts';
import { rowText } from './row-text.ts';
import { ROW_HEIGHT, extentOf, positionOf, topOf } from './scroll.ts';
import { inSlices } from '../slices.ts';
import { createSearch } from './use-search.ts';
import './log-view.css';

export { LogView, type LogViewProps };

/** Rows drawn beyond the edge. */
const BEYOND = 4;
/** A line is copied up to here. */
const COPY_BYTES = 1024 * 1024;

interface LogViewProps {
  /** As published: any bytes at all. */
  readonly log: Blob;
  /** The line to show, from 1; its number is marked. */
  readonly line?: number | undefined;
  /** A line was chosen by its number, or let go. */
  readonly onLine?: (line: number | undefined) => void;
}

/**
 * A log of up to hundreds of megabytes: only what is seen is decoded and drawn, whatever is in it.
 * Keys: `/` searches, `n` and `N` go on and back, `w` wraps, arrows, Page, Home and End move.
 */
function LogView(props: LogViewProps) {
  const [done, setDone] = createSignal(0);
  const [index, { refetch }] = createResource(
    () => props.log,
    async (log) => {
      const stop = new AbortController();
      onCleanup(() => stop.abort());
      const bytes = new Uint8Array(await log.arrayBuffer());
      return inSlices(LogIndex.over(bytes), { signal: stop.signal, onProgress: setDone });
    }
  );
  return (
    <Switch>
      <Match when={index.error !== undefined}>
        <div class="log log--empty">
          <p>The log could not be kept in memory: {String(index.error)}</p>
          <Button icon="refresh" onClick={() => void refetch()}>
            Try again
          </Button>
        </div>
      </Match>
      <Match when={index()?.rows === 0}>
        <p class="log log--empty">The job wrote no log.</p>
      </Match>
      <Match when={index()}>
        {(found) => <Rows index={found()} line={props.line} onLine={props.onLine} />}
      </Match>
      <Match when={true}>
        <div class="log log--empty" role="status">
          <progress max={props.log.size} value={done()} />
          <p>Reading {(props.log.size / 2 ** 20).toFixed(1)} MiB of log</p>
        </div>
      </Match>
    </Switch>
  );
}

function Rows(props: Pick<LogViewProps, 'line' | 'onLine'> & { readonly index: LogIndex }) {
  let scroller!: HTMLDivElement;
  let drawn!: HTMLDivElement;
  let input: HTMLInputElement | undefined;
  const [viewport, setViewport] = createSignal(480);
  const [isWrapped, setWrapped] = createSignal(false);
  const [top, setTop] = createSignal(0);
  const extent = createMemo(() => extentOf(props.index.rows, viewport(), isWrapped()));
  const search = createSearch(() => props.index);

  const moveTo = (row: number): void => {
    const next = Math.min(extent().last, Math.max(0, row));
    setTop(next);
    scroller.scrollTop = positionOf(extent(), next);
  };
  /** Into the middle, unless it is well in sight. */
  const reveal = (row: number): void => {
    const seen = viewport() / ROW_HEIGHT;
    if (isWrapped() || row < top() + 1 || row > top() + seen - 2) moveTo(row - seen / 2 + 1);
  };
  // What we have set ourselves is exact; the scroller only knows whole pixels of a shorter box.
  const onScroll = (): void => {
    if (Math.abs(scroller.scrollTop - positionOf(extent(), top())) > 1)
      setTop(topOf(extent(), scroller.scrollTop));
  };
  const onWheel = (event: WheelEvent): void => {
    if (!extent().isCompressed || event.ctrlKey || event.deltaY === 0) return;
    event.preventDefault();
    moveTo(top() + (event.deltaMode === 1 ? event.deltaY * 3 : event.deltaY / ROW_HEIGHT));
  };
  const observed = (element: HTMLDivElement): void => {
    scroller = element;
    const observer = new ResizeObserver(([entry]) => setViewport(entry!.contentRect.height));
    observer.observe(element);
    element.addEventListener('wheel', onWheel, { passive: false });
    onCleanup(() => observer.disconnect());
  };

  createEffect(
    on(
      () => props.line,
      (line) => {
        if (line !== undefined) reveal(props.index.rowOfLine(line - 1));
      }
    )
  );
  createEffect(
    on(
      () => search.current()?.row,
      (row) => {
        if (row !== undefined) reveal(row);
      },
      { defer: true }
    )
  );
  createEffect(on(isWrapped, () => moveTo(top()), { defer: true }));

  const shown = createMemo<readonly ShownRow[]>((before) => {
    const first = Math.floor(top());
    const count = Math.ceil(viewport() / ROW_HEIGHT) + BEYOND;
    const known = new Map(before.map((row) => [row.row, row]));
    const until = Math.min(props.index.rows, first + count);
    return Array.from({ length: Math.max(0, until - first) }, (_, i) => {
      const row = first + i;
      return known.get(row) ?? readRow(props.index, row);
    });
  }, []);
  const firstHeight = (): number => (isWrapped() ? heightOf(drawn.firstElementChild) : ROW_HEIGHT);
  // A wrapped row may be taller than the window: its fraction is one of its own height.
  createEffect(() => {
    shown();
    const hidden = (top() - Math.floor(top())) * firstHeight();
    drawn.style.transform = `translateY(${-hidden}px)`;
  });

  const focusSearch = (): void => {
    input?.focus();
    input?.select();
  };
  const copy = async (line: number): Promise<void> => {
    const bytes = props.index.line(line - 1).subarray(0, COPY_BYTES);
    await navigator.clipboard.writeText(rowText(new TextDecoder().decode(bytes)).text);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if ((event.ctrlKey || event.metaKey) && event.key === 'f') focusSearch();
    else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (event.target instanceof HTMLInputElement) {
      if (event.key !== 'Escape' && event.key !== 'Enter') return;
      if (event.key === 'Escape') scroller.focus();
      else search.move(event.shiftKey ? -1 : 1);
    } else if (!act(event.key)) return;
    event.preventDefault();
  };
  const act = (key: string): boolean => {
    const page = Math.max(1, viewport() / ROW_HEIGHT - 2);
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => moveTo(top() + ROW_HEIGHT / firstHeight()),
      ArrowUp: () => moveTo(top() - ROW_HEIGHT / firstHeight()),
      PageDown: () => moveTo(top() + page),
      PageUp: () => moveTo(top() - page),
      Home: () => moveTo(0),
      End: () => moveTo(Infinity),
      '/': focusSearch,
      n: () => search.move(1),
      N: () => search.move(-1),
      w: () => setWrapped((is) => !is),
    };
    moves[key]?.();
    return moves[key] !== undefined;
  };

  return (
    <section class="log" onKeyDown={onKeyDown} aria-label="Log of the job">
      <LogToolbar
        search={search}
        inputRef={(element) => (input = element)}
        isWrapped={isWrapped()}
        onWrap={setWrapped}
        phases={props.index.phases}
        onPhase={({ row }) => moveTo(row)}
        line={props.line}
        onCopy={copy}
        lines={props.index.lines}
      />
      <div
        class="log__scroller"
        classList={{ 'log__scroller--wrapped': isWrapped() }}
        style={{ '--digits': `${String(props.index.lines).length}ch` }}
        ref={observed}
        onScroll={onScroll}
        tabindex="0"
        role="region"
        aria-label="Lines of the log"
      >
        <div style={{ height: `${extent().height}px` }}>
          <div class="log__window" style={{ height: `${viewport()}px` }}>
            <div class="log__rows" ref={drawn}>
              <For each={shown()}>
                {(row) => (
                  <LogRow
                    row={row}
                    pattern={search.pattern()}
                    current={search.current()?.row === row.row ? search.current()?.nth : undefined}
                    isChosen={props.line === row.line + 1}
                    onChoose={() =>
                      props.onLine?.(props.line === row.line + 1 ? undefined : row.line + 1)
                    }
                  />
                )}
              </For>
            </div>
          </div>
        </div>
      </div>
      <Show when={search.isCut()}>
        <p class="log__note">There are more matches than are counted; search for more of it.</p>
      </Show>
    </section>
  );
}

/** A row that is not laid out has no height yet. */
function heightOf(row: Element | null): number {
  const height = row instanceof HTMLElement ? row.offsetHeight : 0;
  return height > 0 ? height : ROW_HEIGHT;
}

function readRow(index: LogIndex, row: number): ShownRow {
  const { line, isContinued } = index.row(row);
  return { row, line, isContinued, ...rowText(decodeRow(index, row)) };
}
