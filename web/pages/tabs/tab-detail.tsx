import { Match, Show, Switch, createEffect, createMemo, onCleanup } from 'solid-js';
import { Address } from '../../components/address.tsx';
import { Back } from '../../components/back.tsx';
import { Badge } from '../../components/badge.tsx';
import { Button, LinkButton } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { Empty } from '../../components/empty.tsx';
import { Notice } from '../../components/notice.tsx';
import { Page } from '../../components/page.tsx';
import { SkeletonLines } from '../../components/skeleton.tsx';
import { shorten } from '../../components/shorten.ts';
import { Words } from '../../components/words.tsx';
import { useApp } from '../../store/app.tsx';
import { createPoll } from '../../store/poll.ts';
import type { TabView } from '../../store/tabs.ts';
import { createSlotClock } from './clock.ts';
import { PromiseBar } from './promise-bar.tsx';
import { actionOf, noticeReading, noticeRefusal, restoreAction } from './tab-actions.ts';
import { ActionPanel } from './action-panel.tsx';
import { TabJobs } from './tab-jobs.tsx';
import { TabLog } from './tab-log.tsx';
import { STATUS_TONES, STATUS_WORDS, canBuy, statusOf } from './tab-status.ts';
import { isRefused } from './tab-order.ts';
import { TabTerms } from './tab-terms.tsx';
import './tabs.css';

export { TabDetail };

/** Milliseconds between two looks while somebody waits for the provider. */
const LOOK_EVERY = 8_000;

function TabDetail(props: { readonly tab: string }) {
  const app = useApp();
  const view = app.tabs.tab(props.tab);
  const clock = createSlotClock(app.chain);
  const status = createMemo(() => {
    const tab = view();
    return tab === undefined ? 'reading' : statusOf(tab, clock()?.slot);
  });
  const jobs = createMemo(() => app.jobs.list().filter(({ tab }) => tab === props.tab));
  const service = createMemo(() => {
    const terms = view()?.terms;
    return terms === undefined ? undefined : app.services.service(terms.service);
  });

  void restoreAction(props.tab);
  createEffect(() => {
    const reading = view()?.reading;
    if (reading !== undefined && actionOf(props.tab) !== undefined)
      void noticeReading(props.tab, reading);
  });
  const isWaiting = createMemo(() => {
    const action = actionOf(props.tab);
    return action !== undefined && !action.isDone && !isRefused(action);
  });
  createEffect(() => {
    if (!isWaiting()) return;
    const poll = createPoll(async () => {
      await app.tabs.refresh(props.tab);
      await noticeRefusal(props.tab, (digest) => app.tabs.refusal(props.tab, digest));
      return LOOK_EVERY;
    });
    void poll.now().catch(() => undefined);
    onCleanup(() => poll.stop());
  });

  const name = (): string => view()?.serviceName ?? `Tab ${shorten(props.tab, 6, 5)}`;
  return (
    <Page
      title="Tab"
      above={<Back href="#/tabs">Tabs</Back>}
      heading={
        <span class="tab-heading">
          <Words text={name()} />
          <Show when={view()}>
            <Badge tone={STATUS_TONES[status()]}>{STATUS_WORDS[status()]}</Badge>
          </Show>
        </span>
      }
      lead={<Address value={props.tab} />}
      actions={
        <Show when={view()}>
          {(tab) => (
            <>
              <Button icon="refresh" onClick={() => void app.tabs.refresh(props.tab)}>
                Refresh
              </Button>
              <Show when={canBuy(status())}>
                <LinkButton variant="primary" href={`#/service/${tab().terms.service}`}>
                  Order a job
                </LinkButton>
              </Show>
            </>
          )}
        </Show>
      }
    >
      <Switch>
        <Match when={view()}>
          {(tab) => (
            <div class="split tab-split">
              <div class="stack stack--wide">
                <Money view={tab()} />
                <TabJobs jobs={jobs()} isLoading={app.jobs.isLoading()} />
                <TabLog
                  tab={props.tab}
                  jobs={jobs()}
                  service={service()?.()}
                  head={tab().reading?.state.head}
                />
                <TabTerms terms={tab().terms} />
              </div>
              <div class="split__side">
                <ActionPanel view={tab()} status={status()} clock={clock()} jobs={jobs()} />
              </div>
            </div>
          )}
        </Match>
        <Match when={app.tabs.isLoading() || !app.isReady()}>
          <Card>
            <SkeletonLines count={6} label="Reading the tab" />
          </Card>
        </Match>
        <Match when={true}>
          <Card>
            <Empty
              icon="key"
              title="The keys of this tab are not in this browser"
              actions={
                <>
                  <LinkButton variant="primary" href="#/settings">
                    Import keys
                  </LinkButton>
                  <LinkButton href={`#/verify/${encodeURIComponent(props.tab)}`}>
                    Verify it without keys
                  </LinkButton>
                </>
              }
            >
              Export them where the tab was opened, then import the file here. What the tab did can
              be read and verified by anybody.
            </Empty>
          </Card>
        </Match>
      </Switch>
    </Page>
  );
}

/** What it holds: promised and free while it is open, what comes back once it has ended. */
function Money(props: { readonly view: TabView }) {
  const app = useApp();
  return (
    <Card title="Money">
      <Switch>
        <Match when={props.view.reading}>
          {(reading) => (
            <PromiseBar
              parts={
                reading().isClosed || reading().isExpired
                  ? [
                      { id: 'spent', label: 'Spent on jobs', nanomina: reading().state.spent },
                      { id: 'back', label: 'Comes back', nanomina: reading().balance },
                    ]
                  : [
                      { id: 'spent', label: 'Spent on jobs', nanomina: reading().state.spent },
                      { id: 'promised', label: 'Promised', nanomina: reading().promised },
                      { id: 'free', label: 'Free', nanomina: reading().free },
                    ]
              }
            />
          )}
        </Match>
        <Match when={props.view.error}>
          {(error) => (
            <Notice
              tone="bad"
              title="The tab’s account could not be read"
              actions={
                <Button size="small" onClick={() => void app.tabs.refresh(props.view.tab)}>
                  Try again
                </Button>
              }
            >
              {error()}
            </Notice>
          )}
        </Match>
        <Match when={props.view.state === 'elsewhere'}>
          <Notice
            tone="info"
            title="This tab is on another network"
            actions={
              <LinkButton size="small" href="#/settings">
                Settings
              </LinkButton>
            }
          >
            It was opened on <span class="mono">{props.view.terms.network}</span>. Choose a node of
            that network to see what it holds.
          </Notice>
        </Match>
        <Match when={props.view.state === 'opening'}>
          <Notice tone="info" title="The tab is being opened">
            Its keys are kept here. It holds money once a block has its first transaction; if that
            never comes, nothing was paid.
          </Notice>
        </Match>
        <Match when={true}>
          <SkeletonLines count={3} label="Reading the tab’s account" />
        </Match>
      </Switch>
    </Card>
  );
}
