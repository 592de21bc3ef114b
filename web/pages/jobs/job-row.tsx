import { Index, Show } from 'solid-js';
import { describeExit } from '../../../contracts/formats/job.ts';
import { Amount } from '../../components/amount.tsx';
import { Icon } from '../../components/icon.tsx';
import { JobBadge } from '../../components/job-badge.tsx';
import { shorten } from '../../components/shorten.ts';
import { Skeleton } from '../../components/skeleton.tsx';
import { Time } from '../../components/time.tsx';
import { Words } from '../../components/words.tsx';
import type { JobView } from '../../store/jobs.ts';

export { JobRow, JobRowsAhead };

/** A whole row leads to its job. */
const JobRow = (props: { readonly job: JobView }) => {
  const outcome = () => props.job.outcome;
  return (
    <a class="job-row" href={`#/job/${props.job.tab}/${props.job.sequence}`}>
      <span class="job-row__state">
        <JobBadge state={props.job.state} />
      </span>
      <span class="job-row__service">
        <Words text={props.job.serviceName ?? shorten(props.job.service, 6, 5)} />
        <Show when={outcome() !== undefined && outcome()!.exitStatus !== 0}>
          <span class="job-row__exit">{describeExit(outcome()!.exitStatus)}</span>
        </Show>
        <Show when={props.job.problem}>
          {(problem) => (
            <span class="job-row__problem" title={problem()}>
              <Icon name="alert" size={14} label="Its state could not be read just now" />
            </span>
          )}
        </Show>
      </span>
      <span class="job-row__sequence number">#{props.job.sequence}</span>
      <span class="job-row__tab mono faint">{shorten(props.job.tab, 6, 5)}</span>
      <span class="job-row__time soft">
        <Show when={outcome()} fallback="–">
          {(found) => <Time at={found().finishedAt * 1_000} />}
        </Show>
      </span>
      <span class="job-row__amount jobs__number">
        <Show
          when={outcome()}
          fallback={
            <span class="faint">
              ≤ <Amount nanomina={props.job.maximum} hasUnit={false} />
            </span>
          }
        >
          {(found) => <Amount nanomina={found().amount} hasUnit={false} />}
        </Show>
      </span>
    </a>
  );
};

/** Rows at their size while the list is read. */
const JobRowsAhead = () => (
  <div class="jobs" role="status">
    <span class="unseen">Reading the jobs of this browser</span>
    <Index each={Array.from({ length: 6 })}>
      {() => (
        <div class="job-row" aria-hidden="true">
          <Skeleton width="half" shape="pill" />
          <Skeleton width="long" />
          <Skeleton width="short" />
          <Skeleton width="half" />
          <Skeleton width="half" />
          <Skeleton width="half" />
        </div>
      )}
    </Index>
  </div>
);
