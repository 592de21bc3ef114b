import { fromHex } from '../../contracts/formats/bytes.ts';
import type { Job } from '../journal/job.ts';
import { type Admission, admit } from './admission.ts';
import { assertAffordable } from './allowance.ts';
import { fetchBlock } from './block-fetch.ts';
import type { Context } from './context.ts';
import { Refusal, isFatal } from './error.ts';

export { takeIn };

/**
 * Looks at waiting requests, one a tab at a time, so that a tab with many delays no other. Whatever
 * is wrong with a request costs at most one small fetch; where it is the chain that does not
 * answer, the request waits.
 */
async function takeIn(context: Context): Promise<{ decided: number }> {
  const { backoff, journal, policy } = context;
  const failed = backoff.keys().filter((key) => key.startsWith(JOB));
  // Anybody may ring in vain under another's tab: what failed before keeps nothing new waiting.
  const fresh = journal.jobs.waiting(policy.intake, failed.map(idOf));
  const tabs = new Set(fresh.map(({ tab }) => tab));
  const early = failed.filter((key) => !backoff.ready(key));
  const again = journal.jobs
    .waiting(policy.intake, early.map(idOf))
    .filter(({ tab }) => !tabs.has(tab));
  const jobs = [...fresh, ...again];
  const decisions = await Promise.all(jobs.map((job) => decide(context, job)));
  return { decided: decisions.filter(Boolean).length };
}

const JOB = 'job ';
const idOf = (key: string): number => Number(key.slice(JOB.length));

async function decide(context: Context, seen: Job): Promise<boolean> {
  const key = `${JOB}${seen.id}`;
  let job = seen;
  try {
    if (job.state === 'seen') job = await fetchRequest(context, job);
    const block = context.journal.blocks.get(job.id, 'request')!;
    accept(context, job, await admit(context, job, block));
    context.backoff.succeeded(key);
    return true;
  } catch (error) {
    if (error instanceof Refusal && !mayArrive(context, job, error)) {
      refuse(context, job, error);
      context.backoff.succeeded(key);
      return true;
    }
    if (isFatal(error) || context.isStopping()) throw error;
    const wait = context.backoff.failed(key);
    context.emit({ kind: 'retry', what: `request ${job.digest}`, wait, error });
    return false;
  }
}

/**
 * A ring stands in the chain before its blocks are where we find them: they are sent once it is sure to
 * be included, and after a crash whenever their owner comes back. So they are asked for again while
 * requests usually hold, each time after a longer wait.
 */
const mayArrive = (context: Context, job: Job, { code }: Refusal): boolean =>
  code === 'UNAVAILABLE' && context.now() - job.changed < context.policy.arrival;

async function fetchRequest(context: Context, job: Job): Promise<Job> {
  const { journal } = context;
  const block = journal.blocks.get(job.id, 'request') ?? (await fetchRung(context, job));
  return journal.write('job.fetched', () => {
    journal.blocks.keep(job.id, 'request', block);
    return journal.jobs.transition(job, 'seen', 'fetched');
  });
}

/**
 * A ring costs its sender next to nothing, a tab the account creation fee: only for a tab is a block
 * worth waiting for, or a flood of rings would keep new customers waiting (C10).
 */
async function fetchRung(context: Context, job: Job): Promise<Uint8Array> {
  const signal = context.within(context.policy.fetch);
  if (!(await context.parts.chain.isTab(job.tab, { signal })))
    throw new Refusal('NO_TAB', `there is no tab at ${job.tab}; open it, then ring again`);
  return fetchBlock(context, fromHex(job.digest, 32));
}

/** From here on the tab's funds are promised to it, and it ends with a receipt. */
function accept(
  context: Context,
  job: Job,
  { request, sealed, vault, epoch, tab }: Admission
): void {
  const { journal } = context;
  const { terms, sequence, maximum } = request;
  const known = journal.tabs.get(terms.tab);
  // A settlement came between, and both the balance and what is promised are others: look again.
  if (known !== undefined && known.head !== tab.state.head) return;
  const accepted = journal.write('job.accepted', () => {
    // Again, now that nothing can come between: a closing may have been accepted meanwhile.
    assertAffordable(context, job, request, tab);
    journal.blocks.keep(job.id, 'envelope', sealed);
    for (const [name, block] of vault) journal.blocks.keep(job.id, `vault ${name}`, block);
    journal.tabs.keep(terms, tab.state.head, tab.state.expiry);
    return journal.jobs.transition(job, 'fetched', 'accepted', {
      ...{ sequence, maximum, epoch },
    });
  });
  context.emit({ kind: 'accepted', ...context.about(accepted), maximum });
}

function refuse(context: Context, job: Job, { code, message }: Refusal): void {
  const { journal } = context;
  journal.write('job.refused', () => {
    journal.blocks.drop(job.id);
    journal.jobs.transition(job, job.state, 'refused', { refusal: code, reason: message });
  });
  context.emit({ kind: 'refused', ...context.about(job), code, reason: message });
}
