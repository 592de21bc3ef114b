import { Field, Signature, Struct, UInt32, UInt64, ZkProgram } from 'o1js';
import { hashIn } from '../provable/domain.ts';
import { TabEntry } from '../provable/tab-set.ts';
import { Terms } from '../provable/terms.ts';

export { ActiveTab, ActiveTabProof, ActiveTabClaim };

/** What a proof says: who made it holds the request key of one of these tabs. Not of which. */
class ActiveTabClaim extends Struct({
  /** Root of the set; see `tabSetRoot`. */
  tabs: Field,
  /** Nanomina that it holds at least. */
  minimum: UInt64,
  /** It is open, and settles at this slot still. */
  slot: UInt32,
  /** To whom and for what it was made, so that it is worth nothing elsewhere. */
  context: Field,
}) {}

/**
 * Control of a tab that holds enough and has not expired, for use off the chain. A set of one tab names
 * it; any larger one hides it among the others. Two proofs by one tab cannot be told from proofs by two.
 */
const ActiveTab = ZkProgram({
  name: 'runproof-active-tab-1',
  publicOutput: ActiveTabClaim,
  methods: {
    /**
     * Constrains, in order: the tab of `terms` stands in the set with this balance and expiry; the
     * balance is at least `minimum`; it is not closed (expiry ≠ 0) and expires at `slot` at the earliest;
     * and the request key of `terms` signed this very claim. 862 rows.
     */
    prove: {
      privateInputs: [Terms, TabEntry, UInt64, UInt32, Field, Signature],
      async method(
        terms: Terms,
        entry: TabEntry,
        minimum: UInt64,
        slot: UInt32,
        context: Field,
        signature: Signature
      ) {
        const tabs = entry.root(terms);
        minimum.assertLessThanOrEqual(entry.balance, 'the tab holds less');
        entry.expiry.value.assertNotEquals(0, 'the tab is closed');
        slot.assertLessThanOrEqual(entry.expiry, 'the tab expires earlier');
        const packed = minimum.value.add(slot.value.mul(1n << 64n)).seal();
        signature
          .verify(terms.requestKey, [hashIn('tabControl', tabs, packed, context)])
          .assertTrue('not signed by the tab’s request key');
        return { publicOutput: new ActiveTabClaim({ tabs, minimum, slot, context }) };
      },
    },
  },
});

class ActiveTabProof extends ZkProgram.Proof(ActiveTab) {}
