import { For, Show } from 'solid-js';
import { type RowText, piecesOf } from './row-text.ts';

export { LogRow, type ShownRow };

interface ShownRow extends RowText {
  readonly row: number;
  /** From 0. */
  readonly line: number;
  readonly isContinued: boolean;
}

interface LogRowProps {
  readonly row: ShownRow;
  readonly pattern: RegExp | undefined;
  /** Which of its matches is the one that the search stands at. */
  readonly current: number | undefined;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

/** A stranger's words, as text and isolated: right-to-left letters stay within their row. */
const LogRow = (props: LogRowProps) => (
  <div class="log__row" classList={{ 'log__row--chosen': props.isChosen }}>
    <Show
      when={!props.row.isContinued}
      fallback={
        <span class="log__number" aria-hidden="true">
          ↪
        </span>
      }
    >
      <button
        type="button"
        class="log__number"
        tabindex="-1"
        aria-label={`Link to line ${props.row.line + 1}`}
        aria-pressed={props.isChosen}
        onClick={() => props.onChoose()}
      >
        {props.row.line + 1}
      </button>
    </Show>
    <bdi class="log__text" dir="ltr">
      <For each={piecesOf(props.row, props.pattern)}>
        {({ text, style, match }) => (
          <Show when={match !== undefined} fallback={<span class={style}>{text}</span>}>
            <mark class={style} classList={{ 'log__match--current': match === props.current }}>
              {text}
            </mark>
          </Show>
        )}
      </For>
    </bdi>
  </div>
);
