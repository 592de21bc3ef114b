import { Show, createSignal } from 'solid-js';
import { Button } from './button.tsx';
import { Words } from './words.tsx';
import './input.css';

export { FileInput };

/** A file chosen or dropped. What is in it is the caller's matter. */
function FileInput(props: {
  readonly id?: string;
  readonly 'aria-describedby'?: string | undefined;
  readonly 'aria-invalid'?: 'true' | undefined;
  readonly required?: boolean;
  readonly accept?: string;
  /** Of the file chosen before. */
  readonly name: string | undefined;
  /** Shown while there is none. */
  readonly prompt?: string;
  readonly onFile: (file: File | undefined) => void;
}) {
  let input!: HTMLInputElement;
  const [isOver, setOver] = createSignal(false);
  return (
    <div
      class="file"
      classList={{ 'file--over': isOver() }}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const file = event.dataTransfer?.files[0];
        if (file !== undefined) props.onFile(file);
      }}
    >
      <input
        ref={input}
        id={props.id}
        aria-describedby={props['aria-describedby']}
        aria-invalid={props['aria-invalid']}
        required={props.required}
        class="unseen"
        type="file"
        accept={props.accept}
        tabIndex={-1}
        onChange={(event) => props.onFile(event.currentTarget.files?.[0])}
      />
      <Button size="small" icon="file" onClick={() => input.click()}>
        Choose a file
      </Button>
      <span class="file__name" aria-live="polite">
        <Show when={props.name} fallback={props.prompt ?? 'or drop it here'}>
          {(name) => <Words text={name()} />}
        </Show>
      </span>
      <Show when={props.name}>
        <Button
          size="small"
          variant="quiet"
          onClick={() => {
            input.value = '';
            props.onFile(undefined);
          }}
        >
          Remove
        </Button>
      </Show>
    </div>
  );
}
