import { For, Index, type JSX, splitProps } from 'solid-js';
import { Icon } from './icon.tsx';
import './input.css';

export { Select, Segments, type Option };

interface Option<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly isDisabled?: boolean;
}

/** The browser's own list: it knows keyboards, phones and readers. */
function Select<T extends string>(
  props: {
    readonly value: T;
    readonly options: readonly Option<T>[];
    readonly onValue: (value: T) => void;
  } & Omit<JSX.SelectHTMLAttributes<HTMLSelectElement>, 'value' | 'onChange'>
) {
  const [own, rest] = splitProps(props, ['value', 'options', 'onValue', 'class']);
  return (
    <div class="input-group">
      <select
        {...rest}
        class={`input input--select ${own.class ?? ''}`}
        onChange={(event) => {
          const chosen = own.options[event.currentTarget.selectedIndex];
          if (chosen !== undefined) own.onValue(chosen.value);
        }}
      >
        <Index each={own.options}>
          {(option) => (
            <option
              value={option().value}
              disabled={option().isDisabled}
              selected={option().value === own.value}
            >
              {option().label}
            </option>
          )}
        </Index>
      </select>
      <Icon name="chevron" class="input-group__chevron" />
    </div>
  );
}

/** Two to four choices side by side: arrow keys move, as in any radio group. */
function Segments<T extends string>(props: {
  readonly label: string;
  readonly value: T;
  readonly options: readonly Option<T>[];
  readonly onValue: (value: T) => void;
}) {
  let group!: HTMLDivElement;
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const { options } = props;
    const at = options.findIndex(({ value }) => value === props.value);
    const next = options[(at + step + options.length) % options.length]!;
    props.onValue(next.value);
    group.querySelector<HTMLElement>(`[data-value="${CSS.escape(next.value)}"]`)?.focus();
  };
  return (
    <div ref={group} class="segments" role="radiogroup" aria-label={props.label} onKeyDown={move}>
      <For each={props.options}>
        {(option) => (
          <button
            type="button"
            class="segments__item"
            role="radio"
            data-value={option.value}
            aria-checked={option.value === props.value ? 'true' : 'false'}
            tabIndex={option.value === props.value ? 0 : -1}
            disabled={option.isDisabled}
            onClick={() => props.onValue(option.value)}
          >
            {option.label}
          </button>
        )}
      </For>
    </div>
  );
}
