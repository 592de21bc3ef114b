import { Match, Show, Switch } from 'solid-js';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { Notice } from '../../components/notice.tsx';
import { Steps } from '../../components/steps.tsx';
import { actionOf, dismissAction } from './tab-actions.ts';
import { type OrderKind, isRefused, isSurelyUnsent, stepsOf } from './tab-order.ts';

export { OrderCard };

const TITLES: Readonly<Record<OrderKind, string>> = {
  fund: 'Topping up',
  extend: 'Extending',
  close: 'Closing',
  refund: 'Refunding',
};

const DONE: Readonly<Record<OrderKind, string>> = {
  fund: 'The tab is topped up.',
  extend: 'The tab ends later.',
  close: 'The tab is closed, and the rest is on its way back.',
  refund: 'The rest was sent back.',
};

/** Something under way: every step, and what a reload or a failure in the middle means. */
function OrderCard(props: {
  readonly tab: string;
  readonly progress: NonNullable<ReturnType<typeof actionOf>>;
}) {
  const order = () => props.progress.order;
  const isLeft = (): boolean =>
    !props.progress.isRunning && !props.progress.isDone && order().stage !== 'provider';
  const isUnsent = (): boolean => isLeft() && isSurelyUnsent(order());
  return (
    <Card
      title={props.progress.isDone ? DONE[order().kind] : TITLES[order().kind]}
      isRaised
      footer={
        <Show
          when={!props.progress.isRunning}
          fallback="You may look at other pages meanwhile; keep this window open until it is sent."
        >
          <Button size="small" onClick={() => void dismissAction(props.tab)}>
            {props.progress.isDone
              ? 'Done'
              : isUnsent() || isRefused(props.progress)
                ? 'Back'
                : 'Stop watching'}
          </Button>
        </Show>
      }
    >
      <div class="stack">
        <Steps steps={stepsOf(props.progress)} />
        <Switch>
          <Match when={isUnsent()}>
            <Notice tone="warn" title="Nothing was sent">
              {props.progress.error === undefined
                ? 'The page was left before the transaction went out. Go back and begin again.'
                : 'It ended before the transaction went out: no MINA has moved. Go back and begin again.'}
            </Notice>
          </Match>
          <Match when={isLeft()}>
            <Notice tone="warn" title="It may be on its way">
              It was being sent when{' '}
              {props.progress.error === undefined ? 'the page was left' : 'this failed'}. If a block
              includes it, this page shows it by itself; don’t begin again before you have looked at
              the wallet.
            </Notice>
          </Match>
          <Match when={isRefused(props.progress)}>
            <Notice tone="bad" title="The provider refused">
              The tab is as it was; only the ring’s fee is gone. Mend what it says, and begin again.
            </Notice>
          </Match>
          <Match when={!props.progress.isDone && order().stage === 'provider'}>
            <p class="soft small">
              The ring is in the inbox of the service. The provider proves and sends the rest,
              usually within minutes; this page may be closed. If it never does, the tab simply ends
              when it expires.
            </p>
          </Match>
        </Switch>
      </div>
    </Card>
  );
}
