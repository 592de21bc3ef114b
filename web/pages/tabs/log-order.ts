import { genesisId } from '../../../contracts/formats/log-commit.ts';
import type { JobOutcome, JobView } from '../../store/jobs.ts';

export { type PublishedJob, inLogOrder };

type PublishedJob = JobView & { readonly outcome: JobOutcome };

/**
 * Jobs as their receipts follow each other in the tab's log, oldest first. Those whose parent is not
 * here, since another browser asked for that job, come last, by the time they finished.
 */
function inLogOrder(tab: string, jobs: readonly JobView[]): readonly PublishedJob[] {
  const published = jobs.filter((job): job is PublishedJob => job.outcome !== undefined);
  const children = new Map(published.map((job) => [job.outcome.parent, job]));
  const chain: PublishedJob[] = [];
  for (
    let next = children.get(genesisId(tab));
    next !== undefined && chain.length < published.length;
    next = children.get(next.outcome.commit)
  )
    chain.push(next);
  const placed = new Set(chain);
  const rest = published
    .filter((job) => !placed.has(job))
    .sort((a, b) => a.outcome.finishedAt - b.outcome.finishedAt);
  return [...chain, ...rest];
}
