import type { JobView } from '../../store/jobs.ts';

export { type OpenWork, openWork };

/** What of a tab's jobs is not over yet. */
interface OpenWork {
  /** Jobs that the provider has or may still accept. */
  readonly unfinished: number;
  /** Jobs whose receipts stand in the log and are not paid. */
  readonly published: number;
  /** Nanomina of those. */
  readonly unsettled: bigint;
}

const UNFINISHED: readonly JobView['state'][] = ['sending', 'requested', 'accepted', 'running'];

function openWork(jobs: readonly JobView[]): OpenWork {
  const published = jobs.filter(({ state }) => state === 'published');
  return {
    unfinished: jobs.filter(({ state }) => UNFINISHED.includes(state)).length,
    published: published.length,
    unsettled: published.reduce((sum, { entry }) => sum + (entry?.note.receipt.amount ?? 0n), 0n),
  };
}
