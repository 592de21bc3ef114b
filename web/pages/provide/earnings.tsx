import { Match, Show, Switch, createMemo, createResource } from 'solid-js';
import { Address } from '../../components/address.tsx';
import { Amount } from '../../components/amount.tsx';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Empty } from '../../components/empty.tsx';
import { Notice } from '../../components/notice.tsx';
import { sentenceOf } from '../../components/sentence.ts';
import { SkeletonLines } from '../../components/skeleton.tsx';
import { useApp } from '../../store/app.tsx';
import { createSlotClock } from '../tabs/clock.ts';
import { Expiry } from '../tabs/expiry.tsx';
import type { TabEarnings } from '../../../requester/earnings.ts';
import { earningsTotals } from './earnings-totals.ts';

export { Earnings };

/** What each tab has paid, and what it still holds that jobs can be paid from. */
function Earnings(props: { readonly service: string }) {
  const app = useApp();
  const clock = createSlotClock(app.chain);
  const [read, { refetch }] = createResource(
    () => (app.isReady() ? props.service : undefined),
    (service) => app.provide.earnings(service)
  );
  const totals = createMemo(() =>
    read.state === 'ready' ? earningsTotals(read().tabs, clock()?.slot) : undefined
  );
  const columns: readonly Column<TabEarnings>[] = [
    {
      id: 'tab',
      label: 'Tab',
      isTitle: true,
      cell: ({ tab }) => <Address value={tab} href={`#/verify/${tab}`} />,
    },
    {
      id: 'spent',
      label: 'Settled',
      isNumber: true,
      cell: ({ spent }) => <Amount nanomina={spent} hasUnit={false} />,
    },
    {
      id: 'balance',
      label: 'Still holds',
      isNumber: true,
      cell: ({ balance }) => <Amount nanomina={balance} hasUnit={false} />,
    },
    {
      id: 'expiry',
      label: 'Ends',
      isNumber: true,
      cell: ({ expiry }) => (
        <Show when={expiry !== 0} fallback={<span class="faint">closed</span>}>
          <Expiry expiry={expiry} clock={clock()} />
        </Show>
      ),
    },
  ];
  return (
    <Card
      title="Earnings"
      lead="By tab, as the tabs’ accounts hold it. What a tab still holds is what jobs can be paid from; the rest goes back to its requester. In MINA."
      aside={
        <Button size="small" icon="refresh" onClick={() => void refetch()}>
          Read again
        </Button>
      }
      isFlush
    >
      <Switch>
        <Match when={read.state === 'errored'}>
          <div class="tab-card-inset">
            <Notice tone="bad" title="Earnings could not be read">
              {sentenceOf(read.error)}
            </Notice>
          </div>
        </Match>
        <Match when={read.state === 'ready' && read()}>
          {(earnings) => (
            <Show
              when={earnings().tabs.length > 0}
              fallback={
                <Empty icon="tabs" title="No tab has rung yet">
                  Tabs appear here with their first request in the inbox.
                </Empty>
              }
            >
              <DataTable caption="Earnings by tab" columns={columns} items={earnings().tabs} />
              <div class="earnings-total">
                <span>
                  {earnings().tabs.length === 1 ? 'One tab' : `${earnings().tabs.length} tabs`}
                  <Show when={earnings().isPartial}>
                    <span class="faint"> · more may be missing</span>
                  </Show>
                </span>
                <span>
                  Settled <Amount nanomina={totals()!.settled} isStrong />
                </span>
                <span>
                  Open tabs hold <Amount nanomina={totals()!.open} isStrong />
                </span>
              </div>
            </Show>
          )}
        </Match>
        <Match when={true}>
          <div class="tab-card-inset">
            <SkeletonLines count={4} label="Reading the inbox and the tabs" />
          </div>
        </Match>
      </Switch>
    </Card>
  );
}
