import { For, type JSX, Show } from 'solid-js';
import './key-value.css';

export { KeyValue, type KeyValueRow };

interface KeyValueRow {
  readonly key: JSX.Element;
  readonly value: JSX.Element;
  /** A quiet line below the value. */
  readonly note?: JSX.Element;
}

/** Names and what they are; names above values where there is no room beside. */
const KeyValue = (props: {
  readonly rows: readonly KeyValueRow[];
  readonly isNarrow?: boolean;
}) => (
  <dl class="key-value" classList={{ 'key-value--narrow': props.isNarrow === true }}>
    <For each={props.rows}>
      {(row) => (
        <div class="key-value__row">
          <dt class="key-value__key">{row.key}</dt>
          <dd class="key-value__value">
            {row.value}
            <Show when={row.note}>
              <div class="key-value__note">{row.note}</div>
            </Show>
          </dd>
        </div>
      )}
    </For>
  </dl>
);
