import { readAccount } from '../contracts/chain/account.ts';
import { readCurrentSlot } from '../contracts/chain/block.ts';
import { ChainError } from '../contracts/chain/error.ts';
import { fundTab, openTab } from '../contracts/chain/open-tab.ts';
import { assertReceives } from '../contracts/chain/refused.ts';
import { generateKeyPair } from '../contracts/chain/sign.ts';
import type { InboxAction } from '../contracts/formats/action.ts';
import { priceOf } from '../contracts/formats/descriptor.ts';
import type { TabState } from '../contracts/formats/tab-state.ts';
import { MINA_TOKEN, type Terms } from '../contracts/formats/terms.ts';
import { admits } from '../contracts/formats/window.ts';
import { RequesterError } from './error.ts';
import type { Requester, Stepwise } from './requester.ts';
import { type ServiceReading, readService } from './service.ts';
import type { JobRecord, TabKeys } from './store.ts';
import { makeTabKeys } from './tab-keys.ts';
import { stateOf } from './tab-state.ts';
import { type SendPaidOptions, sendPaid } from './transaction.ts';
import type { Wallet } from './wallet.ts';

export {
  type OpenTabOrder,
  type OpenedTab,
  type NewTab,
  type TabReading,
  openTabWith,
  prepareTab,
  sendOpening,
  fundTabWith,
  readTab,
  assertOpen,
};
export { stateOf } from './tab-state.ts';

interface OpenTabOrder {
  readonly service: string;
  /** Nanomina in the tab; an account's creation fee is paid on top. */
  readonly amount: bigint;
  /** The most that one job may cost. Default: all of the amount. */
  readonly cap?: bigint;
  /** For how many slots from now the tab settles. */
  readonly slots: number;
  /** Pays, and is where the rest goes back to. */
  readonly wallet: Wallet;
}

interface OpenedTab {
  readonly tab: TabKeys;
  readonly expiry: number;
  readonly transaction: string;
}

/** A tab as its account stands, checked, and what its requester has promised of it. */
interface TabReading {
  readonly state: TabState;
  /** Nanomina in the account. */
  readonly balance: bigint;
  /** Maximum of all jobs asked for from here that are neither settled nor refused. */
  readonly promised: bigint;
  /** Balance less what is promised, at least 0. */
  readonly free: bigint;
  readonly slot: number;
  readonly isClosed: boolean;
  readonly isExpired: boolean;
}

/**
 * Opens a tab by signature alone. The account's key signs once and is forgotten; the request key and
 * an age identity are in the store before the transaction is sent.
 *
 * @throws AccountRefused for the service, or for a payee or wallet that could not be paid (C9)
 * @throws ChainError `UNFUNDED`, `INVALID`; RequesterError `WALLET`, `NO_EFFECT`
 */
async function openTabWith(
  requester: Requester,
  order: OpenTabOrder,
  options: Stepwise = {}
): Promise<OpenedTab> {
  const tab = await prepareTab(requester, order, options);
  await requester.store.createTab(tab.keys);
  const transaction = await sendOpening(requester, tab, [], options);
  return { tab: tab.keys, expiry: tab.expiry, transaction };
}

/** A tab that is all made up and not yet opened. */
interface NewTab {
  readonly keys: TabKeys;
  /** Of the account: signs the opening and nothing else. */
  readonly accountKey: string;
  readonly slot: number;
  readonly expiry: number;
  readonly amount: bigint;
  readonly wallet: Wallet;
  readonly service: ServiceReading;
}

/** Everything that can be refused before keys are kept. */
async function prepareTab(
  { node, blocks, pinned, networkId }: Requester,
  { service: address, amount, cap = amount, slots, wallet }: OpenTabOrder,
  { signal, onProgress }: Stepwise
): Promise<NewTab> {
  await onProgress?.({ stage: 'reading', words: 'reading the service' });
  const service = await readService({ node, blocks, pinned }, address, { signal });
  const { descriptor, keyset } = service;
  for (const payable of [keyset.payee, wallet.publicKey])
    assertReceives(await readAccount(node, payable, { signal }), payable);
  if (!Number.isInteger(slots) || slots < 1)
    throw new ChainError('INVALID', `a tab cannot be open for ${slots} slots; choose 1 or more`);
  const slot = await readCurrentSlot(node, { signal });
  const account = generateKeyPair();
  const requestKey = generateKeyPair();
  const terms: Terms = {
    network: networkId,
    tab: account.publicKey,
    service: address,
    requestKey: requestKey.publicKey,
    refund: wallet.publicKey,
    payee: keyset.payee,
    price: priceOf(descriptor),
    token: MINA_TOKEN,
    cap,
  };
  const keys = await makeTabKeys(terms, requestKey);
  const accountKey = account.privateKey;
  return { keys, accountKey, slot, expiry: slot + slots, amount, wallet, service };
}

/**
 * @param tab whose keys are in the store
 * @param actions first rings of the service's inbox, in the same transaction
 * @returns the transaction
 */
async function sendOpening(
  requester: Requester,
  { keys, accountKey, expiry, amount, wallet }: NewTab,
  actions: readonly InboxAction[],
  { onSend, ...options }: Stepwise & Pick<SendPaidOptions, 'onSend'>
): Promise<string> {
  const { terms } = keys;
  const verificationKey = requester.pinned.Tab;
  const sent = { is: false };
  try {
    return await sendPaid(
      requester,
      wallet,
      (payer) => openTab({ payer, terms, expiry, amount, verificationKey, actions }),
      {
        ...options,
        signers: [accountKey],
        onSend: async (command) => {
          await onSend?.(command);
          sent.is = true;
        },
      }
    );
  } catch (error) {
    // What was sent may yet be included, and then the keys are all that there is of the money.
    if (!sent.is) await requester.store.dropTab(terms.tab);
    throw error;
  }
}

/** @returns the transaction. @throws RequesterError `ENDED` for a tab that buys nothing any more */
async function fundTabWith(
  requester: Requester,
  { terms }: Pick<TabKeys, 'terms'>,
  { amount, wallet }: { readonly amount: bigint; readonly wallet: Wallet },
  options: Stepwise = {}
): Promise<{ readonly transaction: string }> {
  assertOpen(terms.tab, await readTab(requester, terms, options));
  const transaction = await sendPaid(
    requester,
    wallet,
    (payer) => fundTab({ payer, tab: terms.tab, amount }),
    options
  );
  return { transaction };
}

/** @throws AccountRefused for a look-alike (C4); ChainError */
async function readTab(
  requester: Pick<Requester, 'node' | 'store' | 'pinned' | 'networkId'>,
  terms: Terms,
  { signal }: Stepwise = {}
): Promise<TabReading> {
  const { node, store } = requester;
  const account = await readAccount(node, terms.tab, { signal });
  const state = stateOf(requester, account, terms);
  const slot = await readCurrentSlot(node, { signal });
  const { balance } = account!;
  const promised = (await store.listJobs(terms.tab))
    .filter((job) => isPromised(job, slot) && admits(state.window, job.sequence))
    .reduce((sum, { request }) => sum + (request?.maximum ?? 0n), 0n);
  return {
    state,
    balance,
    promised,
    free: balance > promised ? balance - promised : 0n,
    slot,
    isClosed: state.expiry === 0,
    isExpired: state.expiry !== 0 && state.expiry < slot,
  };
}

/** What was signed may have arrived even where no answer came, until it may no longer be accepted. */
const isPromised = ({ state, request }: JobRecord, slot: number): boolean =>
  state === 'delivered' || (state === 'signed' && request!.validUntil >= slot);

/** @throws RequesterError `ENDED` */
function assertOpen(tab: string, { state, slot, isClosed, isExpired }: TabReading): void {
  if (isClosed) throw new RequesterError('ENDED', `the tab ${tab} is closed; open another.`);
  if (isExpired)
    throw new RequesterError(
      'ENDED',
      `the tab ${tab} expired at slot ${state.expiry}, now is slot ${slot}; get its rest back with a refund and open another.`
    );
}
