import { type JSX, Show } from 'solid-js';
import './card.css';

export { Card };

/** A section of a page with a line around it. */
const Card = (props: {
  readonly title?: JSX.Element;
  /** One quiet sentence below the title. */
  readonly lead?: JSX.Element;
  /** At the title's end: a badge, a small button. */
  readonly aside?: JSX.Element;
  /** Without inner space: for tables and lists that reach the line. */
  readonly isFlush?: boolean;
  /** Stands above the rest: where something is decided. */
  readonly isRaised?: boolean;
  readonly footer?: JSX.Element;
  readonly children: JSX.Element;
}) => (
  <section
    class="card"
    classList={{ 'card--flush': props.isFlush === true, 'card--raised': props.isRaised === true }}
  >
    <Show when={props.title}>
      <header class="card__head">
        <div>
          <h2 class="card__title">{props.title}</h2>
          <Show when={props.lead}>
            <p class="card__lead">{props.lead}</p>
          </Show>
        </div>
        <Show when={props.aside}>
          <div class="card__aside">{props.aside}</div>
        </Show>
      </header>
    </Show>
    <div class="card__body">{props.children}</div>
    <Show when={props.footer}>
      <footer class="card__foot">{props.footer}</footer>
    </Show>
  </section>
);
