import { useParams, useSearchParams } from '@solidjs/router';
import { Match, Show, Switch, createMemo, createResource } from 'solid-js';
import { isKey } from '../../../contracts/formats/key.ts';
import { describeExit } from '../../../contracts/formats/job.ts';
import { Address } from '../../components/address.tsx';
import { Amount } from '../../components/amount.tsx';
import { Back } from '../../components/back.tsx';
import { Button, LinkButton } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { Empty } from '../../components/empty.tsx';
import { JobBadge } from '../../components/job-badge.tsx';
import { Notice } from '../../components/notice.tsx';
import { Page } from '../../components/page.tsx';
import { sentenceOf } from '../../components/sentence.ts';
import { SkeletonLines } from '../../components/skeleton.tsx';
import { Steps } from '../../components/steps.tsx';
import { Time } from '../../components/time.tsx';
import { Words } from '../../components/words.tsx';
import { useApp } from '../../store/app.tsx';
import type { JobView } from '../../store/jobs.ts';
import { rawCidOf } from '../../../contracts/formats/cid.ts';
import { jobSteps } from './job-steps.ts';
import { ReceiptCard } from './receipt-card.tsx';
import { ResultTabs, type ResultTab } from './result-tabs.tsx';
import './job.css';

const LAST_SEQUENCE = 2 ** 32 - 1;

/** One job from order to payment, and what it left behind. */
export default function Job() {
  const app = useApp();
  const params = useParams<{ tab: string; sequence: string }>();
  const place = createMemo(() => {
    const sequence = Number(params.sequence);
    const isOne = /^[1-9][0-9]{0,9}$/.test(params.sequence) && sequence <= LAST_SEQUENCE;
    return isKey(params.tab) && isOne ? { tab: params.tab, sequence } : undefined;
  });
  const job = createMemo(() => {
    const at = place();
    return at === undefined ? undefined : app.jobs.job(at.tab, at.sequence)();
  });
  return (
    <Page
      title={place() === undefined ? 'No such job' : `Job ${place()!.sequence}`}
      above={<Back href="#/jobs">Jobs</Back>}
      heading={
        <span class="job__heading">
          Job {params.sequence}
          <Show when={job()}>{(found) => <JobBadge state={found().state} />}</Show>
        </span>
      }
      lead={
        <Show when={job()}>
          {(found) => (
            <span class="row row--tight">
              <a href={`#/service/${found().service}`}>
                <Words text={found().serviceName ?? 'Service'} />
              </a>
              <span class="job__tab">
                <span class="faint">from tab</span>
                <Address value={found().tab} href={`#/tabs/${found().tab}`} />
              </span>
            </span>
          )}
        </Show>
      }
      actions={
        <Show when={job()?.entry} keyed>
          {(entry) => (
            <LinkButton
              icon="verify"
              href={`#/verify/${String(rawCidOf(entry.commit.receipt))}?tab=${job()!.tab}&service=${job()!.service}`}
            >
              Verify this
            </LinkButton>
          )}
        </Show>
      }
    >
      <Switch>
        <Match when={place() === undefined}>
          <Empty icon="alert" title="This address names no job">
            It should read <code>#/job/&lt;tab&gt;/&lt;number&gt;</code>, with the address of a tab
            and a number from 1.
          </Empty>
        </Match>
        <Match when={job()}>{(found) => <JobBody job={found()} />}</Match>
        <Match when={app.jobs.isLoading()}>
          <SkeletonLines count={8} label="Reading the jobs of this browser" />
        </Match>
        <Match when={true}>
          <Empty
            icon="jobs"
            title="This browser did not order that job"
            actions={
              <>
                <LinkButton icon="verify" href={`#/verify/${params.tab}`}>
                  Verify its tab
                </LinkButton>
                <LinkButton href="#/settings">Import keys</LinkButton>
              </>
            }
          >
            Whoever holds the tab’s keys sees its jobs. Receipts are public: anybody can verify
            them.
          </Empty>
        </Match>
      </Switch>
    </Page>
  );
}

function JobBody(props: { readonly job: JobView }) {
  const app = useApp();
  const [search, setSearch] = useSearchParams<{ view?: string; line?: string }>();
  // Only the commit's id matters: a job is read again and again while it is watched.
  const entry = createMemo(() => props.job.entry, undefined, {
    equals: (before, now) => before?.id === now?.id,
  });
  const [reader, { refetch }] = createResource(
    () => entry()?.id,
    () => app.jobs.result(props.job.tab, props.job.sequence)
  );
  const service = () => app.services.service(props.job.service)().reading;
  const isUnsent = (): boolean => props.job.state === 'sending';
  return (
    <>
      <Show when={props.job.problem}>
        {(problem) => (
          <Notice
            tone="warn"
            title="Its state could not be read just now"
            actions={
              <Button
                size="small"
                icon="refresh"
                onClick={() => void app.jobs.refresh(props.job.tab)}
              >
                Look again
              </Button>
            }
          >
            <Words text={problem()} /> What is shown here is what was known{' '}
            <Show when={props.job.seen > 0} fallback="when it was ordered">
              <Time at={props.job.seen} />
            </Show>
            .
          </Notice>
        )}
      </Show>
      <dl class="facts">
        <div>
          <dt>{entry() === undefined ? 'At most' : 'Amount'}</dt>
          <dd>
            <Amount nanomina={entry()?.note.receipt.amount ?? props.job.maximum} isStrong />
          </dd>
        </div>
        <div>
          <dt>Exit</dt>
          <dd>{entry() === undefined ? '–' : describeExit(entry()!.note.exitStatus)}</dd>
        </div>
        <div>
          <dt>Finished</dt>
          <dd>
            <Show when={entry()} fallback="–">
              {(found) => <Time at={found().note.receipt.finishedAt * 1_000} />}
            </Show>
          </dd>
        </div>
        <div>
          <dt>Result</dt>
          <dd>
            {reader.state === 'ready'
              ? reader().isSealed
                ? reader().canOpen
                  ? 'sealed to you'
                  : 'sealed'
                : 'public'
              : '–'}
          </dd>
        </div>
      </dl>
      <div class="job">
        <div class="job__progress">
          <Card title="Progress">
            <Steps steps={jobSteps(props.job)} />
            <Show when={isUnsent()}>
              <Button
                class="job__resume"
                icon="refresh"
                onClick={() => void app.jobs.resume(props.job.tab, props.job.sequence)}
              >
                Send it now
              </Button>
            </Show>
          </Card>
        </div>
        <div class="job__main">
          <Show when={entry()} fallback={<Awaited state={props.job.state} />} keyed>
            {(found) => (
              <Switch fallback={<SkeletonLines count={10} label="Finding the result" />}>
                <Match when={reader.error !== undefined}>
                  <Notice
                    tone="bad"
                    title="The result cannot be read"
                    actions={
                      <Button size="small" icon="refresh" onClick={() => void refetch()}>
                        Try again
                      </Button>
                    }
                  >
                    <Words text={sentenceOf(reader.error)} />
                  </Notice>
                </Match>
                <Match when={reader()}>
                  {(result) => (
                    <ResultTabs
                      entry={found}
                      result={result()}
                      view={search.view as ResultTab | undefined}
                      onView={(view) => setSearch({ view, line: undefined }, { replace: true })}
                      line={lineOf(search.line)}
                      onLine={(line) => setSearch({ line }, { replace: true, scroll: false })}
                    />
                  )}
                </Match>
              </Switch>
            )}
          </Show>
        </div>
        <div class="job__receipt">
          <ReceiptCard
            job={props.job}
            entry={entry()}
            log={service()?.keyset.log}
            source={service()?.descriptor.source.repository}
          />
        </div>
      </div>
    </>
  );
}

/** What will stand here, at its size, so that nothing moves once it does. */
const Awaited = (props: { readonly state: JobView['state'] }) => (
  <div class="job__awaited">
    <Show
      when={!['refused', 'lapsed', 'dropped'].includes(props.state)}
      fallback={
        <Empty icon="close" title="There is no result">
          The job did not run.
        </Empty>
      }
    >
      <Empty icon="clock" title="The result comes here">
        Log, flame graph, counters and outputs are published together once the job has ended.
      </Empty>
    </Show>
  </div>
);

const lineOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : undefined;
