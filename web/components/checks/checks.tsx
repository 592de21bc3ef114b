import { For, type JSX, Show } from 'solid-js';
import { Icon } from '../icon.tsx';
import { Words } from '../words.tsx';
import { CHECKS, type CheckLine } from './check-words.ts';
import './checks.css';

export { Checks };

/** Checks of one thing, each on its own line with what was held against what. */
function Checks(props: {
  readonly title: JSX.Element;
  readonly aside?: JSX.Element;
  readonly findings: readonly CheckLine[];
}) {
  const failed = (): number => props.findings.filter(({ ok }) => !ok).length;
  return (
    <section class="checks" classList={{ 'checks--failed': failed() > 0 }}>
      <header class="checks__head">
        <h2 class="checks__title">{props.title}</h2>
        <span class="checks__count">
          {failed() === 0
            ? `${props.findings.length} ${props.findings.length === 1 ? 'holds' : 'hold'}`
            : `${failed()} of ${props.findings.length} ${failed() === 1 ? 'fails' : 'fail'}`}
        </span>
        <Show when={props.aside}>
          <span class="checks__aside">{props.aside}</span>
        </Show>
      </header>
      <ul class="checks__list">
        <For each={props.findings}>
          {({ id, ok, detail }) => (
            <li class="check" classList={{ 'check--failed': !ok }}>
              <span class="check__sign">
                <Icon name={ok ? 'check' : 'close'} size={14} label={ok ? 'holds' : 'fails'} />
              </span>
              <span class="check__words">
                <code class="check__id">{id}</code>
                <span class="check__title">{CHECKS[id]}</span>
                <span class="check__detail mono">
                  <Words text={detail} />
                </span>
              </span>
            </li>
          )}
        </For>
      </ul>
    </section>
  );
}
