import { createWindowVirtualizer } from '@tanstack/solid-virtual';
import {
  type Accessor,
  For,
  type JSX,
  createMemo,
  createSignal,
  onCleanup,
  onMount,
  untrack,
} from 'solid-js';
import './virtual-list.css';

export { VirtualList };

/** Pixels of rows that are drawn beyond the window, so that nobody scrolls into the blank. */
const AHEAD = 320;

/**
 * Rows of a long list, of which only those near the window are in the page. The list scrolls with the
 * page. Each row is measured, so rows may differ in height.
 *
 * A row stays the same element for as long as it is near the window, wherever it moves and whatever of
 * its item changes: nobody loses the focus, or a press of the mouse, to a list that is kept up to date.
 */
function VirtualList<T>(props: {
  readonly items: readonly T[];
  /** Of a row's usual height, in pixels. */
  readonly estimate: number;
  readonly keyOf: (item: T) => string;
  readonly label: string;
  readonly children: (item: Accessor<T>) => JSX.Element;
}) {
  let list!: HTMLDivElement;
  const [top, setTop] = createSignal(0);
  const place = (): void => {
    setTop(list.getBoundingClientRect().top + window.scrollY);
  };
  onMount(() => {
    place();
    // What stands above the list may grow.
    const observer = new ResizeObserver(place);
    observer.observe(document.body);
    onCleanup(() => observer.disconnect());
  });
  const keys = createMemo(() => props.items.map(props.keyOf), [], {
    equals: (a, b) => a.length === b.length && a.every((key, i) => key === b[i]),
  });
  const virtualizer = createWindowVirtualizer<HTMLDivElement>({
    get count() {
      return keys().length;
    },
    get scrollMargin() {
      return top();
    },
    /** Another function wherever rows came, went or moved: they are placed anew, and keep their heights. */
    get getItemKey() {
      const now = keys();
      return (index: number) => now[index] ?? index;
    },
    estimateSize: () => props.estimate,
    overscan: Math.ceil(AHEAD / props.estimate),
  });
  const places = createMemo(
    () => new Map(virtualizer.getVirtualItems().map((row) => [String(row.key), row]))
  );

  function Row(own: { readonly key: string }) {
    const index = createMemo((before: number) => places().get(own.key)?.index ?? before, 0);
    const start = createMemo((before: number) => places().get(own.key)?.start ?? before, 0);
    // The places may be those of the list before: then this row's item is the one that it had.
    const item = createMemo((before: T | undefined) => {
      const now = props.items[index()];
      return now !== undefined && props.keyOf(now) === own.key ? now : before;
    }) as Accessor<T>;
    return (
      <div
        class="virtual-list__row"
        role="listitem"
        aria-setsize={props.items.length}
        aria-posinset={index() + 1}
        data-index={index()}
        ref={(element) => queueMicrotask(() => virtualizer.measureElement(element))}
        style={{ transform: `translateY(${start() - top()}px)` }}
      >
        {item() === undefined ? null : untrack(() => props.children(item))}
      </div>
    );
  }

  return (
    <div
      ref={list}
      class="virtual-list"
      role="list"
      aria-label={props.label}
      style={{ height: `${virtualizer.getTotalSize()}px` }}
    >
      <For each={[...places().keys()]}>{(key) => <Row key={key} />}</For>
    </div>
  );
}
