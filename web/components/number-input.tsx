import { type JSX, splitProps } from 'solid-js';
import { TextInput } from './text-input.tsx';

export { NumberInput };

/**
 * A number as text: a browser's own number field throws away what it doesn't understand, and then
 * nobody can say what was wrong with it.
 */
function NumberInput(
  props: {
    readonly value: string;
    readonly onValue: (value: string) => void;
    /** Whole numbers only: chooses the keyboard. */
    readonly isWhole?: boolean;
    readonly unit?: string;
  } & Omit<JSX.InputHTMLAttributes<HTMLInputElement>, 'value' | 'onInput' | 'type'>
) {
  const [own, rest] = splitProps(props, ['isWhole']);
  return <TextInput {...rest} inputmode={own.isWhole === true ? 'numeric' : 'decimal'} />;
}
