import type { Tab } from '../journal/tab.ts';
import { readTab } from './admission.ts';
import type { TabReading } from './chain.ts';
import type { Context } from './context.ts';
import { isFatal } from './error.ts';

export { settleDue, settleTab };

/** One round over the open tabs; proofs are made one after the other. */
async function settleDue(context: Context): Promise<void> {
  for (const tab of context.journal.tabs.open()) {
    const key = `tab ${tab.address}`;
    if (context.isStopping()) return;
    if (!needsLook(context, tab) || !context.backoff.ready(key)) continue;
    try {
      await settleTab(context, tab);
      context.backoff.succeeded(key);
    } catch (error) {
      if (isFatal(error) || context.isStopping()) throw error;
      const wait = context.backoff.failed(key);
      context.emit({ kind: 'retry', what: key, wait, error });
    }
  }
}

/**
 * A tab whose jobs are settled is looked at now and then until its last block is final: a
 * reorganisation may take the settlement back.
 */
function needsLook({ journal, policy, now, looked }: Context, { address }: Tab): boolean {
  if (journal.jobs.ofTab(address, 'noted', 'settling').length > 0) return true;
  if (journal.settlements.underWay(address) !== undefined) return true;
  const settled = journal.jobs.lastChange(address, 'settled');
  return (
    settled + policy.finality > now() && (looked.get(address) ?? 0) + policy.settleAfter <= now()
  );
}

/**
 * Reads the tab's account, takes in what it shows, gives up a transaction that never showed (R5) and
 * settles what is due. Replaying is harmless: a settlement holds at one head only.
 */
async function settleTab(context: Context, { address, terms }: Tab): Promise<void> {
  const { journal, policy } = context;
  const options = { signal: context.within(policy.fetch) };
  context.looked.set(address, context.now());
  const slot = await context.parts.chain.slot(options);
  const reading = await readTab(context, terms, options);
  const underWay = journal.settlements.underWay(address);
  if (underWay !== undefined) {
    // Nobody proves it any more: a `planned` one is left from a process that died.
    const waited = context.now() - underWay.changed;
    if (underWay.state === 'sent' && waited < policy.patience) return;
    const reason = `not included in ${Math.round(waited / 1000)} s`;
    drop(context, address, underWay.id, underWay.state === 'sent' ? reason : 'interrupted');
  }
  const { expiry } = reading.state;
  if (expiry < slot) lapse(context, address, reading);
  else if (isDue(context, address, expiry, slot)) await settle(context, address);
}

/** A full batch, a job that waited long enough, a tab that ends, or a closing that waits for it. */
function isDue(
  { journal, policy, now }: Context,
  tab: string,
  expiry: number,
  slot: number
): boolean {
  const noted = journal.jobs.ofTab(tab, 'noted');
  const failures = journal.settlements.failures(tab);
  const wait = Math.min(
    policy.longestWait,
    policy.firstWait * 2 ** Math.min(failures.count - 1, 30)
  );
  if (noted.length === 0 || (failures.count > 0 && now() < failures.last + wait)) return false;
  return (
    noted.length >= policy.batch ||
    Math.min(...noted.map((job) => job.changed)) + policy.settleAfter <= now() ||
    expiry - slot <= policy.margin ||
    journal.orders.closes(tab)
  );
}

async function settle(context: Context, tab: string): Promise<void> {
  const { journal, policy } = context;
  const { terms } = journal.tabs.get(tab)!;
  const noted = journal.jobs.ofTab(tab, 'noted');
  const { id } = journal.settlements.plan(tab, (settlement) => {
    for (const job of noted) journal.jobs.transition(job, 'noted', 'settling', { settlement });
  });
  context.emit({ kind: 'settling', tab, jobs: noted.length });
  try {
    const sent = await context.parts.settler.settle(
      { terms, maximumJobs: policy.batch },
      {
        signal: context.stopping.signal,
        onTransaction: (transaction) => {
          journal.settlements.move(id, 'sent', { transaction });
          context.emit({ kind: 'sent', tab, transaction });
        },
      }
    );
    const { transaction, head, paid } = sent;
    // The tab's account may have shown it already, to whoever looked meanwhile.
    if (journal.settlements.underWay(tab)?.id === id)
      journal.settlements.move(id, 'sent', { transaction, head, paid });
  } catch (error) {
    if (isFatal(error) || context.isStopping()) throw error;
    drop(context, tab, id, error instanceof Error ? error.message : String(error));
    return;
  }
  await readTab(context, terms, { signal: context.within(policy.fetch) });
}

function drop(context: Context, tab: string, id: number, reason: string): void {
  const { journal } = context;
  if (journal.settlements.underWay(tab)?.id !== id) return;
  journal.settlements.move(id, 'dropped', { reason }, () => {
    for (const job of journal.jobs.ofTab(tab, 'settling'))
      journal.jobs.transition(job, 'settling', 'noted', { settlement: null });
  });
  context.emit({ kind: 'dropped', tab, reason });
}

/** The tab has ended: what was not settled by then can never be. */
function lapse(context: Context, tab: string, { state }: TabReading): void {
  const { journal } = context;
  const reason =
    state.expiry === 0 ? 'the tab was closed before it' : `the tab ended at slot ${state.expiry}`;
  for (const job of journal.jobs.ofTab(tab, 'noted')) {
    journal.jobs.transition(job, 'noted', 'lapsed', { reason });
    context.emit({ kind: 'lapsed', ...context.about(job), reason });
  }
}
