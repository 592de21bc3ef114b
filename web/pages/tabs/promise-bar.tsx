import { For, Show } from 'solid-js';
import { Amount } from '../../components/amount.tsx';
import { shareOf } from './shares.ts';
import './promise-bar.css';

export { PromiseBar };

interface Part {
  readonly id: 'spent' | 'promised' | 'free' | 'back';
  readonly label: string;
  readonly nanomina: bigint;
}

/** Where a tab's money is, as one bar, and the same in words and exact amounts below it. */
function PromiseBar(props: { readonly parts: readonly Part[] }) {
  const shares = () => shareOf(props.parts.map(({ nanomina }) => nanomina));
  return (
    <div class="promise-bar">
      <div class="promise-bar__bar" aria-hidden="true">
        <For each={props.parts}>
          {(part, i) => (
            <Show when={part.nanomina > 0n}>
              <span
                class={`promise-bar__part promise-bar__part--${part.id}`}
                style={{ 'flex-grow': shares()[i()]! }}
              />
            </Show>
          )}
        </For>
      </div>
      <dl class="promise-bar__legend">
        <For each={props.parts}>
          {(part) => (
            <div class="promise-bar__entry">
              <dt>
                <span class={`promise-bar__key promise-bar__part--${part.id}`} aria-hidden="true" />
                {part.label}
              </dt>
              <dd>
                <Amount nanomina={part.nanomina} isStrong />
              </dd>
            </div>
          )}
        </For>
      </dl>
    </div>
  );
}
