import { type JSX, Show, createEffect, createUniqueId, on } from 'solid-js';
import { Button } from './button.tsx';
import './dialog.css';

export { Dialog };

/** The browser's own modal dialog: it holds the focus, gives it back, and closes on Escape. */
function Dialog(props: {
  readonly isOpen: boolean;
  readonly title: JSX.Element;
  readonly onClose: () => void;
  /** At the foot, the way on last. */
  readonly actions?: JSX.Element;
  readonly children: JSX.Element;
}) {
  const id = createUniqueId();
  let dialog!: HTMLDialogElement;
  let heading!: HTMLHeadingElement;
  createEffect(
    on(
      () => props.isOpen,
      (isOpen) => {
        if (isOpen && !dialog.open) {
          dialog.showModal();
          // Else the browser takes the first button, which puts the question away. Opened while the page
          // is mounted, as after the reload that proving takes, there is nothing inside yet.
          queueMicrotask(() => {
            if (dialog.open) (dialog.querySelector<HTMLElement>('[autofocus]') ?? heading).focus();
          });
        }
        if (!isOpen && dialog.open) dialog.close();
      }
    )
  );
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={id}
      onClose={() => {
        if (props.isOpen) props.onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog) props.onClose();
      }}
    >
      <Show when={props.isOpen}>
        <div class="dialog__inside">
          <header class="dialog__head">
            <h2 ref={heading} id={id} class="dialog__title" tabIndex={-1}>
              {props.title}
            </h2>
            <Button
              variant="quiet"
              size="small"
              aria-label="Close"
              icon="close"
              onClick={() => props.onClose()}
            />
          </header>
          <div class="dialog__body">{props.children}</div>
          <Show when={props.actions}>
            <footer class="dialog__foot">{props.actions}</footer>
          </Show>
        </div>
      </Show>
    </dialog>
  );
}
