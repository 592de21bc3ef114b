import type { JobState, JobView } from '../../store/jobs.ts';

export { type JobFilter, JOB_FILTERS, filterOf, filterJobs, countJobs };

type JobFilter = 'all' | 'open' | 'done' | 'ended';

/** Tabs over the list. A job is in `all` and in exactly one of the others. */
const JOB_FILTERS: readonly { readonly value: JobFilter; readonly label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'open', label: 'Under way' },
  { value: 'done', label: 'Published' },
  { value: 'ended', label: 'Not run' },
];

const FILTER_OF: Readonly<Record<JobState, Exclude<JobFilter, 'all'>>> = {
  sending: 'open',
  requested: 'open',
  accepted: 'open',
  running: 'open',
  published: 'done',
  settled: 'done',
  refused: 'ended',
  lapsed: 'ended',
  dropped: 'ended',
};

const filterOf = (text: string | undefined): JobFilter =>
  JOB_FILTERS.find(({ value }) => value === text)?.value ?? 'all';

/** @param words of a service's name, a tab's address or a number; all of them must be there */
function filterJobs(
  jobs: readonly JobView[],
  filter: JobFilter,
  words: string
): readonly JobView[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return jobs.filter((job) => {
    if (filter !== 'all' && FILTER_OF[job.state] !== filter) return false;
    if (wanted.length === 0) return true;
    const text = `#${job.sequence} ${job.serviceName ?? ''} ${job.service} ${job.tab} ${job.state}`;
    const lower = text.toLowerCase();
    return wanted.every((word) => lower.includes(word));
  });
}

function countJobs(jobs: readonly Pick<JobView, 'state'>[]): Readonly<Record<JobFilter, number>> {
  const counts = { all: jobs.length, open: 0, done: 0, ended: 0 };
  for (const { state } of jobs) counts[FILTER_OF[state]] += 1;
  return counts;
}
