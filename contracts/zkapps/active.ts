import { Field, type PublicKey, type UInt64 } from 'o1js';
import circuits from '../circuits.pinned.json' with { type: 'json' };
import type { Terms } from '../provable/terms.ts';
import { CONTRACT_ERROR } from './error.ts';
import { Tab } from './tab.ts';

export { requireActiveTab };

/**
 * What a contract of somebody else's calls where it relies on {@link Tab.assertActive}. That one alone says
 * nothing: o1js holds a callee to its address and to having a proof, not to the contract that the proof is
 * of, and anybody can put another one at an address, whose method of that name holds to nothing. Here the
 * callee's verification key is constrained to this release's tab. One row in the caller, besides the call.
 *
 * What no contract can see are an account's permissions: it is shown that the tab holds this much, and that
 * its wallet signed, in the ledger that the transaction is applied to, and not that it will.
 *
 * @param minimum nanomina
 */
async function requireActiveTab(tab: PublicKey, terms: Terms, minimum: UInt64): Promise<void> {
  const callee = new Tab(tab);
  await callee.assertActive(terms, minimum);
  const { verificationKeyHash } = callee.self.body.authorizationKind;
  verificationKeyHash.assertEquals(Field(circuits.Tab.hash), CONTRACT_ERROR.notTab);
}
