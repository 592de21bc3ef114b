import { createSignal, onCleanup } from 'solid-js';
import { formatInstant, formatRelative } from './instant.ts';

export { Time };

/** When, as people say it; the exact time, with its zone, on hovering and for readers. */
function Time(props: { readonly at: number | Date; readonly isAbsolute?: boolean }) {
  const [now, setNow] = createSignal(Date.now());
  const timer = setInterval(() => setNow(Date.now()), 15_000);
  onCleanup(() => clearInterval(timer));
  const at = (): Date => new Date(props.at);
  return (
    <time class="number" datetime={at().toISOString()} title={formatInstant(at())}>
      {props.isAbsolute === true ? formatInstant(at()) : formatRelative(at().getTime() - now())}
    </time>
  );
}
