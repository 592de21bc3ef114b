import { assertParameters } from '../contracts/formats/parameters.ts';
import { deliverRung, keepCommand, offerJobs, ringOf } from './delivery.ts';
import { RequesterError } from './error.ts';
import {
  type JobOrder,
  type RequestedJob,
  VALID_FOR,
  assertFitsTransaction,
  maximaOf,
  requestedJob,
} from './job.ts';
import { onlyWay } from './peers.ts';
import type { Requester, Stepwise } from './requester.ts';
import { type SealedJob, sealJob } from './seal.ts';
import { type OpenTabOrder, type OpenedTab, prepareTab, sendOpening } from './tab.ts';

export { type Purchase, type Bought, buy };

interface Purchase extends OpenTabOrder {
  /** 1 to `PROTOCOL.ringsPerTransaction` jobs. */
  readonly orders: readonly JobOrder[];
  /** Slots for which a provider may accept them. Default {@link VALID_FOR}, at most to the tab's end. */
  readonly validFor?: number;
}

interface Bought extends OpenedTab {
  readonly jobs: readonly RequestedJob[];
}

/**
 * Opens a tab and rings for its first jobs in one transaction, so that a wallet asks once.
 *
 * Keys, requests and envelopes are in the store before the wallet is asked, and the signed transaction
 * before it is sent. Once it is sent, whatever goes wrong can be resumed; before that it leaves nothing
 * behind, or after a crash a tab that was never opened and costs nothing.
 *
 * @throws as `openTabWith` and `requestJobs`
 */
async function buy(
  requester: Requester,
  { orders, validFor = VALID_FOR, ...order }: Purchase,
  options: Stepwise = {}
): Promise<Bought> {
  const { store } = requester;
  const { onProgress } = options;
  const { amount, cap = amount } = order;
  if (orders.length === 0)
    throw new RequesterError('UNPAYABLE', 'nothing is ordered; order a job or open a tab alone.');
  assertFitsTransaction(orders.length);
  const maxima = maximaOf(orders, cap, { free: amount, balance: amount, promised: 0n });
  const tab = await prepareTab(requester, order, options);
  const { keys, service, slot, expiry } = tab;
  const { descriptor, keyset } = service;
  for (const { parameters } of orders) assertParameters(descriptor.parameters, parameters);
  const line = await onlyWay(requester, keyset, options);
  try {
    await store.createTab(keys);
    const { tab: address } = keys.terms;
    const validUntil = Math.min(slot + validFor, expiry);
    const sealed: SealedJob[] = [];
    for (const [i, job] of orders.entries()) {
      const sequence = await store.reserveSequence(address, 0);
      await onProgress?.({ stage: 'sealing', words: `sealing job ${sequence}` });
      const numbers = { sequence, maximum: maxima[i]!, validUntil, slot };
      sealed.push(await sealJob(keys, service, job, numbers));
      await store.writeJob(address, sealed.at(-1)!);
    }
    await offerJobs(line, sealed);
    const transaction = await sendOpening(requester, tab, sealed.map(ringOf), {
      ...options,
      onSend: (command) => keepCommand(requester, sealed, command),
    });
    await deliverRung(requester, { keyset, transaction, line }, sealed, options);
    const jobs = sealed.map((job) => requestedJob(job, { delivery: 'ring', transaction }));
    return { tab: keys, expiry, transaction, jobs };
  } finally {
    await line?.close();
  }
}
