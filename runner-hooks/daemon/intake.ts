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
async function takeIn(context: Context): Promise<void> {
  const tabs = new Set<string>();
  const jobs = context.journal.jobs
    .waiting(context.policy.intake * 16)
    .filter((job) => context.backoff.ready(`job ${job.id}`))
    .filter((job) => !tabs.has(job.tab) && tabs.add(job.tab))
    .slice(0, context.policy.intake);
  await Promise.all(jobs.map((job) => decide(context, job)));
}

async function decide(context: Context, seen: Job): Promise<void> {
  let job = seen;
  try {
    if (job.state === 'seen') job = await fetchRequest(context, job);
    const block = context.journal.blocks.get(job.id, 'request')!;
    accept(context, job, await admit(context, job, block));
    context.backoff.succeeded(`job ${job.id}`);
  } catch (error) {
    if (error instanceof Refusal) return refuse(context, job, error);
    if (isFatal(error) || context.stopping.signal.aborted) throw error;
    const wait = context.backoff.failed(`job ${job.id}`);
    context.emit({ kind: 'retry', what: `request ${job.digest}`, wait, error });
  }
}

async function fetchRequest(context: Context, job: Job): Promise<Job> {
  const { journal } = context;
  const block =
    journal.blocks.get(job.id, 'request') ?? (await fetchBlock(context, fromHex(job.digest, 32)));
  return journal.write('job.fetched', () => {
    journal.blocks.keep(job.id, 'request', block);
    return journal.jobs.transition(job, 'seen', 'fetched');
  });
}

/** From here on the tab's funds are promised to it, and it ends with a receipt. */
function accept(context: Context, job: Job, { request, sealed, tab }: Admission): void {
  const { journal } = context;
  const { terms, sequence, maximum } = request;
  const accepted = journal.write('job.accepted', () => {
    // Again, now that nothing can come between: a closing may have been accepted meanwhile.
    assertAffordable(context, job, request, tab);
    journal.blocks.keep(job.id, 'envelope', sealed);
    journal.tabs.keep(terms, tab.state.head, tab.state.expiry);
    return journal.jobs.transition(job, 'fetched', 'accepted', { sequence, maximum });
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
