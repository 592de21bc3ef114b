import { Show, createSignal } from 'solid-js';
import { Address } from '../../components/address.tsx';
import { Field } from '../../components/field.tsx';
import { Notice } from '../../components/notice.tsx';
import { NumberInput } from '../../components/number-input.tsx';
import { Segments } from '../../components/select.tsx';
import { useApp } from '../../store/app.tsx';
import type { TabReading } from '../../../requester/tab.ts';
import { readAmount } from './amount-text.ts';
import { FEES, closeEffects, extendEffects, fundEffects, refundEffects } from './effects.ts';
import { Expiry } from './expiry.tsx';
import type { OpenWork } from './open-work.ts';
import { OrderDialog } from './order-dialog.tsx';
import { type SlotClock, slotsFor } from '../../components/slot-clock.ts';

export { FundDialog, ExtendDialog, CloseDialog, RefundDialog };

interface DialogProps<T> {
  readonly isOpen: boolean;
  readonly reading: TabReading;
  readonly onClose: () => void;
  readonly onConfirm: (order: T) => void;
}

/** @returns in `onConfirm` nanomina */
function FundDialog(props: DialogProps<bigint>) {
  const { wallet } = useApp();
  const [text, setText] = createSignal('');
  const [isTouched, setTouched] = createSignal(false);
  let input: HTMLInputElement | undefined;
  const most = (): bigint | undefined => {
    const balance = wallet.balance();
    if (balance === undefined) return undefined;
    return balance > FEES.fund ? balance - FEES.fund : 0n;
  };
  const amount = () => readAmount(text(), most());
  const nanomina = (): bigint => {
    const read = amount();
    return read.error === undefined ? read.nanomina : 0n;
  };
  return (
    <OrderDialog
      isOpen={props.isOpen}
      title="Top up"
      confirm="Top up"
      effects={fundEffects(props.reading, nanomina())}
      onClose={() => props.onClose()}
      onConfirm={() => {
        const read = amount();
        setTouched(true);
        if (read.error === undefined) props.onConfirm(read.nanomina);
        else input?.focus();
      }}
    >
      <p class="soft">
        A plain transfer into the tab. What jobs don’t use comes back when the tab ends.
      </p>
      <Field label="Amount" isRequired error={isTouched() ? amount().error : undefined}>
        {(control) => (
          <NumberInput
            {...control}
            ref={(element: HTMLInputElement) => (input = element)}
            autofocus
            unit="MINA"
            value={text()}
            onValue={setText}
            onBlur={() => setTouched(text() !== '')}
          />
        )}
      </Field>
    </OrderDialog>
  );
}

const HOUR = 3_600_000;
const SPANS = {
  day: { label: '1 day', milliseconds: 24 * HOUR },
  week: { label: '1 week', milliseconds: 7 * 24 * HOUR },
  month: { label: '30 days', milliseconds: 30 * 24 * HOUR },
} as const;
type Span = keyof typeof SPANS | 'own';

/** @returns in `onConfirm` slots from now on */
function ExtendDialog(props: DialogProps<number> & { readonly clock: SlotClock }) {
  const [span, setSpan] = createSignal<Span>('week');
  const [hours, setHours] = createSignal('48');
  let input: HTMLInputElement | undefined;
  const slots = (): number | undefined => {
    const chosen = span();
    if (chosen !== 'own') return slotsFor(props.clock, SPANS[chosen].milliseconds);
    return /^[1-9][0-9]{0,3}$/.test(hours().trim())
      ? slotsFor(props.clock, Number(hours()) * HOUR)
      : undefined;
  };
  const expiry = (): number | undefined => {
    const count = slots();
    return count === undefined ? undefined : Math.max(props.clock.slot, props.reading.slot) + count;
  };
  const error = (): string | undefined => {
    const end = expiry();
    if (end === undefined) return 'Write whole hours, such as 48.';
    return end <= props.reading.state.expiry
      ? 'That is no later than the tab ends now; choose longer.'
      : undefined;
  };
  return (
    <OrderDialog
      isOpen={props.isOpen}
      title="Extend"
      confirm="Sign the extension"
      effects={extendEffects(props.reading)}
      obstacle={span() === 'own' ? undefined : error()}
      onClose={() => props.onClose()}
      onConfirm={() => {
        const count = slots();
        if (count !== undefined && error() === undefined) props.onConfirm(count);
        else input?.focus();
      }}
    >
      <p class="soft">
        The tab’s key signs a later end, your wallet pays for the ring, and the provider proves it
        and sends it. A provider may refuse to plan that far.
      </p>
      <div class="stack stack--tight field--choice">
        <span class="field__label">From now on, for</span>
        <Segments
          label="How long from now"
          value={span()}
          options={[
            ...Object.entries(SPANS).map(([value, { label }]) => ({
              value: value as Span,
              label: label,
            })),
            { value: 'own', label: 'Other' },
          ]}
          onValue={setSpan}
        />
      </div>
      <Show when={span() === 'own'}>
        <Field label="Hours from now" isRequired error={error()}>
          {(control) => (
            <NumberInput
              {...control}
              ref={(element: HTMLInputElement) => (input = element)}
              isWhole
              unit="hours"
              value={hours()}
              onValue={setHours}
            />
          )}
        </Field>
      </Show>
      <p>
        Ends now: <Expiry expiry={props.reading.state.expiry} clock={props.clock} isLong />
        <br />
        <Show when={error() === undefined && expiry()}>
          {(end) => (
            <>
              Then: <Expiry expiry={end()} clock={props.clock} isLong />
            </>
          )}
        </Show>
      </p>
    </OrderDialog>
  );
}

function CloseDialog(
  props: DialogProps<void> & { readonly work: OpenWork; readonly refund: string }
) {
  const jobs = (count: number): string => (count === 1 ? '1 job' : `${count} jobs`);
  return (
    <OrderDialog
      isOpen={props.isOpen}
      title="Close this tab"
      confirm="Sign the closing"
      variant="danger"
      effects={closeEffects(props.reading, props.work.unsettled)}
      onClose={() => props.onClose()}
      onConfirm={() => props.onConfirm()}
    >
      <p class="soft">
        The tab’s key signs the end of the tab at the last commit of its log. The provider settles
        what stands there, then sends the rest back to{' '}
        <Address value={props.refund} hasCopy={false} />, without waiting for the tab to expire.
        Nothing more can be bought from it.
      </p>
      <p>
        {props.work.published === 0
          ? 'No receipt waits to be settled.'
          : `${jobs(props.work.published)} with a receipt will be settled first.`}
      </p>
      <Show when={props.work.unfinished > 0}>
        <Notice tone="warn" title={`${jobs(props.work.unfinished)} not finished`}>
          The provider refuses to close while it is at work. Let what runs finish, then close.
        </Notice>
      </Show>
    </OrderDialog>
  );
}

function RefundDialog(props: DialogProps<void> & { readonly refund: string }) {
  const { settings } = useApp();
  return (
    <OrderDialog
      isOpen={props.isOpen}
      title="Refund in this page"
      confirm="Prove and refund"
      effects={refundEffects(props.reading)}
      onClose={() => props.onClose()}
      onConfirm={() => props.onConfirm()}
    >
      <p class="soft">
        This page proves that the tab is past its end; your wallet signs and pays the fee. The rest
        goes to <Address value={props.refund} hasCopy={false} />, whoever sends it.{' '}
        {settings().proofs
          ? 'Proving takes some minutes and all of the processor; the page has to stay open.'
          : 'This network makes no proofs: a dummy stands in for one.'}
      </p>
    </OrderDialog>
  );
}
