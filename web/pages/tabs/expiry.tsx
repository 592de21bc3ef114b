import { Show } from 'solid-js';
import { Time } from '../../components/time.tsx';
import { type SlotClock, endOfSlot } from '../../components/slot-clock.ts';

export { Expiry };

/** The last slot of a tab and about when that is. */
const Expiry = (props: {
  readonly expiry: number;
  readonly clock: SlotClock | undefined;
  readonly isLong?: boolean;
}) => (
  <Show when={props.expiry !== 0} fallback={<span class="faint">none</span>}>
    <Show when={props.clock} fallback={<span class="number">slot {props.expiry}</span>}>
      {(clock) => (
        <>
          <Time at={endOfSlot(clock(), props.expiry)} />
          <Show when={props.isLong}>
            <span class="faint">
              {' '}
              · <Time at={endOfSlot(clock(), props.expiry)} isAbsolute /> · slot{' '}
              <span class="number">{props.expiry}</span>
            </span>
          </Show>
        </>
      )}
    </Show>
  </Show>
);
