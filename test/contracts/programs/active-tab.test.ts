import { Field, Signature, UInt32, UInt64 } from 'o1js';
import { describe, expect, it } from 'vitest';
import { proven } from '../../circuit/method.ts';
import { makeParties, makeTerms, type Parties } from '../../fixtures/job-fixture.ts';
import { signatureOver } from '../zkapps/escrow.ts';
import {
  type TabEntry as PlainEntry,
  controlCommitment,
  tabSetRoot,
} from '../../../contracts/formats/tab-set.ts';
import { termsCommitment } from '../../../contracts/formats/terms.ts';
import { ActiveTab, ActiveTabClaim } from '../../../contracts/programs/active-tab.ts';
import { TabEntry } from '../../../contracts/provable/tab-set.ts';
import { Terms } from '../../../contracts/provable/terms.ts';

const { prove } = ActiveTab.rawMethods;
type Inputs = Parameters<typeof prove>;

const us = makeParties();
const terms = makeTerms(us);
const MINIMUM = 2_000_000_000n;
const SLOT = 500;
const CONTEXT = 4711n;

const entryOf = (parties: Parties, change: Partial<PlainEntry> = {}): PlainEntry => ({
  tab: parties.tab.publicKey,
  terms: String(termsCommitment(makeTerms(parties))),
  balance: '3000000000',
  expiry: 600,
  ...change,
});
/** Ours among strangers'. */
const setWith = (ours: Partial<PlainEntry> = {}): { tabs: PlainEntry[] } => ({
  tabs: [entryOf(us, ours), ...Array.from({ length: 4 }, () => entryOf(makeParties()))].sort(
    (a, b) => (a.tab < b.tab ? -1 : 1)
  ),
});

interface Choice {
  readonly set?: { tabs: PlainEntry[] };
  readonly minimum?: bigint;
  readonly slot?: number;
  readonly context?: bigint;
  readonly signer?: Parties['requester'];
  readonly signed?: bigint;
}
function inputs({
  set = setWith(),
  minimum = MINIMUM,
  slot = SLOT,
  context = CONTEXT,
  signer = us.requester,
  signed = controlCommitment(tabSetRoot(set), minimum, slot, context),
}: Choice = {}): Inputs {
  return [
    Terms.from(terms),
    TabEntry.from(set, terms.tab),
    UInt64.from(minimum),
    UInt32.from(slot),
    Field(context),
    signatureOver(signed, signer),
  ];
}

const TYPES = [Terms, TabEntry, UInt64, UInt32, Field, Signature] as const;
/** In order: set, minimum, slot, context. */
const claim = (...given: Inputs): Promise<bigint[]> => proven(TYPES, prove, given, ActiveTabClaim);

describe('a claim to hold a tab', () => {
  it('says of which set, how much, until when and for whom, and not which', async () => {
    const set = setWith();
    const said = await claim(...inputs({ set }));
    expect(said).toEqual([tabSetRoot(set), MINIMUM, BigInt(SLOT), CONTEXT]);
  });

  it('holds up to all that is in it and to its last slot, and no further', async () => {
    await expect(claim(...inputs({ minimum: 3_000_000_000n, slot: 600 }))).resolves.toBeDefined();
    await expect(claim(...inputs({ minimum: 3_000_000_001n }))).rejects.toThrow(/holds less/);
    await expect(claim(...inputs({ slot: 601 }))).rejects.toThrow(/expires earlier/);
  });

  it('is refused for a closed tab, at slot 0 too', async () => {
    const set = setWith({ expiry: 0 });
    await expect(claim(...inputs({ set, slot: 0 }))).rejects.toThrow(/closed/);
  });

  it('O7: is refused without the request key’s signature over this very claim', async () => {
    const set = setWith();
    const root = tabSetRoot(set);
    for (const signer of [us.refund, us.runner, us.tab])
      await expect(claim(...inputs({ set, signer }))).rejects.toThrow(/not signed/);
    for (const signed of [
      controlCommitment(root + 1n, MINIMUM, SLOT, CONTEXT),
      controlCommitment(root, MINIMUM - 1n, SLOT, CONTEXT),
      controlCommitment(root, MINIMUM, SLOT - 1, CONTEXT),
      controlCommitment(root, MINIMUM, SLOT, CONTEXT + 1n),
    ])
      await expect(claim(...inputs({ set, signed }))).rejects.toThrow(/not signed/);
  });

  it('with another balance, expiry, place or terms is about another set', async () => {
    const set = setWith();
    const root = tabSetRoot(set);
    const changes: ((given: Inputs) => void)[] = [
      ([, entry]) => (entry.balance = entry.balance.add(1)),
      ([, entry]) => (entry.expiry = entry.expiry.add(1)),
      ([, entry]) => (entry.siblings[0] = entry.siblings[0]!.add(1)),
      ([, entry]) => (entry.siblings[11] = entry.siblings[11]!.add(1)),
      ([, entry]) => (entry.isRight[11] = entry.isRight[11]!.not()),
      ([own]) => (own.cap = own.cap.add(1)),
      ([own]) => (own.refund = Terms.from(makeTerms(makeParties())).refund),
      ([own]) => (own.tab = Terms.from(makeTerms(makeParties())).tab),
    ];
    for (const [i, change] of changes.entries()) {
      const given = inputs({ set });
      change(given);
      // Signed for the honest root, so that a changed one shows by the signature.
      await expect(claim(...given), `change ${i}`).rejects.toThrow(/not signed/);
      // And signed for the root that it comes to, it is not the honest one.
      const [own, entry, minimum, slot, context] = given;
      const other = entry.root(own).toBigInt();
      expect(other, `change ${i}`).not.toBe(root);
      const signed = controlCommitment(other, MINIMUM, SLOT, CONTEXT);
      const said = await claim(
        ...([own, entry, minimum, slot, context, signatureOver(signed, us.requester)] as Inputs)
      );
      expect(said[0]).toBe(other);
    }
  });

  it('of a rival who knows the terms but not the key is refused', async () => {
    const set = setWith();
    const given = inputs({ set, signer: makeParties().requester });
    await expect(claim(...given)).rejects.toThrow(/not signed/);
    given[0].requestKey = Terms.from(makeTerms(makeParties())).requestKey;
    await expect(claim(...given)).rejects.toThrow(/not signed/);
  });
});
