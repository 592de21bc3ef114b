import { readCurrentSlot } from '../contracts/chain/block.ts';
import type { Draft, FeePayer } from '../contracts/chain/command.ts';
import { pause } from '../contracts/chain/graphql.ts';
import { ring } from '../contracts/chain/ring.ts';
import { signFieldElements } from '../contracts/chain/sign.ts';
import type { ActionKind } from '../contracts/formats/action.ts';
import { Writer, toHex } from '../contracts/formats/bytes.ts';
import { digestOf, rawCidOfBlock } from '../contracts/formats/cid.ts';
import {
  closingCommitment,
  encodeClosing,
  encodeExtension,
  extensionCommitment,
} from '../contracts/formats/order.ts';
import { writeTerms } from '../contracts/formats/terms.ts';
import { askEndpoint } from './endpoint.ts';
import { RequesterError } from './error.ts';
import { type PeerLine, openPeerLine } from './peers.ts';
import type { Requester, Stepwise } from './requester.ts';
import { readService } from './service.ts';
import { type ProvingSender, sendProven } from './sender.ts';
import type { TabKeys } from './store.ts';
import { type TabReading, assertOpen, readTab } from './tab.ts';
import { sendPaid } from './transaction.ts';
import type { Wallet } from './wallet.ts';

export { extendTab, closeTab, refundTab, assertNotRefused, type OrderOptions };

interface OrderOptions extends Stepwise {
  /** Pays for the ring. */
  readonly wallet: Wallet;
  /** Milliseconds to wait for the daemon to carry it out; 0 does not wait. Default an hour. */
  readonly timeout?: number;
}

interface Ordered {
  /** The ring's. */
  readonly transaction: string;
  /** SHA-256 of the signed order, in hex: what {@link assertNotRefused} asks for. */
  readonly digest: string;
  /** The tab once the order has shown; `undefined` where that was not waited for. */
  readonly reading?: TabReading;
}

/**
 * Orders the tab's end to be moved out: signed here, proven and sent by the provider's daemon.
 *
 * @param slots from the current slot on; the daemon limits how far
 * @throws RequesterError `ENDED`, `REFUSED`, `TIMEOUT`
 */
async function extendTab(
  requester: Requester,
  tab: TabKeys,
  slots: number,
  options: OrderOptions
): Promise<Ordered & { readonly expiry: number }> {
  const { terms, requestKey } = tab;
  const before = await readTab(requester, terms, options);
  assertOpen(terms.tab, before);
  const expiry = before.slot + slots;
  if (!Number.isInteger(slots) || expiry <= before.state.expiry)
    throw new RequesterError(
      'ENDED',
      `slot ${expiry} is no later than the tab's end at slot ${before.state.expiry}; ask for more slots.`
    );
  const order = { terms, expiry };
  const signature = signFieldElements([extensionCommitment(order)], requestKey.privateKey);
  const block = encodeExtension({ ...order, signature });
  const isDone = ({ state }: TabReading): boolean => state.expiry >= expiry;
  return { expiry, ...(await give(requester, tab, { kind: 'extension', block, isDone }, options)) };
}

/**
 * Orders the tab to be closed at the last commit of its log: what stands there is settled first, the
 * rest goes to the refund address at once instead of after expiry.
 *
 * @throws RequesterError `ENDED`, `REFUSED`, `TIMEOUT`
 */
async function closeTab(
  requester: Requester,
  tab: TabKeys,
  options: OrderOptions
): Promise<Ordered & { readonly head: string }> {
  const { terms, requestKey } = tab;
  const { signal, onProgress } = options;
  const before = await readTab(requester, terms, options);
  assertOpen(terms.tab, before);
  await onProgress?.({ stage: 'reading', words: 'reading the log' });
  const { keyset } = await readService(requester, terms.service, { mayBePaused: true, signal });
  const { log: repository, endpoint } = keyset;
  const source = { repository, endpoint, tab: terms.tab, from: before.state.head };
  const head = (await requester.logs.read(source, { signal })).at(-1)?.id ?? before.state.head;
  const order = { terms, head };
  const signature = signFieldElements([closingCommitment(order)], requestKey.privateKey);
  const block = encodeClosing({ ...order, signature });
  const isDone = ({ isClosed }: TabReading): boolean => isClosed;
  return { head, ...(await give(requester, tab, { kind: 'closing', block, isDone }, options)) };
}

/**
 * Takes the rest out of an expired tab whose provider has vanished: anybody may, and who is paid
 * stands in the terms.
 *
 * @param sender proves and pays the fee
 * @throws RequesterError `NOT_ENDED`, `ENDED` where there is nothing left
 */
async function refundTab(
  requester: Requester,
  { terms }: Pick<TabKeys, 'terms'>,
  { sender, signal, onProgress }: Stepwise & { readonly sender: ProvingSender }
): Promise<{ readonly transaction: string; readonly amount: bigint }> {
  const { state, balance, isClosed } = await readTab(requester, terms, { signal });
  const slot = await readCurrentSlot(requester.node, { signal });
  if (!isClosed && slot <= state.expiry)
    throw new RequesterError(
      'NOT_ENDED',
      `the tab is open until slot ${state.expiry}, now is slot ${slot}; wait, or have it closed.`
    );
  if (balance === 0n)
    throw new RequesterError('ENDED', `the tab ${terms.tab} holds nothing any more.`);
  const transaction = await sendProven(
    sender,
    { kind: 'refund', terms: writeTerms(new Writer(), terms).finish(), amount: balance },
    { signal, onProgress }
  );
  return { transaction, amount: balance };
}

interface SignedOrder {
  readonly kind: ActionKind;
  readonly block: Uint8Array;
  readonly isDone: (reading: TabReading) => boolean;
}

async function give(
  requester: Requester,
  { terms }: TabKeys,
  { kind, block, isDone }: SignedOrder,
  { wallet, timeout = 3_600_000, ...options }: OrderOptions
): Promise<Ordered> {
  const { tab, service } = terms;
  const digest = digestOf(rawCidOfBlock(block));
  const line = await placeOrder(requester, service, { kind, block }, options);
  let transaction: string;
  try {
    const build = (payer: FeePayer): Draft =>
      ring({ payer, service, actions: [{ kind, tab, digest }] });
    transaction = await sendPaid(requester, wallet, build, options);
    await line?.fetched([block], options);
  } finally {
    await line?.close();
  }
  const ordered = { transaction, digest: toHex(digest) };
  if (timeout === 0) return ordered;
  const end = Date.now() + timeout;
  for (;;) {
    const reading = await readTab(requester, terms, options);
    if (isDone(reading)) return { ...ordered, reading };
    await assertNotRefused(requester, service, ordered.digest, options);
    if (Date.now() + requester.interval > end)
      throw new RequesterError(
        'TIMEOUT',
        `the provider has not carried out the ${kind} within ${timeout} ms; it may yet, so look at the tab again later.`
      );
    await options.onProgress?.({
      stage: 'waiting',
      words: `waiting for the provider to carry out the ${kind}`,
    });
    await pause(requester.interval, options.signal);
  }
}

/** Puts the block where the provider finds it: uploaded, or on offer on the line that comes back. */
async function placeOrder(
  requester: Requester,
  service: string,
  { kind, block }: Pick<SignedOrder, 'kind' | 'block'>,
  options: Stepwise
): Promise<PeerLine | undefined> {
  const { uploads } = requester;
  if (uploads === undefined) {
    const { signal } = options;
    const { keyset } = await readService(requester, service, { mayBePaused: true, signal });
    const line = await openPeerLine(requester, keyset, options);
    await line.offer([block]);
    return line;
  }
  await options.onProgress?.({ stage: 'uploading', words: `uploading the ${kind}` });
  await uploads.put(block, options);
  return undefined;
}

/**
 * Asks the provider whether it refused an extension or a closing that was rung for: nothing else shows it.
 *
 * @param digest of the signed order, in hex
 * @throws RequesterError `REFUSED`; nothing where there is no endpoint, or it does not answer
 */
async function assertNotRefused(
  requester: Requester,
  service: string,
  digest: string,
  { signal }: Stepwise = {}
): Promise<void> {
  const { keyset } = await readService(requester, service, { mayBePaused: true, signal });
  if (keyset.endpoint === null) return;
  const said = await askEndpoint(keyset.endpoint, digest, { of: 'orders', signal });
  if (said?.state !== 'refused') return;
  throw new RequesterError(
    'REFUSED',
    `the provider refused (${said.refusal ?? 'no code'}): ${said.reason ?? 'no reason given'}.`
  );
}
