import { For, type JSX, Show, createSignal, onCleanup } from 'solid-js';
import { Icon } from './icon.tsx';
import { formatElapsed } from './elapsed.ts';
import './steps.css';

export { Steps, Elapsed, type Step, type StepState };

type StepState = 'waiting' | 'running' | 'done' | 'failed';

interface Step {
  readonly label: string;
  readonly state: StepState;
  /** What it is at, or what it came to. */
  readonly detail?: JSX.Element;
  /** Milliseconds since 1970 when it began; shows how long it has been running. */
  readonly since?: number;
}

const SAID: Readonly<Record<StepState, string>> = {
  waiting: 'to come',
  running: 'under way',
  done: 'done',
  failed: 'failed',
};

/** Steps of something that takes a while, each with its state, and the running one's time. */
const Steps = (props: { readonly steps: readonly Step[] }) => (
  <ol class="steps">
    <For each={props.steps}>
      {(step) => (
        <li
          class={`steps__step steps__step--${step.state}`}
          aria-current={step.state === 'running' ? 'step' : undefined}
        >
          <span class="steps__sign" aria-hidden="true">
            <Show when={step.state === 'done'}>
              <Icon name="check" size={12} />
            </Show>
            <Show when={step.state === 'failed'}>
              <Icon name="close" size={12} />
            </Show>
          </span>
          <div class="steps__body">
            <div class="steps__line">
              <span class="steps__label">{step.label}</span>
              <span class="unseen">, {SAID[step.state]}</span>
              <Show when={step.state === 'running' && step.since}>
                {(since) => <Elapsed since={since()} />}
              </Show>
            </div>
            <Show when={step.detail}>
              <div class="steps__detail">{step.detail}</div>
            </Show>
          </div>
        </li>
      )}
    </For>
  </ol>
);

/** Seconds since `since`, counting. */
function Elapsed(props: { readonly since: number }) {
  const [now, setNow] = createSignal(Date.now());
  const timer = setInterval(() => setNow(Date.now()), 1_000);
  onCleanup(() => clearInterval(timer));
  return (
    <span class="elapsed" role="timer" aria-live="off">
      {formatElapsed(now() - props.since)}
    </span>
  );
}
