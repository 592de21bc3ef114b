import { genesisId } from '../../contracts/formats/log-commit.ts';
import type { Terms } from '../../contracts/formats/terms.ts';
import type { Job } from '../journal/job.ts';
import type { TabReading } from './chain.ts';
import type { Context } from './context.ts';

export { reconcile };

/**
 * Takes in what a tab's account says: jobs up to its head are settled, whoever settled them, and
 * those that a reorganisation has taken back are not (R5). The account decides, not what we sent.
 */
function reconcile(context: Context, terms: Terms, { state }: TabReading): void {
  const { journal } = context;
  const { tab } = terms;
  const noted = journal.jobs.ofTab(tab, 'noted', 'settling', 'settled', 'lapsed');
  const { covered, complete } = ancestors(noted, state.head, genesisId(tab));
  const gained = noted.filter((job) => job.state !== 'settled' && covered.has(job.head!));
  // Where the line does not reach the beginning, a commit is missing here, and nothing is taken back.
  const lost = complete
    ? noted.filter((job) => job.state === 'settled' && !covered.has(job.head!))
    : [];
  const underWay = journal.settlements.underWay(tab);
  journal.tabs.keep(terms, state.head, state.expiry);
  if (gained.length > 0 || lost.length > 0)
    journal.write('tab.reconcile', () => {
      for (const job of gained) journal.jobs.transition(job, job.state, 'settled');
      for (const job of lost)
        journal.jobs.transition(job, 'settled', 'noted', { settlement: null });
    });
  if (underWay !== undefined && gained.some((job) => job.settlement === underWay.id))
    journal.settlements.move(underWay.id, 'confirmed', { head: state.head }, () => {
      const rest = journal.jobs.ofTab(tab, 'settling');
      for (const job of rest) journal.jobs.transition(job, 'settling', 'noted', { settlement: null });
    });
  for (const job of gained) context.emit({ kind: 'settled', ...context.about(job), head: state.head });
  for (const job of lost) context.emit({ kind: 'unsettled', ...context.about(job), head: state.head });
}

/** The commits from `head` back, and whether they reach the log's beginning. */
function ancestors(
  jobs: readonly Job[],
  head: string,
  genesis: string
): { covered: Set<string>; complete: boolean } {
  const parents = new Map(jobs.map((job) => [job.head!, job.parent!]));
  const covered = new Set<string>();
  let at = head;
  while (parents.has(at) && !covered.has(at)) {
    covered.add(at);
    at = parents.get(at)!;
  }
  return { covered, complete: at === genesis };
}
