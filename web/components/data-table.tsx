import { For, type JSX, Show } from 'solid-js';
import { Icon } from './icon.tsx';
import type { Order } from './order.ts';
import './data-table.css';

export { DataTable, type Column };

interface Column<T> {
  readonly id: string;
  readonly label: string;
  /** Numbers stand at the line's end. */
  readonly isNumber?: boolean;
  /** The head sorts by it. */
  readonly isSortable?: boolean;
  /** On phones: the row's first line, without a label. */
  readonly isTitle?: boolean;
  readonly cell: (item: T) => JSX.Element;
}

/** Dense rows; on a phone each becomes a card whose lines carry the columns' labels. */
function DataTable<T>(props: {
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly items: readonly T[];
  readonly order?: Order;
  readonly onOrder?: (column: string) => void;
}) {
  const sortOf = (column: Column<T>): 'ascending' | 'descending' | undefined =>
    props.order?.column !== column.id
      ? undefined
      : props.order.isDescending
        ? 'descending'
        : 'ascending';
  return (
    <div class="data-table">
      <table>
        <caption class="unseen">{props.caption}</caption>
        <thead>
          <tr>
            <For each={props.columns}>
              {(column) => (
                <th
                  scope="col"
                  classList={{ 'data-table__number': column.isNumber === true }}
                  aria-sort={sortOf(column)}
                >
                  <Show when={column.isSortable} fallback={column.label}>
                    <button
                      type="button"
                      class="data-table__sort"
                      onClick={() => props.onOrder?.(column.id)}
                    >
                      {column.label}
                      <Icon name={sortOf(column) === undefined ? 'sort' : 'chevron'} size={12} />
                    </button>
                  </Show>
                </th>
              )}
            </For>
          </tr>
        </thead>
        <tbody>
          <For each={props.items}>
            {(item) => (
              <tr>
                <For each={props.columns}>
                  {(column) => (
                    <td
                      data-label={column.label}
                      classList={{
                        'data-table__number': column.isNumber === true,
                        'data-table__title': column.isTitle === true,
                      }}
                    >
                      {column.cell(item)}
                    </td>
                  )}
                </For>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </div>
  );
}
