import { Show } from 'solid-js';
import { Amount } from '../../components/amount.tsx';
import { Card } from '../../components/card.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Empty } from '../../components/empty.tsx';
import { JobBadge } from '../../components/job-badge.tsx';
import { SkeletonLines } from '../../components/skeleton.tsx';
import { Time } from '../../components/time.tsx';
import type { JobView } from '../../store/jobs.ts';

export { TabJobs };

const COLUMNS: readonly Column<JobView>[] = [
  {
    id: 'job',
    label: 'Job',
    isTitle: true,
    cell: (job) => (
      <a class="number" href={`#/job/${job.tab}/${job.sequence}`}>
        Job {job.sequence}
      </a>
    ),
  },
  {
    id: 'state',
    label: 'State',
    cell: (job) => <JobBadge state={job.state} />,
  },
  {
    id: 'finished',
    label: 'Finished',
    cell: (job) => (
      <Show when={job.outcome} fallback="–">
        {(outcome) => <Time at={outcome().finishedAt * 1_000} />}
      </Show>
    ),
  },
  {
    id: 'maximum',
    label: 'At most',
    isNumber: true,
    cell: (job) => <Amount nanomina={job.maximum} hasUnit={false} />,
  },
  {
    id: 'amount',
    label: 'Costs',
    isNumber: true,
    cell: (job) => (
      <Show when={job.outcome} fallback="–">
        {(outcome) => <Amount nanomina={outcome().amount} hasUnit={false} />}
      </Show>
    ),
  },
];

/** Jobs paid from one tab, newest first. Amounts in MINA. */
const TabJobs = (props: { readonly jobs: readonly JobView[]; readonly isLoading: boolean }) => (
  <Card title="Jobs" lead="Ordered from this browser. Amounts in MINA." isFlush>
    <Show
      when={props.jobs.length > 0}
      fallback={
        <Show
          when={props.isLoading}
          fallback={
            <Empty icon="jobs" title="No job yet">
              Order one at the service; it is paid from this tab.
            </Empty>
          }
        >
          <div class="tab-card-inset">
            <SkeletonLines count={3} label="Reading the jobs" />
          </div>
        </Show>
      }
    >
      <DataTable caption="Jobs of this tab" columns={COLUMNS} items={props.jobs} />
    </Show>
  </Card>
);
