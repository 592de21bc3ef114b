import type { InboxAction } from '../formats/action.ts';
import { BOUND } from '../formats/amount.ts';
import { assertUint } from '../formats/bytes.ts';
import { tabPermissions } from '../formats/permissions.ts';
import { PROTOCOL } from '../formats/protocol.ts';
import { encodeTabState, openingState } from '../formats/tab-state.ts';
import { MINA_TOKEN, type Terms } from '../formats/terms.ts';
import { type Draft, type FeePayer, accountUpdate, draft } from './command.ts';
import { ChainError } from './error.ts';
import { ringUpdate } from './ring.ts';

export { openTab, fundTab, LAST_SLOT, type OpenTabOptions };

/** No slot follows it, so that a tab which expires then has no slot for its refund. */
const LAST_SLOT = 0xffffffff;

interface OpenTabOptions {
  readonly payer: FeePayer;
  /** `terms.tab` is a fresh key of which nothing is left once it has signed. */
  readonly terms: Terms;
  /** Last slot (since genesis) at which the tab settles. */
  readonly expiry: number;
  /** Nanomina that the tab holds; the account creation fee is paid on top. */
  readonly amount: bigint;
  readonly verificationKey: { readonly data: string; readonly hash: bigint };
  /** First rings of the service's inbox, in the same transaction. */
  readonly actions?: readonly InboxAction[];
  readonly memo?: string;
}

/**
 * Opens an escrow by signature alone: creates the account, sets its key, state and permissions in one
 * update, and funds it. Signed by the tab's key, then by the payer. No proof is made, hence nothing
 * about it is proven: who relies on it calls `checkTab`.
 *
 * @throws ChainError `INVALID`, `LIMIT`; FormatError where terms are malformed
 */
function openTab(options: OpenTabOptions): Draft {
  const { payer, terms, expiry, amount, verificationKey, actions = [], memo } = options;
  if (terms.token !== MINA_TOKEN)
    throw new ChainError('INVALID', `token ${terms.token} is not MINA; tabs are in MINA only`);
  if (terms.tab === payer.publicKey)
    throw new ChainError('INVALID', 'a tab needs a fresh key; the payer’s account exists already');
  if (expiry < 1 || expiry >= LAST_SLOT)
    throw new ChainError(
      'INVALID',
      `expiry slot ${expiry} leaves no slot for a refund; choose an earlier one`
    );
  assertAmount(amount);
  const updates = [
    accountUpdate(payer.publicKey, {
      authorization: 'signature',
      balanceChange: -(amount + PROTOCOL.accountCreationFee),
    }),
    accountUpdate(terms.tab, {
      authorization: 'signature',
      balanceChange: amount,
      state: encodeTabState(openingState(terms, expiry)),
      verificationKey,
      permissions: tabPermissions,
      isNew: true,
    }),
  ];
  if (actions.length > 0) updates.push(ringUpdate(terms.service, actions));
  return draft(payer, updates, memo);
}

/** Tops a tab up: a plain transfer. Whatever it holds beyond what jobs cost is refunded at its end. */
function fundTab(options: {
  readonly payer: FeePayer;
  readonly tab: string;
  /** Nanomina. */
  readonly amount: bigint;
  readonly memo?: string;
}): Draft {
  const { payer, tab, amount, memo } = options;
  assertAmount(amount);
  const updates = [
    accountUpdate(payer.publicKey, { authorization: 'signature', balanceChange: -amount }),
    accountUpdate(tab, { authorization: 'none', balanceChange: amount }),
  ];
  return draft(payer, updates, memo);
}

function assertAmount(amount: bigint): void {
  assertUint(amount, BOUND.amount - 1, 'amount');
  if (amount === 0n)
    throw new ChainError('INVALID', 'an amount of 0 nanomina moves nothing; choose a larger one');
}
