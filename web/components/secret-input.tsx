import { createSignal, splitProps, type JSX } from 'solid-js';
import { Button } from './button.tsx';
import './input.css';

export { SecretInput };

/** Hidden until asked for; offered to no password store, since it is no password of this site. */
function SecretInput(
  props: { readonly value: string; readonly onValue: (value: string) => void } & Omit<
    JSX.InputHTMLAttributes<HTMLInputElement>,
    'value' | 'onInput' | 'type'
  >
) {
  const [own, rest] = splitProps(props, ['value', 'onValue', 'class']);
  const [isShown, setShown] = createSignal(false);
  return (
    <div class="input-group input-group--button">
      <input
        autocomplete="off"
        spellcheck={false}
        data-1p-ignore
        {...rest}
        type={isShown() ? 'text' : 'password'}
        class={`input input--mono ${own.class ?? ''}`}
        value={own.value}
        onInput={(event) => own.onValue(event.currentTarget.value)}
      />
      <Button
        class="input-group__button"
        size="small"
        variant="quiet"
        aria-pressed={isShown()}
        onClick={() => setShown((was) => !was)}
      >
        {isShown() ? 'Hide' : 'Show'}
      </Button>
    </div>
  );
}
