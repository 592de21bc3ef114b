import type { Command } from '../contracts/chain/command.ts';
import { pause } from '../contracts/chain/graphql.ts';
import type { InboxAction } from '../contracts/formats/action.ts';
import { encodeRequest } from '../contracts/formats/request.ts';
import { fromHex } from '../contracts/formats/bytes.ts';
import type { Keyset } from '../contracts/formats/keyset.ts';
import { askEndpoint, handOver } from './endpoint.ts';
import { RequesterError } from './error.ts';
import { ended } from './job-record.ts';
import { type PeerLine, openPeerLine } from './peers.ts';
import type { Requester, Stepwise } from './requester.ts';
import type { SealedJob } from './seal.ts';
import type { Uploads } from './upload.ts';

export { handOverJobs, uploadJobs, deliverRung, offerJobs, keepCommand, ringOf };

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
  for (const block of blocksOf(jobs)) await uploads.put(block, { signal });
}

const blocksOf = (jobs: readonly SealedJob[]): readonly Uint8Array[] =>
  jobs.flatMap(({ request, envelope }) => [envelope, encodeRequest(request)]);

/** Before their ring is sent: whoever hears it finds them at once. */
const offerJobs = async (line: PeerLine | undefined, jobs: readonly SealedJob[]): Promise<void> =>
  line?.offer(blocksOf(jobs));

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

/** How a provider is reached, and what is known of the ring. */
interface Rung {
  readonly keyset: Pick<Keyset, 'endpoint' | 'peers'>;
  /** Its hash, where it is still known. */
  readonly transaction?: string | undefined;
  /** Where it is open already; one is opened where it is needed. */
  readonly line?: PeerLine | undefined;
}

/**
 * Puts the blocks of rings that are in the inbox where the provider gets them: on IPFS where we may
 * write, else to its endpoint, else to its own nodes, which fetch them from here; to the endpoint too where
 * it has given them up. All of it may be done any number of times.
 *
 * @throws RequesterError `UPLOAD`, `ENDPOINT`, `PEER`, `REFUSED`
 */
async function deliverRung(
  requester: Requester,
  { keyset, transaction, line }: Rung,
  jobs: readonly SealedJob[],
  options: Stepwise
): Promise<void> {
  const { store, uploads, peers } = requester;
  const { endpoint } = keyset;
  const hasOtherWay = endpoint !== null || (peers !== undefined && keyset.peers.length > 0);
  const rung = jobs.map(({ sequence, request, digest, envelope }): SealedJob => ({
    ...{ sequence, state: 'signed', request, digest, envelope },
    ...(transaction === undefined ? {} : { transaction }),
  }));
  // The transaction is through: from here on its text is no longer needed.
  for (const job of rung) await store.writeJob(job.request.terms.tab, job);
  const isUploaded =
    uploads !== undefined && (await triedUpload(uploads, rung, hasOtherWay, options));
  if (!isUploaded) {
    if (endpoint !== null) return handOverJobs(requester, endpoint, rung, options);
    const own = line ?? (await openPeerLine(requester, keyset, options));
    try {
      await giveOver(own, rung, options);
    } finally {
      if (line === undefined) await own.close();
    }
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

async function giveOver(
  line: PeerLine,
  jobs: readonly SealedJob[],
  { signal, onProgress }: Stepwise
): Promise<void> {
  await line.offer(blocksOf(jobs));
  await onProgress?.({
    stage: 'delivering',
    words: 'waiting for the provider’s node to fetch the request',
  });
  await line.fetched(blocksOf(jobs), { signal });
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
