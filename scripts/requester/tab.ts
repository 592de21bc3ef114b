import { type Account, readAccount } from '../../contracts/chain/account.ts';
import { readCurrentSlot } from '../../contracts/chain/block.ts';
import { checkTab } from '../../contracts/chain/check-tab.ts';
import { ChainError } from '../../contracts/chain/error.ts';
import { fundTab, openTab } from '../../contracts/chain/open-tab.ts';
import { AccountRefused, assertReceives } from '../../contracts/chain/refused.ts';
import { type KeyPair, generateKeyPair } from '../../contracts/chain/sign.ts';
import type { InboxAction } from '../../contracts/formats/action.ts';
import { priceOf } from '../../contracts/formats/descriptor.ts';
import { type TabState, parseTabState } from '../../contracts/formats/tab-state.ts';
import { MINA_TOKEN, type Terms } from '../../contracts/formats/terms.ts';
import { admits } from '../../contracts/formats/window.ts';
import { RequesterError } from './error.ts';
import { type JobFile, listJobs } from './job-file.ts';
import type { Requester, Stepwise } from './requester.ts';
import { readService } from './service.ts';
import { type TabFile, createTabFile, dropTabFile } from './tab-file.ts';
import { sendPaid } from './transaction.ts';

export {
  type OpenTabOrder,
  type TabReading,
  openTabWith,
  fundTabWith,
  readTab,
  stateOf,
  assertOpen,
};

interface OpenTabOrder {
  readonly service: string;
  /** Nanomina in the tab; an account's creation fee is paid on top. */
  readonly amount: bigint;
  /** The most that one job may cost. Default: all of the amount. */
  readonly cap?: bigint;
  /** For how many slots from now the tab settles. */
  readonly slots: number;
  /** Pays, and is where the rest goes back to. */
  readonly wallet: KeyPair;
  /** First rings of the inbox, made for the tab that is being opened. */
  readonly actions?: (tab: TabFile) => Promise<readonly InboxAction[]>;
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
 * an age identity are on disk before the transaction is sent.
 *
 * @throws AccountRefused for the service, or for a payee or wallet that could not be paid (C9)
 * @throws ChainError `UNFUNDED`, `INVALID`; RequesterError `NO_EFFECT`
 */
async function openTabWith(
  requester: Requester,
  { service, amount, cap = amount, slots, wallet, actions }: OpenTabOrder,
  options: Stepwise = {}
): Promise<{ readonly tab: TabFile; readonly expiry: number; readonly transaction: string }> {
  const { node, tabs, networkId, pinned } = requester;
  const { signal, onProgress } = options;
  onProgress?.('reading the service');
  const { descriptor, keyset } = await readService(requester, service, { signal });
  for (const address of [keyset.payee, wallet.publicKey])
    assertReceives(await readAccount(node, address, { signal }), address);
  if (!Number.isInteger(slots) || slots < 1)
    throw new ChainError('INVALID', `a tab cannot be open for ${slots} slots; choose 1 or more`);
  const expiry = (await readCurrentSlot(node, { signal })) + slots;

  const account = generateKeyPair();
  const requestKey = generateKeyPair();
  const terms: Terms = {
    network: networkId,
    tab: account.publicKey,
    service,
    requestKey: requestKey.publicKey,
    refund: wallet.publicKey,
    payee: keyset.payee,
    price: priceOf(descriptor),
    token: MINA_TOKEN,
    cap,
  };
  const tab = await createTabFile(tabs, terms, requestKey);
  const sent = { is: false };
  try {
    const rings = (await actions?.(tab)) ?? [];
    const transaction = await sendPaid(
      requester,
      wallet,
      (payer) =>
        openTab({
          payer,
          terms,
          expiry,
          amount,
          verificationKey: pinned.Tab,
          actions: rings,
        }),
      { ...options, signers: [account.privateKey], onSend: () => (sent.is = true) }
    );
    return { tab, expiry, transaction };
  } catch (error) {
    // What was sent may yet be included, and then the file is all that there is of the money.
    if (!sent.is) dropTabFile(tabs, terms.tab);
    throw error;
  }
}

/** @returns the transaction. @throws RequesterError `ENDED` for a tab that buys nothing any more */
async function fundTabWith(
  requester: Requester,
  { terms }: Pick<TabFile, 'terms'>,
  { amount, wallet }: { readonly amount: bigint; readonly wallet: KeyPair },
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
  requester: Requester,
  terms: Terms,
  { signal }: Stepwise = {}
): Promise<TabReading> {
  const { node, tabs } = requester;
  const account = await readAccount(node, terms.tab, { signal });
  const state = stateOf(requester, account, terms);
  const slot = await readCurrentSlot(node, { signal });
  const { balance } = account!;
  const promised = listJobs(tabs, terms.tab)
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
const isPromised = ({ state, request }: JobFile, slot: number): boolean =>
  state === 'delivered' || (state === 'signed' && request!.validUntil >= slot);

/** State of a tab's account, open or not. @throws AccountRefused */
function stateOf(
  { pinned, networkId }: Pick<Requester, 'pinned' | 'networkId'>,
  account: Account | null,
  terms: Terms
): TabState {
  try {
    const verificationKeyHash = pinned.Tab.hash;
    return checkTab(account, terms, {
      verificationKeyHash,
      network: networkId,
      slot: 0,
      progress: 'any',
    });
  } catch (error) {
    // Comes after every other check, so what is closed is otherwise right.
    if (error instanceof AccountRefused && error.code === 'CLOSED')
      return parseTabState(account!.state!);
    throw error;
  }
}

/** @throws RequesterError `ENDED` */
function assertOpen(tab: string, { state, slot, isClosed, isExpired }: TabReading): void {
  if (isClosed) throw new RequesterError('ENDED', `the tab ${tab} is closed; open another.`);
  if (isExpired)
    throw new RequesterError(
      'ENDED',
      `the tab ${tab} expired at slot ${state.expiry}, now is slot ${slot}; get its rest back with a refund and open another.`
    );
}
