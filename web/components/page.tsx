import { type JSX, Show, createEffect } from 'solid-js';

export { Page };

/** A page's frame: its name in the window's title and as the one first heading. */
function Page(props: {
  /** For the window; and for the heading unless `heading` is given. Plain text. */
  readonly title: string;
  readonly heading?: JSX.Element;
  readonly lead?: JSX.Element;
  /** Above the heading: the way back. */
  readonly above?: JSX.Element;
  /** At the heading's end. */
  readonly actions?: JSX.Element;
  readonly children: JSX.Element;
}) {
  createEffect(() => {
    document.title = `${props.title} · Runproof`;
  });
  return (
    <div class="page">
      <header class="page__head">
        <div class="page__title">
          {props.above}
          <h1>{props.heading ?? props.title}</h1>
          <Show when={props.lead}>
            <div class="page__lead">{props.lead}</div>
          </Show>
        </div>
        <Show when={props.actions}>
          <div class="row row--tight">{props.actions}</div>
        </Show>
      </header>
      {props.children}
    </div>
  );
}
