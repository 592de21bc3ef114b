import { For, createSignal } from 'solid-js';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';
import './toasts.css';

export { Toasts, toast };

interface Toast {
  readonly id: number;
  readonly tone: 'good' | 'bad';
  readonly text: string;
}

const SHOWN_FOR = 6_000;
const [toasts, setToasts] = createSignal<readonly Toast[]>([]);
let last = 0;

const drop = (id: number): void => {
  setToasts((all) => all.filter((one) => one.id !== id));
};

/** Says something that needs no answer. What failed stays until it is put away. */
function toast(text: string, tone: Toast['tone'] = 'good'): void {
  const id = ++last;
  setToasts((all) => [...all.slice(-2), { id, tone, text }]);
  if (tone === 'good') setTimeout(() => drop(id), SHOWN_FOR);
}

/** Once, in the shell. */
const Toasts = () => (
  <div class="toasts" role="status" aria-live="polite">
    <For each={toasts()}>
      {({ id, tone, text }) => (
        <div class={`toast toast--${tone}`}>
          <Icon name={tone === 'good' ? 'check' : 'alert'} />
          <span class="toast__text">{text}</span>
          <Button
            variant="quiet"
            size="small"
            icon="close"
            aria-label="Put away"
            onClick={() => drop(id)}
          />
        </div>
      )}
    </For>
  </div>
);
