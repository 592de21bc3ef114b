import { useNavigate } from '@solidjs/router';
import { Match, Show, Switch, createMemo, createSignal } from 'solid-js';
import { formatMina } from '../../../contracts/formats/amount.ts';
import { priceOf } from '../../../contracts/formats/descriptor.ts';
import type { ServiceReading } from '../../../requester/service.ts';
import { Amount } from '../../components/amount.tsx';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { Field } from '../../components/field.tsx';
import { Notice } from '../../components/notice.tsx';
import { NumberInput } from '../../components/number-input.tsx';
import { Range } from '../../components/range.tsx';
import { Segments, Select } from '../../components/select.tsx';
import { Steps } from '../../components/steps.tsx';
import { Words } from '../../components/words.tsx';
import { inert } from '../../components/inert.ts';
import { shorten } from '../../components/shorten.ts';
import { WalletConnect } from '../../shell/wallet-connect.tsx';
import { useApp } from '../../store/app.tsx';
import { openingCost } from './cost.ts';
import { lastCost } from './estimate.ts';
import type { OrderForm } from './order-form.ts';
import { type Funding, createFunding, DURATIONS } from './funding.ts';
import { createPurchase } from './purchase.ts';

export { PurchasePanel };

/** The one decision of the page: how much at most, from what, and go. */
function PurchasePanel(props: {
  readonly reading: ServiceReading;
  readonly form: OrderForm;
  readonly onBought: () => void;
}) {
  const app = useApp();
  const navigate = useNavigate();
  const price = () => priceOf(props.reading.descriptor);
  const last = createMemo(() => lastCost(app.jobs.list(), props.reading.address));
  const funding = createFunding(app, () => props.reading);
  const purchase = createPurchase(app, {
    reading: () => props.reading,
    onBought: ({ tab, sequences }) => {
      props.onBought();
      navigate(`/job/${tab}/${sequences[0] ?? 1}`);
    },
  });
  const buy = (): void => {
    const order = props.form.order();
    const way = funding.chosen();
    if (order === undefined || way === undefined) {
      // Drawn by then.
      queueMicrotask(() =>
        document.querySelector<HTMLElement>('main [aria-invalid="true"]')?.focus()
      );
      return;
    }
    void purchase.start(order, way);
  };
  const isUnable = (): boolean =>
    app.wallet.status() !== 'connected' || funding.shortage() !== undefined;
  return (
    <Card
      isRaised
      title="Buy a run"
      footer="Whatever the job does not use stays yours: after its last day a tab’s rest comes back to your wallet."
    >
      <form
        class="purchase"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          buy();
        }}
      >
        <div>
          <p class="purchase__price">
            <span class="faint small">at most</span>
            <span class="purchase__cap">
              <Amount nanomina={funding.cap()} />
            </span>
          </p>
          <p class="purchase__formula">
            {formatMina(price().base)} + {formatMina(price().perSecond)} × seconds of CPU time
          </p>
          <Show when={last()}>
            {(cost) => (
              <p class="purchase__formula">
                Your last job here cost <Amount nanomina={cost()} />.
              </p>
            )}
          </Show>
        </div>
        <Show when={price().perSecond > 0n}>
          <Field
            label="Seconds of CPU time, at most"
            hint="Two busy cores use two a second. A job that needs less costs less; one that needs more is still paid only this."
            error={funding.secondsError()}
          >
            {(control) => (
              <div class="purchase__seconds">
                <Range
                  label="Seconds of CPU time, at most"
                  valueText={`${funding.seconds()} seconds, at most ${formatMina(funding.cap())} MINA`}
                  min={1}
                  max={funding.mostSeconds()}
                  value={funding.seconds()}
                  onValue={(text) => funding.setSeconds(text)}
                />
                <NumberInput
                  {...control}
                  isWhole
                  unit="s"
                  value={funding.secondsText()}
                  onValue={(text) => funding.setSeconds(text)}
                />
              </div>
            )}
          </Field>
        </Show>
        <Source funding={funding} />
        <Switch>
          <Match when={purchase.steps().length > 0}>
            <div class="purchase__steps">
              <Steps steps={purchase.steps()} />
            </div>
          </Match>
          <Match when={props.reading.state.paused}>
            <Notice tone="warn" title="Paused by its owner">
              It takes no new jobs just now. What runs already is settled as agreed.
            </Notice>
          </Match>
          <Match when={app.wallet.status() === 'wrong-network'}>
            <Notice
              tone="warn"
              title="The wallet is on another network"
              actions={
                <Button size="small" onClick={() => void app.wallet.switchNetwork()}>
                  Switch the wallet
                </Button>
              }
            >
              It cannot pay here until it is on the node’s network.
            </Notice>
          </Match>
          <Match when={funding.needsWallet() && app.wallet.status() !== 'connected'}>
            <div class="stack stack--tight">
              <WalletConnect />
            </div>
          </Match>
          <Match when={funding.shortage()}>
            {(shortage) => (
              <Notice tone="warn" title="Not enough in the wallet">
                <Words text={shortage()} />
              </Notice>
            )}
          </Match>
        </Switch>
        <Show when={purchase.changes().length > 0}>
          <Notice tone="warn" title="The service changed since you opened this page">
            <ul class="purchase__changes">
              {purchase.changes().map((change) => (
                <li>{change}</li>
              ))}
            </ul>
            Nothing was signed. Look again, then press once more.
          </Notice>
        </Show>
        <Show when={purchase.failure()}>
          {(failure) => (
            <Notice tone={failure().isRejection ? 'info' : 'bad'}>
              <Words text={failure().sentence} />
            </Notice>
          )}
        </Show>
        <Show when={!(funding.needsWallet() && app.wallet.status() !== 'connected')}>
          <Button
            type="submit"
            variant="primary"
            size="large"
            isWide
            isBusy={purchase.isBusy()}
            disabled={props.reading.state.paused || (funding.needsWallet() && isUnable())}
          >
            {funding.source() === 'new' ? 'Open a tab and buy' : 'Buy from this tab'}
          </Button>
        </Show>
        <Show
          when={purchase.canCancel()}
          fallback={
            <p class="purchase__after">
              {funding.needsWallet()
                ? 'Your wallet asks once. Nothing is proven in this page.'
                : 'Signed with the tab’s own key: your wallet is not asked.'}
            </p>
          }
        >
          <Button variant="quiet" isWide onClick={() => purchase.cancel()}>
            Cancel
          </Button>
        </Show>
      </form>
    </Card>
  );
}

/** From an open tab or a new one. */
const Source = (props: { readonly funding: Funding }) => (
  <div class="purchase__source">
    <Show when={props.funding.tabs().length > 0}>
      <Segments
        label="Pay from"
        value={props.funding.source()}
        options={[
          { value: 'open', label: 'An open tab' },
          { value: 'new', label: 'A new tab' },
        ]}
        onValue={(source) => props.funding.setSource(source)}
      />
    </Show>
    <Show
      when={props.funding.source() === 'open'}
      fallback={<NewTabFields funding={props.funding} />}
    >
      <Field label="Tab" error={props.funding.tabError()}>
        {(control) => (
          <Select
            {...control}
            value={props.funding.tab()}
            options={props.funding.tabs().map(({ tab, free }) => ({
              value: tab,
              label: `${shorten(inert(tab), 6, 5)}, ${formatMina(free)} MINA free`,
            }))}
            onValue={(tab) => props.funding.setTab(tab)}
          />
        )}
      </Field>
    </Show>
  </div>
);

const NewTabFields = (props: { readonly funding: Funding }) => {
  const bill = createMemo(() => {
    const amount = props.funding.amount();
    return amount === undefined ? undefined : { amount, ...openingCost(amount) };
  });
  const [isOpen, setOpen] = createSignal(false);
  return (
    <>
      <div class="purchase__two">
        <Field
          label="Into the tab"
          hint={coveredWords(props.funding.covered())}
          error={props.funding.amountError()}
        >
          {(control) => (
            <NumberInput
              {...control}
              unit="MINA"
              value={props.funding.amountText()}
              onValue={(text) => props.funding.setAmount(text)}
            />
          )}
        </Field>
        <Field label="Open for">
          {(control) => (
            <Select
              {...control}
              value={props.funding.duration()}
              options={DURATIONS}
              onValue={(duration) => props.funding.setDuration(duration)}
            />
          )}
        </Field>
      </div>
      <Show when={bill()}>
        {(sum) => (
          <div class="purchase__bill">
            <div>
              <span>Into the tab</span>
              <Amount nanomina={sum().amount} />
            </div>
            <div>
              <span>
                New account{' '}
                <button
                  type="button"
                  class="purchase__why"
                  aria-expanded={isOpen()}
                  onClick={() => setOpen((was) => !was)}
                >
                  why?
                </button>
              </span>
              <Amount nanomina={sum().account} />
            </div>
            <Show when={isOpen()}>
              <p class="purchase__note">
                Mina takes 1 MINA once for each new account; it does not come back. A tab used again
                costs it only the first time.
              </p>
            </Show>
            <div>
              <span>Fee, about</span>
              <Amount nanomina={sum().fee} />
            </div>
            <div>
              <span>From your wallet</span>
              <Amount nanomina={sum().total} isStrong />
            </div>
          </div>
        )}
      </Show>
    </>
  );
};

const coveredWords = (jobs: bigint | undefined): string | undefined =>
  jobs === undefined ? undefined : jobs === 1n ? 'For 1 job' : `For ${jobs} jobs at their most`;
