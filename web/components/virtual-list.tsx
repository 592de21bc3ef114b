import { createWindowVirtualizer } from '@tanstack/solid-virtual';
import {
  For,
  type JSX,
  createEffect,
  createMemo,
  createSignal,
  on,
  onCleanup,
  onMount,
} from 'solid-js';
import './virtual-list.css';

export { VirtualList };

/**
 * Rows of a long list, of which only those near the window are in the page. The list scrolls with the
 * page. Each row is measured, so rows may differ in height.
 */
function VirtualList<T>(props: {
  readonly items: readonly T[];
  /** Of a row's usual height, in pixels. */
  readonly estimate: number;
  readonly keyOf: (item: T) => string;
  readonly label: string;
  readonly children: (item: T, index: number) => JSX.Element;
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
  const virtualizer = createWindowVirtualizer<HTMLDivElement>({
    get count() {
      return props.items.length;
    },
    get scrollMargin() {
      return top();
    },
    estimateSize: () => props.estimate,
    getItemKey: (index) => {
      const item = props.items[index];
      return item === undefined ? index : props.keyOf(item);
    },
    overscan: 8,
  });
  // Where each row stands is known by its place: told anew only where rows came, went or moved.
  const keys = createMemo(() => props.items.map(props.keyOf), [], {
    equals: (a, b) => a.length === b.length && a.every((key, i) => key === b[i]),
  });
  createEffect(on(keys, () => virtualizer.measure(), { defer: true }));
  return (
    <div
      ref={list}
      class="virtual-list"
      role="list"
      aria-label={props.label}
      style={{ height: `${virtualizer.getTotalSize()}px` }}
    >
      <For each={virtualizer.getVirtualItems()}>
        {(row) => {
          // A list that is put together anew draws no row again whose item is the same.
          const item = createMemo((): T | undefined => props.items[row.index]);
          return (
            <div
              class="virtual-list__row"
              role="listitem"
              aria-setsize={props.items.length}
              aria-posinset={row.index + 1}
              data-index={row.index}
              ref={(element) => queueMicrotask(() => virtualizer.measureElement(element))}
              style={{ transform: `translateY(${row.start - top()}px)` }}
            >
              {item() === undefined ? null : props.children(item()!, row.index)}
            </div>
          );
        }}
      </For>
    </div>
  );
}
