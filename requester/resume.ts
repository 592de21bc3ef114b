import { readCurrentSlot } from '../contracts/chain/block.ts';
import type { Command } from '../contracts/chain/command.ts';
import { encodeAction } from '../contracts/formats/action.ts';
import type { Keyset } from '../contracts/formats/keyset.ts';
import { deliverRung, handOverJobs, ringOf } from './delivery.ts';
import { askEndpoint } from './endpoint.ts';
import { RequesterError } from './error.ts';
import { ended } from './job-record.ts';
import type { Requester, Stepwise } from './requester.ts';
import type { SealedJob } from './seal.ts';
import { readService } from './service.ts';
import type { JobRecord } from './store.ts';
import { sendAgain } from './transaction.ts';

export { resume };

/**
 * Brings a job to where its order would have brought it, had nothing come in between, and needs neither
 * wallet nor anybody's word: the store has what was signed, and everything that follows may be done any
 * number of times. The jobs that share its transaction come along.
 *
 * @returns the job, `delivered` or `refused`; or `reserved` where it never got as far as being sent:
 *   nothing was paid for it, and it has to be ordered again
 * @throws RequesterError `NOT_FOUND`; `NO_EFFECT` where the transaction came to nothing, or its time is
 *   over; `REFUSED`, `ENDPOINT`, `UPLOAD`, `PEER`, after the latter three it can be resumed again; ChainError
 */
async function resume(
  requester: Requester,
  tab: string,
  sequence: number,
  options: Stepwise = {}
): Promise<JobRecord> {
  const { store } = requester;
  const job = await read(requester, tab, sequence);
  if (job.state === 'reserved' && job.envelope !== undefined)
    await store.writeJob(tab, ended(job, 'reserved'));
  if (job.state === 'signed') {
    if (!isSealed(job))
      throw new RequesterError(
        'JOB_FILE',
        `the envelope of job ${sequence} of ${tab} is lost, so it cannot be delivered; order it again.`
      );
    const { service } = job.request.terms;
    const { keyset } = await readService(requester, service, { mayBePaused: true, ...options });
    const { endpoint } = keyset;
    const { command, transaction } = job;
    if (command !== undefined) await ringAgain(requester, keyset, job, command, options);
    else if (transaction !== undefined)
      await deliverAgain(requester, keyset, { ...job, transaction }, options);
    else await handOverAgain(requester, endpoint, job, options);
  }
  return read(requester, tab, sequence);
}

async function read({ store }: Requester, tab: string, sequence: number): Promise<JobRecord> {
  const job = await store.readJob(tab, sequence);
  if (job !== undefined) return job;
  throw new RequesterError('NOT_FOUND', `job ${sequence} of ${tab} was not ordered from here.`);
}

const isSealed = (job: JobRecord): job is SealedJob =>
  job.request !== undefined && job.digest !== undefined && job.envelope !== undefined;

/** It was given to an endpoint, or was about to be. */
async function handOverAgain(
  requester: Requester,
  endpoint: string | null,
  job: SealedJob,
  options: Stepwise
): Promise<void> {
  const { node, store } = requester;
  const { sequence, request, digest } = job;
  const { tab } = request.terms;
  if (endpoint === null)
    throw new RequesterError(
      'ENDPOINT',
      `the service takes no requests by hand any more; order job ${sequence} again through the chain.`
    );
  await options.onProgress?.({ stage: 'reading', words: `asking what became of job ${sequence}` });
  const known = await askEndpoint(endpoint, digest, options);
  if (known !== undefined)
    return store.writeJob(tab, ended(job, known.state === 'refused' ? 'refused' : 'delivered'));
  const slot = await readCurrentSlot(node, options);
  if (slot > request.validUntil)
    throw new RequesterError(
      'NO_EFFECT',
      `job ${sequence} was valid until slot ${request.validUntil}, now is slot ${slot}; order it again.`
    );
  await handOverJobs(requester, endpoint, [job], options);
}

/** It was rung for. What nobody may accept any more, no provider's node fetches either. */
async function deliverAgain(
  requester: Requester,
  keyset: Keyset,
  job: SealedJob & { readonly transaction: string },
  options: Stepwise
): Promise<void> {
  const { node, store, uploads } = requester;
  const { request, transaction } = job;
  if (uploads === undefined && keyset.endpoint === null) {
    const slot = await readCurrentSlot(node, options);
    if (slot > request.validUntil)
      return store.writeJob(request.terms.tab, ended(job, 'delivered'));
  }
  await deliverRung(requester, { keyset, transaction }, [job], options);
}

/** Its transaction was sent, or was about to be. */
async function ringAgain(
  requester: Requester,
  keyset: Keyset,
  job: SealedJob,
  command: Command,
  options: Stepwise
): Promise<void> {
  const { store } = requester;
  const { tab } = job.request.terms;
  const jobs = (await store.listJobs(tab)).filter(isSealed).filter(rungBy(command));
  let transaction: string | undefined;
  try {
    transaction = await sendAgain(requester, tab, command, options);
  } catch (error) {
    if (error instanceof RequesterError && error.code === 'NO_EFFECT')
      for (const rung of jobs) await store.writeJob(tab, ended(rung, 'reserved'));
    throw error;
  }
  await deliverRung(requester, { keyset, transaction }, jobs, options);
}

/** A crash may have come between the records of jobs that one transaction rings for. */
function rungBy({ accountUpdates }: Command): (job: SealedJob) => boolean {
  const rings = new Set(
    accountUpdates.flatMap(({ body }) => body.actions.map((action) => action.join()))
  );
  return (job) => rings.has(encodeAction(ringOf(job)).join());
}
