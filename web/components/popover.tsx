import { useLocation } from '@solidjs/router';
import { type JSX, createEffect, createUniqueId, on, onCleanup, onMount } from 'solid-js';
import './popover.css';

export { Popover };

const MARGIN = 8;

/**
 * A button and what it opens: the browser's own popover, which closes on Escape, on a press elsewhere,
 * and on the way to another page.
 */
function Popover(props: {
  readonly label: string;
  /** Read out after what the button shows. Default the label. */
  readonly said?: string;
  readonly class?: string;
  readonly button: JSX.Element;
  readonly children: JSX.Element;
}) {
  const id = createUniqueId();
  const location = useLocation();
  let button!: HTMLButtonElement;
  let panel!: HTMLDivElement;
  /** Below the button, its end at the button's end, inside the window. */
  const place = (): void => {
    const from = button.getBoundingClientRect();
    const left = Math.min(
      Math.max(MARGIN, from.right - panel.offsetWidth),
      document.documentElement.clientWidth - panel.offsetWidth - MARGIN
    );
    panel.style.setProperty('top', `${from.bottom + MARGIN}px`);
    panel.style.setProperty('left', `${Math.max(MARGIN, left)}px`);
  };
  onMount(() => {
    // Shown by then, and not painted yet.
    panel.addEventListener('beforetoggle', () => requestAnimationFrame(place));
    window.addEventListener('resize', place);
    onCleanup(() => window.removeEventListener('resize', place));
  });
  // Not by the address alone, which loses the network that a link named while its page stays.
  createEffect(
    on(
      () => location.pathname,
      () => panel.hidePopover(),
      { defer: true }
    )
  );
  return (
    <>
      <button ref={button} type="button" class={props.class} title={props.label} popovertarget={id}>
        {props.button}
        <span class="unseen"> {props.said ?? props.label}</span>
      </button>
      <div ref={panel} id={id} popover="auto" class="popover">
        {props.children}
      </div>
    </>
  );
}
