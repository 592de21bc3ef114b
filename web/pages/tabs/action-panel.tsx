import { type JSX, Match, Show, Switch, createResource, createSignal, onMount } from 'solid-js';
import { Amount } from '../../components/amount.tsx';
import { Address } from '../../components/address.tsx';
import { Button, type ButtonLook } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { CommandLine } from '../../components/copy.tsx';
import { Notice } from '../../components/notice.tsx';
import { saveAs } from '../../components/outputs/save.ts';
import { sentenceOf } from '../../components/sentence.ts';
import { SkeletonLines } from '../../components/skeleton.tsx';
import { toast } from '../../components/toasts.tsx';
import { useApp } from '../../store/app.tsx';
import { installCommand, refundCommand } from '../../store/command-lines.ts';
import {
  isolateFor,
  proverAvailability,
  provingSender,
  takeIntentOf,
} from '../../store/proving.ts';
import type { JobView } from '../../store/jobs.ts';
import { tabFile } from '../../store/tab-file.ts';
import type { TabView } from '../../store/tabs.ts';
import type { TabReading } from '../../../requester/tab.ts';
import { Expiry } from './expiry.tsx';
import { openWork } from './open-work.ts';
import { OrderCard } from './order-card.tsx';
import type { SlotClock } from '../../components/slot-clock.ts';
import { actionOf, dismissAction, runAction } from './tab-actions.ts';
import { CloseDialog, ExtendDialog, FundDialog, RefundDialog } from './tab-dialogs.tsx';
import { type TabStatus, canBuy, canRefund } from './tab-status.ts';

export { ActionPanel };

type Open = 'fund' | 'extend' | 'close' | 'refund';

/** What can be done with a tab just now, or what is under way in its place. */
function ActionPanel(props: {
  readonly view: TabView;
  readonly status: TabStatus;
  readonly clock: SlotClock | undefined;
  readonly jobs: readonly JobView[];
}) {
  const app = useApp();
  const [open, setOpen] = createSignal<Open>();
  const tab = (): string => props.view.tab;
  const action = () => actionOf(tab());
  const begin = (
    kind: Open,
    more: { readonly deposited?: string; readonly expiry?: number },
    work: Parameters<typeof runAction>[2]
  ): void => {
    setOpen(undefined);
    void runAction(tab(), { kind, stage: 'preparing', since: Date.now(), ...more }, work).then(() =>
      app.tabs.refresh(tab())
    );
  };
  const fund = (amount: bigint, { balance, state }: TabReading): void => {
    const deposited = String(balance + state.spent + amount);
    begin('fund', { deposited }, (options) => app.tabs.fund(tab(), amount, options));
  };
  const extend = (slots: number, { slot }: TabReading): void => {
    begin('extend', { expiry: slot + slots }, (options) => app.tabs.extend(tab(), slots, options));
  };
  const refund = (): void => {
    const intent = `refund ${tab()}`;
    begin('refund', {}, async (options) => {
      if ((await proverAvailability()).kind === 'after-reload') {
        const now = await isolateFor(intent);
        if (now.kind === 'unavailable') throw new Error(now.message);
      }
      const [requester, sender, { refundTab }] = await Promise.all([
        app.requester(),
        provingSender(app),
        import('../../../requester/tab-end.ts'),
      ]);
      return refundTab(requester, props.view, { ...options, sender });
    });
  };
  onMount(() => {
    // The page was loaded again in order to prove: what was kept of the order is not yet begun.
    if (takeIntentOf(`refund ${tab()}`)) void dismissAction(tab()).then(() => setOpen('refund'));
  });
  return (
    <Switch>
      <Match when={action()}>{(now) => <OrderCard tab={tab()} progress={now()} />}</Match>
      <Match when={props.view.reading}>
        {(reading) => (
          <Card
            title={canBuy(props.status) ? 'This tab' : 'After its end'}
            lead={
              <Show when={!reading().isClosed} fallback="Closed by both sides.">
                {reading().isExpired ? 'Ended ' : 'Ends '}
                <Expiry expiry={reading().state.expiry} clock={props.clock} isLong />
              </Show>
            }
            isRaised
          >
            <Switch>
              <Match when={canBuy(props.status)}>
                <Show when={props.status === 'expiring'}>
                  <Notice tone="warn" title="It ends soon">
                    What is published but not settled by then is not paid. Extend it if jobs still
                    run.
                  </Notice>
                </Show>
                <div class="tab-actions">
                  <Choice
                    title="Top up"
                    text="More MINA for jobs of this service."
                    button="Top up"
                    variant={reading().free === 0n ? 'primary' : 'plain'}
                    onClick={() => setOpen('fund')}
                  />
                  <Choice
                    title="Extend"
                    text="A later end, carried out by the provider."
                    button="Extend"
                    variant={props.status === 'expiring' ? 'primary' : 'plain'}
                    isDisabled={props.clock === undefined}
                    onClick={() => setOpen('extend')}
                  />
                  <Choice
                    title="Close"
                    text="End it now and get back what is left."
                    button="Close"
                    onClick={() => setOpen('close')}
                  />
                </div>
              </Match>
              <Match when={canRefund(props.status, reading().balance)}>
                <Refund view={props.view} reading={reading()} onProve={() => setOpen('refund')} />
              </Match>
              <Match when={true}>
                <p class="soft">
                  Nothing is left in it, and nothing is to be done. Its log can be verified for as
                  long as somebody keeps it.
                </p>
              </Match>
            </Switch>
            <FundDialog
              isOpen={open() === 'fund'}
              reading={reading()}
              onClose={() => setOpen(undefined)}
              onConfirm={(amount) => fund(amount, reading())}
            />
            <Show when={props.clock}>
              {(clock) => (
                <ExtendDialog
                  isOpen={open() === 'extend'}
                  reading={reading()}
                  clock={clock()}
                  onClose={() => setOpen(undefined)}
                  onConfirm={(slots) => extend(slots, reading())}
                />
              )}
            </Show>
            <CloseDialog
              isOpen={open() === 'close'}
              reading={reading()}
              work={openWork(props.jobs)}
              refund={props.view.terms.refund}
              onClose={() => setOpen(undefined)}
              onConfirm={() => begin('close', {}, (options) => app.tabs.close(tab(), options))}
            />
            <RefundDialog
              isOpen={open() === 'refund'}
              reading={reading()}
              refund={props.view.terms.refund}
              onClose={() => setOpen(undefined)}
              onConfirm={refund}
            />
          </Card>
        )}
      </Match>
      <Match when={props.view.state === 'reading'}>
        <Card title="This tab" isRaised>
          <SkeletonLines count={4} label="Reading what can be done" />
        </Card>
      </Match>
    </Switch>
  );
}

const Choice = (props: {
  readonly title: string;
  readonly text: string;
  readonly button: string;
  readonly variant?: ButtonLook['variant'];
  readonly isDisabled?: boolean;
  readonly onClick: () => void;
}) => (
  <div class="tab-actions__one">
    <div class="tab-actions__what">
      <p>{props.title}</p>
      <p class="small soft">{props.text}</p>
    </div>
    <Button
      variant={props.variant ?? 'plain'}
      disabled={props.isDisabled}
      aria-label={`${props.button} this tab`}
      onClick={() => props.onClick()}
    >
      {props.button}
    </Button>
  </div>
);

/** The provider does it; where it has vanished, anybody can. */
function Refund(props: {
  readonly view: TabView;
  readonly reading: TabReading;
  readonly onProve: () => void;
}): JSX.Element {
  const app = useApp();
  const [availability] = createResource(proverAvailability);
  const save = async (): Promise<void> => {
    try {
      const text = await tabFile(app.store, props.view.tab);
      saveAs(new Blob([text]), `${props.view.tab}.json`);
    } catch (error) {
      toast(sentenceOf(error), 'bad');
    }
  };
  const now = () => (availability.state === 'ready' ? availability() : undefined);
  return (
    <div class="stack">
      <p>
        <Amount nanomina={props.reading.balance} isStrong /> go back to{' '}
        <Address value={props.view.terms.refund} hasCopy={false} />. The provider’s daemon sends it
        by itself, usually within minutes.
      </p>
      <div class="stack stack--tight">
        <p class="soft small">Where the provider has vanished, send it yourself.</p>
        <Switch>
          <Match when={now()?.kind === 'unavailable' && now()} keyed>
            {(why) => <p class="soft small">{'message' in why ? why.message : ''}</p>}
          </Match>
          <Match when={now()}>
            <div>
              <Button onClick={() => props.onProve()}>Refund in this page</Button>
            </div>
          </Match>
        </Switch>
        <p class="soft small">Or with the command line, which needs the tab’s key file:</p>
        <div>
          <Button size="small" icon="download" onClick={() => void save()}>
            Save the key file
          </Button>
        </div>
        <CommandLine line={installCommand(props.view.tab)} />
        <CommandLine line={refundCommand(app.settings(), props.view.tab)} />
        <p class="faint small">
          It proves that the tab is past its end and pays the fee; the money can only go to the
          address above. Whoever has the key file can buy from the tab, so keep it to yourself.
        </p>
      </div>
    </div>
  );
}
