import { For, Match, Show, Switch, createMemo, createSignal } from 'solid-js';
import { Address } from '../../components/address.tsx';
import { Amount } from '../../components/amount.tsx';
import { Badge } from '../../components/badge.tsx';
import { Button, LinkButton } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Empty } from '../../components/empty.tsx';
import { type Order, turned } from '../../components/order.ts';
import { Page } from '../../components/page.tsx';
import { Skeleton, SkeletonLines } from '../../components/skeleton.tsx';
import { shorten } from '../../components/shorten.ts';
import { Words } from '../../components/words.tsx';
import { useApp } from '../../store/app.tsx';
import type { TabView } from '../../store/tabs.ts';
import { actionOf } from './tab-actions.ts';
import { createSlotClock } from './clock.ts';
import { Expiry } from './expiry.tsx';
import { STATUS_TONES, STATUS_WORDS, canBuy, statusOf, totalsOf } from './tab-status.ts';
import { sortTabs } from './tab-sort.ts';
import './tabs.css';

export { TabList };

/** Every tab whose keys are in this browser. */
function TabList() {
  const app = useApp();
  const clock = createSlotClock(app.chain);
  const slot = (): number => clock()?.slot ?? 0;
  const [order, setOrder] = createSignal<Order>({ column: 'state', isDescending: false });
  const tabs = createMemo(() => sortTabs(app.tabs.list(), order(), slot()));
  const totals = createMemo(() => totalsOf(app.tabs.list(), slot()));
  const money = (of: (view: TabView) => bigint | undefined) => (view: TabView) => (
    <Show
      when={of(view) !== undefined}
      fallback={
        view.state === 'reading' ? <Skeleton width="short" /> : <span class="faint">–</span>
      }
    >
      <Amount nanomina={of(view)!} hasUnit={false} />
    </Show>
  );
  /** What an ended tab holds can be had back, but buys nothing. */
  const buying = (of: (view: TabView) => bigint | undefined) => (view: TabView) => (
    <Show
      when={view.reading === undefined || canBuy(statusOf(view, slot()))}
      fallback={<span class="faint">–</span>}
    >
      {money(of)(view)}
    </Show>
  );
  const columns: readonly Column<TabView>[] = [
    {
      id: 'service',
      label: 'Service',
      isSortable: true,
      isTitle: true,
      cell: (view) => (
        <div class="tab-name">
          <a href={`#/tabs/${view.tab}`}>
            <Show when={view.serviceName} fallback={`Tab ${shorten(view.tab, 6, 5)}`}>
              {(name) => <Words text={name()} />}
            </Show>
          </a>
          <Address value={view.tab} hasCopy={false} />
        </div>
      ),
    },
    {
      id: 'state',
      label: 'State',
      isSortable: true,
      cell: (view) => <TabBadge view={view} slot={slot()} />,
    },
    {
      id: 'balance',
      label: 'Holds',
      isNumber: true,
      isSortable: true,
      cell: money((view) => view.reading?.balance),
    },
    {
      id: 'promised',
      label: 'Promised',
      isNumber: true,
      isSortable: true,
      cell: buying((view) => view.reading?.promised),
    },
    {
      id: 'free',
      label: 'Free',
      isNumber: true,
      isSortable: true,
      cell: buying((view) => view.reading?.free),
    },
    {
      id: 'spent',
      label: 'Spent',
      isNumber: true,
      isSortable: true,
      cell: money((view) => view.reading?.state.spent),
    },
    {
      id: 'expiry',
      label: 'Ends',
      isNumber: true,
      isSortable: true,
      cell: (view) => (
        <Show when={view.reading} fallback="–">
          {(reading) => <Expiry expiry={reading().state.expiry} clock={clock()} />}
        </Show>
      ),
    },
  ];
  return (
    <Page
      title="Tabs"
      lead="A tab is an escrow of yours at one service: jobs are paid from it, and what is left comes back when it ends."
      actions={
        <Show when={app.tabs.list().length > 0}>
          <Button icon="refresh" onClick={() => void app.tabs.refresh()}>
            Refresh
          </Button>
        </Show>
      }
    >
      <Switch>
        <Match when={app.tabs.list().length > 0}>
          <dl class="totals">
            <For
              each={
                [
                  ['Held in all tabs', 'balance'],
                  ['Promised to jobs', 'promised'],
                  ['Free for jobs', 'free'],
                  ['Spent so far', 'spent'],
                ] as const
              }
            >
              {([label, of]) => (
                <div class="totals__one">
                  <dt>{label}</dt>
                  <dd>
                    <Amount nanomina={totals()[of]} isStrong />
                  </dd>
                </div>
              )}
            </For>
          </dl>
          <Card isFlush>
            <DataTable
              caption="Tabs"
              columns={columns}
              items={tabs()}
              order={order()}
              onOrder={(column) => setOrder((before) => turned(before, column))}
            />
          </Card>
          <p class="faint small">
            Amounts in MINA.{' '}
            <Show when={totals().unread > 0}>
              {totals().unread === 1 ? 'One tab is' : `${totals().unread} tabs are`} not in the
              sums, since {totals().unread === 1 ? 'its account was' : 'their accounts were'} not
              read.{' '}
            </Show>
            The keys of these tabs are in this browser only: keep a copy with{' '}
            <a href="#/settings">an export</a>.
          </p>
        </Match>
        <Match when={app.tabs.isLoading() || !app.isReady()}>
          <Card>
            <SkeletonLines count={5} label="Reading the tabs kept in this browser" />
          </Card>
        </Match>
        <Match when={true}>
          <Card>
            <Empty
              icon="tabs"
              title="No tab yet"
              actions={
                <>
                  <LinkButton variant="primary" href="#/market">
                    Choose a service
                  </LinkButton>
                  <LinkButton href="#/settings">Import keys</LinkButton>
                </>
              }
            >
              A tab is opened with your first job at a service. Opened one elsewhere? Import its
              keys.
            </Empty>
          </Card>
        </Match>
      </Switch>
    </Page>
  );
}

const UNDER_WAY = {
  fund: 'Topping up',
  extend: 'Extending',
  close: 'Closing',
  refund: 'Refunding',
} as const;

/** State, what goes on, and why a tab cannot be read. */
function TabBadge(props: { readonly view: TabView; readonly slot: number }) {
  const status = () => statusOf(props.view, props.slot);
  const underWay = () => {
    const action = actionOf(props.view.tab);
    return action === undefined || action.isDone ? undefined : UNDER_WAY[action.order.kind];
  };
  return (
    <div class="tab-state">
      <Badge tone={STATUS_TONES[status()]}>{STATUS_WORDS[status()]}</Badge>
      <Show when={underWay()}>
        {(words) => (
          <Badge tone="accent" isLive>
            {words()}
          </Badge>
        )}
      </Show>
      <Show when={props.view.error}>
        {(error) => <span class="tab-state__why">{error()}</span>}
      </Show>
    </div>
  );
}
