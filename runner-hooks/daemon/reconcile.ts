import { genesisId } from '../../contracts/formats/log-commit.ts';
import type { Terms } from '../../contracts/formats/terms.ts';
import type { Commit } from '../journal/job.ts';
import type { SettlementRow } from '../journal/settlement.ts';
import type { TabReading } from './chain.ts';
import type { Context } from './context.ts';

export { reconcile };

/**
 * Takes in what a tab's account says: jobs up to its head are settled, whoever settled them, and
 * those that a reorganisation has taken back are not (R5). The account decides, not what we sent.
 */
function reconcile(context: Context, terms: Terms, { state }: TabReading): void {
  const { journal } = context;
  const { head, expiry } = state;
  const commits = journal.jobs.commits(terms.tab);
  const { covered, complete } = ancestors(commits, head, genesisId(terms.tab));
  const gained = commits.filter((commit) => commit.state !== 'settled' && covered.has(commit.head));
  // Where the line does not reach the beginning, a commit is missing here, and nothing is taken back.
  const lost = complete
    ? commits.filter((commit) => commit.state === 'settled' && !covered.has(commit.head))
    : [];
  const known = journal.tabs.get(terms.tab);
  const moved = known?.head !== head || known.expiry !== expiry;
  if (!moved && gained.length + lost.length === 0) return;
  const underWay = journal.settlements.underWay(terms.tab);
  const jobs = journal.write('tab.reconcile', () => {
    journal.tabs.keep(terms, head, expiry);
    const settled = gained.map((job) => journal.jobs.transition(job, job.state, 'settled'));
    const unsettled = lost.map((job) =>
      journal.jobs.transition(job, 'settled', 'noted', { settlement: null })
    );
    if (underWay !== undefined && gained.some((job) => job.settlement === underWay.id))
      confirm(context, underWay, head);
    return { settled, unsettled };
  });
  for (const job of jobs.settled) context.emit({ kind: 'settled', ...context.about(job), head });
  for (const job of jobs.unsettled)
    context.emit({ kind: 'unsettled', ...context.about(job), head });
}

/** What the settlement did not reach waits for the next one. */
function confirm({ journal }: Context, { id, tab }: SettlementRow, head: string): void {
  journal.settlements.move(id, 'confirmed', { head });
  for (const job of journal.jobs.ofTab(tab, 'settling'))
    journal.jobs.transition(job, 'settling', 'noted', { settlement: null });
}

/** The commits from `head` back, and whether they reach the log's beginning. */
function ancestors(
  commits: readonly Commit[],
  head: string,
  genesis: string
): { covered: Set<string>; complete: boolean } {
  const parents = new Map(commits.map((commit) => [commit.head, commit.parent]));
  const covered = new Set<string>();
  let at = head;
  while (parents.has(at) && !covered.has(at)) {
    covered.add(at);
    at = parents.get(at)!;
  }
  return { covered, complete: at === genesis };
}
