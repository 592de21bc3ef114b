import {
  type SignedRequest,
  parseRequest,
  requestCommitment,
} from '../../contracts/formats/request.ts';
import { encodeTabState, openingState } from '../../contracts/formats/tab-state.ts';
import { MINA_TOKEN, type Terms } from '../../contracts/formats/terms.ts';
import type { Job } from '../journal/job.ts';
import { assertAffordable, assertTime } from './allowance.ts';
import { fetchBlock, parsed } from './block-fetch.ts';
import { type TabReading, isLookalike } from './chain.ts';
import type { Context } from './context.ts';
import { Refusal } from './error.ts';
import type { Offer } from './offer.ts';
import { openFor } from './opening.ts';
import { reconcile } from './reconcile.ts';
import type { VaultBlocks } from './vault.ts';

export { type Admission, admit, readTab };

/** A request that may run. */
interface Admission {
  readonly request: SignedRequest;
  readonly sealed: Uint8Array;
  readonly vault: VaultBlocks;
  /** Whose keys opened it, and open it when it runs. */
  readonly epoch: number;
  readonly tab: TabReading;
}

/**
 * Everything that is checked before anything runs, cheapest for the daemon first; nothing large is
 * fetched, and nothing opened, for a request that is not signed and paid for.
 *
 * @param block the request, as it hashes to the job's digest
 * @throws {Refusal}
 */
async function admit(context: Context, job: Job, block: Uint8Array): Promise<Admission> {
  const { chain, verify } = context.parts;
  const options = { signal: context.within(context.policy.fetch) };
  const request = parsed(() => parseRequest(block));
  const { terms } = request;
  if (terms.tab !== job.tab || terms.service !== job.service)
    throw new Refusal('MISMATCH', `the request is of the tab ${terms.tab}, not of ${job.tab}`);
  const offer = await context.offers.current(terms.service, options);
  assertOffered(offer, terms);
  const network = await chain.network(options);
  const tab = await readTab(context, terms, options);
  if (terms.network !== network)
    throw new Refusal('NETWORK', `the request is for ${terms.network}, this is ${network}`);
  if (!verify(requestCommitment(request), request.signature, terms.requestKey))
    throw new Refusal('SIGNATURE', `the request is not signed by ${terms.requestKey}`);
  const slot = await chain.slot(options);
  if (request.validUntil < slot)
    throw new Refusal(
      'OUTDATED',
      `the request was valid until slot ${request.validUntil}, now is slot ${slot}; sign it again`
    );
  assertAffordable(context, job, request, tab);
  assertTime(context, offer, tab.state.expiry, slot);
  if (terms.payee !== offer.keyset.payee)
    throw new Refusal('PAYEE', `the tab pays ${terms.payee}, not ${offer.keyset.payee}`);
  if (!(await chain.canReceive(terms.payee, options)))
    throw new Refusal('PAYEE_ACCOUNT', `the payee ${terms.payee} has no account to be paid to`);
  const sealed =
    context.journal.blocks.get(job.id, 'envelope') ?? (await fetchBlock(context, request.envelope));
  const { epoch } = offer.keyset;
  const { vaultBlocks: vault } = await openFor(
    context,
    offer,
    request,
    { envelope: sealed, epoch },
    slot
  );
  return { request, sealed, vault, epoch, tab };
}

/** The tab's account, checked, with what it says of settled jobs already taken in. */
async function readTab(
  context: Context,
  terms: Terms,
  options: { signal: AbortSignal }
): Promise<TabReading> {
  // One after the other, so that an older answer is not taken in after a newer one.
  return context.turns.pass(`account ${terms.tab}`, async () => {
    const tab = await context.parts.chain.tab(terms, options);
    if (isLookalike(tab))
      throw new Refusal(
        tab.missing ? 'NO_TAB' : 'TAB',
        `the tab ${terms.tab} cannot be used: ${tab.reason}`
      );
    if (context.journal.tabs.get(terms.tab) === undefined) assertFresh(terms, tab);
    else reconcile(context, terms, tab);
    return tab;
  });
}

/**
 * The opener wrote the first state freely, and from then on only proofs over our receipts move it: a
 * tab that we have not seen before has to be as new, or its head or window may be one that no
 * settlement of ours can start from (C4).
 */
function assertFresh(terms: Terms, { state }: TabReading): void {
  const [actual, expected] = [state, openingState(terms, state.expiry)].map(encodeTabState);
  if (actual!.some((field, i) => field !== expected![i]))
    throw new Refusal(
      'TAB',
      `the tab ${terms.tab} was not opened by the book, or is another daemon's: open a new one`
    );
}

/** The service is open, and the tab was opened at its price. */
function assertOffered(offer: Offer, terms: Terms): void {
  if (offer.paused) throw new Refusal('PAUSED', `the service ${offer.address} is paused`);
  const { base, perSecond } = offer.price;
  if (terms.price.base !== base || terms.price.perSecond !== perSecond)
    throw new Refusal(
      'PRICE',
      `the tab's price is ${terms.price.base} + ${terms.price.perSecond}/s, the service's ${base} + ${perSecond}/s`
    );
  if (terms.token !== MINA_TOKEN)
    throw new Refusal('TOKEN', `the tab pays in token ${terms.token}, the service asks for MINA`);
}
