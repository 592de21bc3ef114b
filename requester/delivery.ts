import type { Command } from '../contracts/chain/command.ts';
import { pause } from '../contracts/chain/graphql.ts';
import type { InboxAction } from '../contracts/formats/action.ts';
import { encodeRequest } from '../contracts/formats/request.ts';
import { fromHex } from '../contracts/formats/bytes.ts';
import { askEndpoint, handOver } from './endpoint.ts';
import { RequesterError } from './error.ts';
import { ended } from './job-record.ts';
import type { Requester, Stepwise } from './requester.ts';
import type { SealedJob } from './seal.ts';
import { type Uploads, assertUploads } from './upload.ts';

export { handOverJobs, uploadJobs, deliverRung, keepCommand, ringOf };

/** Tries to hand one request over. */
const HANDOVERS = 3;

/** Gives requests to the endpoint one after the other, each written down before and after. */
async function handOverJobs(
  requester: Requester,
  endpoint: string,
  jobs: readonly SealedJob[],
  options: Stepwise
): Promise<void> {
  const { store } = requester;
  for (const job of jobs) {
    const { tab } = job.request.terms;
    if (job.state !== 'signed') await store.writeJob(tab, { ...job, state: 'signed' });
    await options.onProgress?.({ stage: 'delivering', words: `handing job ${job.sequence} over` });
    try {
      await handOverOnce(requester, endpoint, job, options);
      await store.writeJob(tab, ended(job, 'delivered'));
    } catch (error) {
      if (error instanceof RequesterError && error.code === 'REFUSED')
        await store.writeJob(tab, ended(job, 'refused'));
      throw error;
    }
  }
}

/**
 * Tries again with the very same request where no answer came: it may have arrived, and whoever signs
 * another one then buys twice.
 */
async function handOverOnce(
  { interval }: Requester,
  endpoint: string,
  { request, envelope }: SealedJob,
  { signal }: Stepwise
): Promise<void> {
  for (let left = HANDOVERS - 1; ; left--) {
    try {
      await handOver(endpoint, encodeRequest(request), envelope, { signal });
      return;
    } catch (cause) {
      if (!(cause instanceof RequesterError) || cause.code !== 'ENDPOINT') throw cause;
      if (left === 0)
        throw new RequesterError(
          'ENDPOINT',
          `${cause.message} Job ${request.sequence} may have arrived: before you order it again, see what became of it.`,
          { cause }
        );
    }
    await pause(interval, signal);
  }
}

/** Envelope first: whoever finds the request looks for it. */
async function uploadJobs(
  uploads: Uploads,
  jobs: readonly SealedJob[],
  { signal, onProgress }: Stepwise
): Promise<void> {
  await onProgress?.({ stage: 'uploading', words: 'uploading requests and envelopes' });
  for (const { request, envelope } of jobs)
    for (const block of [envelope, encodeRequest(request)]) await uploads.put(block, { signal });
}

const ringOf = ({ request, digest }: SealedJob): InboxAction => ({
  kind: 'request',
  tab: request.terms.tab,
  digest: fromHex(digest, 32),
});

/** Before it is sent: with this, whoever comes back after a crash can send it again. */
async function keepCommand(
  { store }: Requester,
  jobs: readonly SealedJob[],
  command: Command
): Promise<void> {
  for (const job of jobs)
    await store.writeJob(job.request.terms.tab, { ...job, state: 'signed', command });
}

/**
 * Puts the blocks of rings that are in the inbox where the provider gets them: on IPFS where we may
 * write, else to its endpoint; to both where it has given them up. Both may be done any number of times.
 *
 * @param ring.transaction its hash, where it is still known
 * @throws RequesterError `UPLOAD`, `ENDPOINT`, `REFUSED`
 */
async function deliverRung(
  requester: Requester,
  { endpoint, transaction }: { readonly endpoint: string | null; readonly transaction?: string },
  jobs: readonly SealedJob[],
  options: Stepwise
): Promise<void> {
  const { store, uploads } = requester;
  const rung = jobs.map(({ sequence, request, digest, envelope }): SealedJob => ({
    ...{ sequence, state: 'signed', request, digest, envelope },
    ...(transaction === undefined ? {} : { transaction }),
  }));
  // The transaction is through: from here on its text is no longer needed.
  for (const job of rung) await store.writeJob(job.request.terms.tab, job);
  const isUploaded =
    uploads !== undefined && (await triedUpload(uploads, rung, endpoint !== null, options));
  if (!isUploaded) {
    if (endpoint === null) assertUploads(requester);
    await handOverJobs(requester, endpoint!, rung, options);
    return;
  }
  // A provider looks for the blocks of a ring only for so long.
  const missed: SealedJob[] = [];
  if (endpoint !== null)
    for (const job of rung) {
      const said = await askEndpoint(endpoint, job.digest, options);
      if (said?.state === 'refused' && said.refusal === 'UNAVAILABLE') missed.push(job);
    }
  if (missed.length > 0) await handOverJobs(requester, endpoint!, missed, options);
  for (const job of rung) await store.writeJob(job.request.terms.tab, ended(job, 'delivered'));
}

/** Whether they are up; where there is no other way, the reason is thrown. */
async function triedUpload(
  uploads: Uploads,
  jobs: readonly SealedJob[],
  hasOtherWay: boolean,
  options: Stepwise
): Promise<boolean> {
  try {
    await uploadJobs(uploads, jobs, options);
    return true;
  } catch (error) {
    if (!hasOtherWay || !(error instanceof RequesterError) || error.code !== 'UPLOAD') throw error;
    await options.onProgress?.({
      stage: 'delivering',
      words: `${error.message} Handing over instead.`,
    });
    return false;
  }
}
