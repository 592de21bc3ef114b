import { sha256 } from '@noble/hashes/sha2.js';
import { identityToRecipient } from 'age-encryption';
import { checkTerms } from '../../contracts/chain/check-terms.ts';
import { ChainError } from '../../contracts/chain/error.ts';
import { pause } from '../../contracts/chain/graphql.ts';
import { ring } from '../../contracts/chain/ring.ts';
import { type KeyPair, signFieldElements } from '../../contracts/chain/sign.ts';
import { formatMina } from '../../contracts/formats/amount.ts';
import { toHex } from '../../contracts/formats/bytes.ts';
import { priceOf } from '../../contracts/formats/descriptor.ts';
import { sealEnvelope } from '../../contracts/formats/envelope.ts';
import { type Parameters, assertParameters } from '../../contracts/formats/parameters.ts';
import { PROTOCOL } from '../../contracts/formats/protocol.ts';
import {
  type SignedRequest,
  encodeRequest,
  requestCommitment,
} from '../../contracts/formats/request.ts';
import { handOver } from './endpoint.ts';
import { RequesterError } from './error.ts';
import { type JobFileState, reserveSequence, writeJob } from './job-file.ts';
import type { Requester, Stepwise } from './requester.ts';
import { type ServiceReading, readService } from './service.ts';
import type { TabFile } from './tab-file.ts';
import { type TabReading, assertOpen, readTab } from './tab.ts';
import { sendPaid } from './transaction.ts';

export { type JobOrder, type RequestedJob, type RequestOptions, requestJobs };

interface JobOrder {
  readonly parameters: Parameters;
  /** Environment variables that only the job sees. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Nanomina. Default: the tab's cap, or what is free where that is less. */
  readonly maximum?: bigint;
}

interface RequestOptions extends Stepwise {
  /** Default: by hand where the service has an endpoint, else by ring. */
  readonly delivery?: 'handover' | 'ring';
  /** Pays for the ring; not needed by hand. */
  readonly wallet?: KeyPair;
  /** Slots for which a provider may accept it. Default 20, at most to the tab's end. */
  readonly validFor?: number;
}

/** Tries to hand one request over. */
const HANDOVERS = 3;

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
 *   `CAP`, `UNPAYABLE`, `REFUSED`, `ENDPOINT`, `UPLOAD`; ChainError
 */
async function requestJobs(
  requester: Requester,
  tab: TabFile,
  orders: readonly JobOrder[],
  options: RequestOptions = {}
): Promise<readonly RequestedJob[]> {
  const { terms } = tab;
  const { signal, onProgress, wallet, validFor = 20 } = options;
  onProgress?.('reading tab and service');
  const reading = await readTab(requester, terms, { signal });
  assertOpen(terms.tab, reading);
  const service = await readService(requester, terms.service, { signal });
  const { descriptor, keyset } = service;
  const offer = { service: terms.service, payee: keyset.payee, price: priceOf(descriptor) };
  checkTerms(terms, offer);
  for (const { parameters } of orders) assertParameters(descriptor.parameters, parameters);
  const maxima = maximaOf(orders, terms.cap, reading);
  const delivery = options.delivery ?? (keyset.endpoint === null ? 'ring' : 'handover');
  assertDeliverable(delivery, keyset.endpoint, orders.length, wallet);

  const validUntil = Math.min(reading.slot + validFor, reading.state.expiry);
  const sealed: Sealed[] = [];
  for (const [i, order] of orders.entries()) {
    const sequence = reserveSequence(requester.tabs, terms.tab, reading.state.window.top);
    const maximum = maxima[i]!;
    onProgress?.(`sealing job ${sequence}`);
    sealed.push(await seal(requester, tab, service, { order, sequence, maximum, validUntil }));
  }
  const transaction =
    delivery === 'ring'
      ? await ringFor(requester, terms.service, sealed, wallet!, options)
      : undefined;
  if (delivery === 'handover') await handOverAll(requester, keyset.endpoint!, sealed, options);
  return sealed.map(({ request, digest }) => ({
    sequence: request.sequence,
    digest: toHex(digest),
    maximum: request.maximum,
    validUntil,
    delivery,
    ...(transaction === undefined ? {} : { transaction }),
  }));
}

function maximaOf(
  orders: readonly JobOrder[],
  cap: bigint,
  { free, balance, promised }: TabReading
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
  endpoint: string | null,
  jobs: number,
  wallet: KeyPair | undefined
): void {
  if (delivery === 'handover' && endpoint === null)
    throw new RequesterError('ENDPOINT', 'the service takes no requests by hand; use --ring.');
  if (delivery === 'ring' && wallet === undefined)
    throw new ChainError('KEY', 'a ring costs a fee; name the key file that pays with --wallet');
  if (delivery === 'ring' && jobs > PROTOCOL.ringsPerTransaction)
    throw new ChainError(
      'LIMIT',
      `${jobs} jobs do not fit one transaction; ring for at most ${PROTOCOL.ringsPerTransaction} at once`
    );
}

interface Sealed {
  readonly request: SignedRequest;
  readonly block: Uint8Array;
  readonly envelope: Uint8Array;
  readonly digest: Uint8Array;
}

async function seal(
  { tabs }: Requester,
  { terms, requestKey, identity }: TabFile,
  { keyset }: ServiceReading,
  job: {
    readonly order: JobOrder;
    readonly sequence: number;
    readonly maximum: bigint;
    readonly validUntil: number;
  }
): Promise<Sealed> {
  const { order, ...numbers } = job;
  const envelope = await sealEnvelope(
    {
      version: 1,
      network: terms.network,
      service: terms.service,
      tab: terms.tab,
      sequence: job.sequence,
      parameters: order.parameters,
      secrets: { ...order.secrets },
      reply: await identityToRecipient(identity),
    },
    keyset.recipients
  );
  const unsigned = { terms, envelope: sha256(envelope), ...numbers };
  const signature = signFieldElements([requestCommitment(unsigned)], requestKey.privateKey);
  const request = { ...unsigned, signature };
  const block = encodeRequest(request);
  writeJob(tabs, terms.tab, { sequence: job.sequence, state: 'signed', request });
  return { request, block, envelope, digest: sha256(block) };
}

async function handOverAll(
  requester: Requester,
  endpoint: string,
  jobs: readonly Sealed[],
  options: RequestOptions
): Promise<void> {
  for (const job of jobs) {
    const { sequence, terms } = job.request;
    const write = (state: JobFileState): void =>
      writeJob(requester.tabs, terms.tab, { sequence, state, request: job.request });
    options.onProgress?.(`handing job ${sequence} over`);
    try {
      await handOverOnce(requester, endpoint, job, options);
      write('delivered');
    } catch (error) {
      if (error instanceof RequesterError && error.code === 'REFUSED') write('refused');
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
  { request, block, envelope }: Sealed,
  { signal }: RequestOptions
): Promise<void> {
  for (let left = HANDOVERS - 1; ; left--) {
    try {
      await handOver(endpoint, block, envelope, { signal });
      return;
    } catch (cause) {
      if (!(cause instanceof RequesterError) || cause.code !== 'ENDPOINT') throw cause;
      if (left === 0)
        throw new RequesterError(
          'ENDPOINT',
          `${cause.message} Job ${request.sequence} may have arrived: before you order it again, see \`job show\`.`,
          { cause }
        );
    }
    await pause(interval, signal);
  }
}

/** Blocks first: a ring for what nobody can fetch would be refused. */
async function ringFor(
  requester: Requester,
  service: string,
  jobs: readonly Sealed[],
  wallet: KeyPair,
  { signal, onProgress }: RequestOptions
): Promise<string> {
  onProgress?.('uploading requests and envelopes');
  for (const { block, envelope } of jobs)
    for (const bytes of [envelope, block]) await requester.uploads.put(bytes, { signal });
  const actions = jobs.map(({ request, digest }) => ({
    kind: 'request' as const,
    tab: request.terms.tab,
    digest,
  }));
  const transaction = await sendPaid(
    requester,
    wallet,
    (payer) => ring({ payer, service, actions }),
    { signal, onProgress }
  );
  for (const { request } of jobs) {
    const { sequence, terms } = request;
    writeJob(requester.tabs, terms.tab, { sequence, state: 'delivered', request, transaction });
  }
  return transaction;
}
