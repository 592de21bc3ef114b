import { createSignal, onCleanup } from 'solid-js';
import { Icon } from './icon.tsx';
import './copy.css';

export { CopyButton, CommandLine };

/** Copies exactly `text`, and says so to eyes and ears. */
function CopyButton(props: { readonly text: string; readonly label: string }) {
  const [state, setState] = createSignal<'idle' | 'copied' | 'failed'>('idle');
  let timer: ReturnType<typeof setTimeout> | undefined;
  onCleanup(() => clearTimeout(timer));
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(props.text);
      setState('copied');
    } catch {
      // No permission, or no secure context: whoever asked selects the text.
      setState('failed');
    }
    clearTimeout(timer);
    timer = setTimeout(() => setState('idle'), 1_600);
  };
  const words = (): string =>
    ({ idle: props.label, copied: 'Copied', failed: 'Copying is not allowed here' })[state()];
  return (
    <button
      type="button"
      class="copy"
      classList={{ 'copy--done': state() === 'copied', 'copy--failed': state() === 'failed' }}
      aria-label={props.label}
      title={words()}
      onClick={() => void copy()}
    >
      <Icon
        name={({ idle: 'copy', copied: 'check', failed: 'alert' } as const)[state()]}
        size={14}
      />
      <span class="unseen" role="status">
        {state() === 'idle' ? '' : words()}
      </span>
    </button>
  );
}

/** A line for a shell, to be copied whole. */
const CommandLine = (props: { readonly line: string; readonly label?: string }) => (
  <div class="command-line">
    <code class="command-line__text" tabIndex={0}>
      <span class="command-line__prompt" aria-hidden="true">
        ${' '}
      </span>
      {props.line}
    </code>
    <CopyButton text={props.line} label={props.label ?? 'Copy the command'} />
  </div>
);
