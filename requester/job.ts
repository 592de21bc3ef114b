import { checkTerms } from '../contracts/chain/check-terms.ts';
import type { Command, Draft, FeePayer } from '../contracts/chain/command.ts';
import { ChainError } from '../contracts/chain/error.ts';
import { ring } from '../contracts/chain/ring.ts';
import { formatMina } from '../contracts/formats/amount.ts';
import { priceOf } from '../contracts/formats/descriptor.ts';
import type { Keyset } from '../contracts/formats/keyset.ts';
import { assertParameters } from '../contracts/formats/parameters.ts';
import { PROTOCOL } from '../contracts/formats/protocol.ts';
import {
  deliverRung,
  handOverJobs,
  keepCommand,
  offerJobs,
  ringOf,
  uploadJobs,
} from './delivery.ts';
import { RequesterError } from './error.ts';
import { ended } from './job-record.ts';
import { type PeerLine, onlyWay } from './peers.ts';
import type { Requester, Stepwise } from './requester.ts';
import { type JobOrder, type SealedJob, sealJob } from './seal.ts';
import { readService } from './service.ts';
import type { TabKeys } from './store.ts';
import { type TabReading, assertOpen, readTab } from './tab.ts';
import { sendPaid } from './transaction.ts';
import type { Wallet } from './wallet.ts';

export {
  type JobOrder,
  type RequestedJob,
  type RequestOptions,
  VALID_FOR,
  requestJobs,
  requestedJob,
  maximaOf,
  assertFitsTransaction,
};

interface RequestOptions extends Stepwise {
  /** Default: by hand where the service has an endpoint, else by ring. */
  readonly delivery?: 'handover' | 'ring';
  /** Pays for the ring; not needed by hand. */
  readonly wallet?: Wallet;
  /** Slots for which a provider may accept it. Default {@link VALID_FOR}, at most to the tab's end. */
  readonly validFor?: number;
}

const VALID_FOR = 20;

interface RequestedJob {
  readonly sequence: number;
  /** SHA-256 of the request block, in hex. */
  readonly digest: string;
  readonly maximum: bigint;
  readonly validUntil: number;
  readonly delivery: 'handover' | 'ring';
  /** The ring's. */
  readonly transaction?: string;
}

/**
 * Orders jobs from a tab: everything that the daemon would refuse is refused here first, then the
 * numbers are taken, the envelopes sealed, the requests signed and delivered. Rings share one transaction.
 *
 * @throws FormatError `PARAMETERS`; AccountRefused `PAUSED`, `PRICE`, `PAYEE`; RequesterError `ENDED`,
 *   `CAP`, `UNPAYABLE`, `REFUSED`, `ENDPOINT`, `UPLOAD`, `PEER`, `WALLET`, `NO_EFFECT`; ChainError
 */
async function requestJobs(
  requester: Requester,
  tab: TabKeys,
  orders: readonly JobOrder[],
  options: RequestOptions = {}
): Promise<readonly RequestedJob[]> {
  const { terms } = tab;
  const { store } = requester;
  const { signal, onProgress, wallet, validFor = VALID_FOR } = options;
  await onProgress?.({ stage: 'reading', words: 'reading tab and service' });
  const reading = await readTab(requester, terms, { signal });
  assertOpen(terms.tab, reading);
  const service = await readService(requester, terms.service, { signal });
  const { descriptor, keyset } = service;
  checkTerms(terms, { service: terms.service, payee: keyset.payee, price: priceOf(descriptor) });
  for (const { parameters } of orders) assertParameters(descriptor.parameters, parameters);
  const maxima = maximaOf(orders, terms.cap, reading);
  const delivery = options.delivery ?? (keyset.endpoint === null ? 'ring' : 'handover');
  assertDeliverable(delivery, { endpoint: keyset.endpoint, jobs: orders.length, wallet });

  const line = delivery === 'ring' ? await onlyWay(requester, keyset, options) : undefined;
  try {
    const validUntil = Math.min(reading.slot + validFor, reading.state.expiry);
    const sealed: SealedJob[] = [];
    for (const [i, order] of orders.entries()) {
      const sequence = await store.reserveSequence(terms.tab, reading.state.window.top);
      await onProgress?.({ stage: 'sealing', words: `sealing job ${sequence}` });
      const numbers = { sequence, maximum: maxima[i]!, validUntil, slot: reading.slot };
      const job = await sealJob(tab, service, order, numbers);
      await store.writeJob(terms.tab, job);
      sealed.push(job);
    }
    if (delivery === 'handover') {
      await handOverJobs(requester, keyset.endpoint!, sealed, options);
      return sealed.map((job) => requestedJob(job, { delivery }));
    }
    const transaction = await ringFor(requester, sealed, wallet!, { keyset, line }, options);
    return sealed.map((job) => requestedJob(job, { delivery, transaction }));
  } finally {
    await line?.close();
  }
}

const requestedJob = (
  { sequence, digest, request: { maximum, validUntil } }: SealedJob,
  way: Pick<RequestedJob, 'delivery' | 'transaction'>
): RequestedJob => ({ sequence, digest, maximum, validUntil, ...way });

/** What each job may cost, of what is free. @throws RequesterError `CAP`, `UNPAYABLE` */
function maximaOf(
  orders: readonly Pick<JobOrder, 'maximum'>[],
  cap: bigint,
  { free, balance, promised }: Pick<TabReading, 'free' | 'balance' | 'promised'>
): readonly bigint[] {
  let left = free;
  return orders.map(({ maximum = cap < left ? cap : left }) => {
    if (maximum > cap)
      throw new RequesterError(
        'CAP',
        `${formatMina(maximum)} MINA is above the tab's cap of ${formatMina(cap)} for one job; ask for less.`
      );
    if (maximum > left || maximum === 0n)
      throw new RequesterError(
        'UNPAYABLE',
        `the tab holds ${formatMina(balance)} MINA, of which ${formatMina(promised)} are promised; fund it, or ask for less than ${formatMina(maximum)}.`
      );
    left -= maximum;
    return maximum;
  });
}

function assertDeliverable(
  delivery: 'handover' | 'ring',
  {
    endpoint,
    jobs,
    wallet,
  }: {
    readonly endpoint: string | null;
    readonly jobs: number;
    readonly wallet: Wallet | undefined;
  }
): void {
  if (delivery === 'handover') {
    if (endpoint === null)
      throw new RequesterError(
        'ENDPOINT',
        'the service takes no requests by hand; send them through the chain (--ring).'
      );
    return;
  }
  if (wallet === undefined)
    throw new ChainError('KEY', 'a ring costs a fee; name who pays it (--wallet)');
  assertFitsTransaction(jobs);
}

/** @throws ChainError `LIMIT` */
function assertFitsTransaction(jobs: number): void {
  if (jobs > PROTOCOL.ringsPerTransaction)
    throw new ChainError(
      'LIMIT',
      `${jobs} jobs do not fit one transaction; ring for at most ${PROTOCOL.ringsPerTransaction} at once`
    );
}

/**
 * Blocks first, where they can be uploaded: then a ring is never for what nobody can fetch. Given to an
 * endpoint, a request is ordered, so there the ring comes first.
 */
async function ringFor(
  requester: Requester,
  jobs: readonly SealedJob[],
  wallet: Wallet,
  { keyset, line }: { readonly keyset: Keyset; readonly line: PeerLine | undefined },
  options: Stepwise
): Promise<string> {
  const { uploads, store } = requester;
  const { service, tab } = jobs[0]!.request.terms;
  const actions = jobs.map(ringOf);
  const sent = { is: false };
  const onSend = async (command: Command): Promise<void> => {
    await keepCommand(requester, jobs, command);
    sent.is = true;
  };
  try {
    if (uploads !== undefined) await uploadJobs(uploads, jobs, options);
    await offerJobs(line, jobs);
    const build = (payer: FeePayer): Draft => ring({ payer, service, actions });
    const { signal, onProgress } = options;
    const transaction = await sendPaid(requester, wallet, build, { signal, onProgress, onSend });
    if (uploads === undefined)
      await deliverRung(requester, { keyset, transaction, line }, jobs, options);
    else for (const job of jobs) await store.writeJob(tab, ended(job, 'delivered', transaction));
    return transaction;
  } catch (error) {
    if (!sent.is) for (const job of jobs) await store.writeJob(tab, ended(job, 'reserved'));
    throw error;
  }
}
