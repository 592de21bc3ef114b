import { createEffect, on, onCleanup } from 'solid-js';
import { createKept } from '../../store/kept.ts';
import { type OrderForm, Typed } from './order-form.ts';

export { keepOrder };

const kept = createKept('order', Typed);
/** Milliseconds after the last letter until it is kept; also kept when the page is left. */
const PAUSE = 300;

/**
 * Lets what somebody has typed outlive a reload, until it is bought.
 *
 * @returns forgets it
 */
function keepOrder(service: string, form: OrderForm, page: EventTarget = window): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isTouched = false;
  const write = (): void => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    void kept.write(service, form.typed());
  };
  void kept.read(service).then((before) => {
    if (before !== undefined && !isTouched) form.restore(before);
  });
  createEffect(
    on(
      form.typed,
      () => {
        isTouched = true;
        clearTimeout(timer);
        timer = setTimeout(write, PAUSE);
      },
      { defer: true }
    )
  );
  page.addEventListener('pagehide', write);
  onCleanup(() => {
    page.removeEventListener('pagehide', write);
    write();
  });
  return () => {
    clearTimeout(timer);
    timer = undefined;
    void kept.drop(service);
  };
}
