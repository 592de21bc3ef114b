import { type JSX, Show, splitProps } from 'solid-js';
import './input.css';

export { Checkbox };

function Checkbox(
  props: {
    readonly isChecked: boolean;
    readonly onChecked: (isChecked: boolean) => void;
    readonly label: JSX.Element;
    readonly hint?: JSX.Element;
  } & Omit<JSX.InputHTMLAttributes<HTMLInputElement>, 'type' | 'checked' | 'onChange'>
) {
  const [own, rest] = splitProps(props, ['isChecked', 'onChecked', 'label', 'hint']);
  return (
    <label class="choice">
      <input
        {...rest}
        type="checkbox"
        class="choice__control"
        checked={own.isChecked}
        onChange={(event) => own.onChecked(event.currentTarget.checked)}
      />
      <span>
        {own.label}
        <Show when={own.hint}>
          <span class="choice__hint">{own.hint}</span>
        </Show>
      </span>
    </label>
  );
}
