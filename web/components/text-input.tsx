import { type JSX, Show, splitProps } from 'solid-js';
import { Icon, type IconName } from './icon.tsx';
import './input.css';

export { TextInput, TextArea, SearchInput };

type Values = { readonly value: string; readonly onValue: (value: string) => void };
type Looks = {
  /** Addresses, code, numbers of chains. */
  readonly isMono?: boolean;
  readonly icon?: IconName;
  /** After the value, such as `MINA`. */
  readonly unit?: string;
};

function TextInput(
  props: Values & Looks & Omit<JSX.InputHTMLAttributes<HTMLInputElement>, 'value' | 'onInput'>
) {
  const [own, rest] = splitProps(props, ['value', 'onValue', 'isMono', 'icon', 'unit', 'class']);
  return (
    <div class="input-group" classList={{ 'input-group--unit': own.unit !== undefined }}>
      <Show when={own.icon}>{(icon) => <Icon name={icon()} class="input-group__icon" />}</Show>
      <input
        type="text"
        autocomplete="off"
        spellcheck={own.isMono === true ? false : undefined}
        {...rest}
        class={`input ${own.isMono === true ? 'input--mono' : ''} ${own.class ?? ''}`}
        value={own.value}
        onInput={(event) => own.onValue(event.currentTarget.value)}
      />
      <Show when={own.unit}>
        <span class="input-group__unit" aria-hidden="true">
          {own.unit}
        </span>
      </Show>
    </div>
  );
}

function TextArea(
  props: Values &
    Pick<Looks, 'isMono'> &
    Omit<JSX.TextareaHTMLAttributes<HTMLTextAreaElement>, 'value' | 'onInput'>
) {
  const [own, rest] = splitProps(props, ['value', 'onValue', 'isMono', 'class']);
  return (
    <textarea
      rows={4}
      spellcheck={own.isMono === true ? false : undefined}
      {...rest}
      class={`input input--area ${own.isMono === true ? 'input--mono' : ''} ${own.class ?? ''}`}
      value={own.value}
      onInput={(event) => own.onValue(event.currentTarget.value)}
    />
  );
}

/** Filters what stands below it. */
const SearchInput = (
  props: Values & { readonly label: string; readonly placeholder?: string; readonly id?: string }
) => (
  <TextInput
    type="search"
    icon="search"
    id={props.id}
    aria-label={props.label}
    placeholder={props.placeholder ?? props.label}
    value={props.value}
    onValue={(value) => props.onValue(value)}
  />
);
