import pins from '../../../contracts/circuits.pinned.json' with { type: 'json' };
import { beforeAll, describe, expect, it } from 'vitest';
import { makeParties, makeTerms } from '../../fixtures/job-fixture.ts';
import { signFieldElements } from '../../../contracts/chain/sign.ts';
import { type ActiveTabProof, parseActiveTabProof } from '../../../contracts/formats/proof.ts';
import { tabSetRoot } from '../../../contracts/formats/tab-set.ts';
import { termsCommitment } from '../../../contracts/formats/terms.ts';
import {
  proveActiveTab,
  verifyActiveTabProof,
} from '../../../contracts/programs/prove-active-tab.ts';
import { compiled } from '../../fixtures/compiled.ts';

const parties = Array.from({ length: 3 }, makeParties);
const us = parties[1]!;
const tabs = parties
  .map((each) => ({
    tab: each.tab.publicKey,
    terms: String(termsCommitment(makeTerms(each))),
    balance: '3000000000',
    expiry: 600,
  }))
  .sort((a, b) => (a.tab < b.tab ? -1 : 1));
const wish = { minimum: 2_000_000_000n, slot: 500, context: 'the lounge, today' };
const prove = (changes: Partial<typeof wish> = {}, key = us.requester): Promise<ActiveTabProof> =>
  proveActiveTab(makeTerms(us), { tabs }, { ...wish, ...changes }, (commitment) =>
    signFieldElements([commitment], key.privateKey)
  );

let proof: ActiveTabProof;
beforeAll(async () => {
  await compiled();
  proof = await prove();
});

describe('a proof of control of one of several tabs', () => {
  it('verifies with the pinned key alone, and names none of them', async () => {
    const { minimum, slot, context } = wish;
    expect(proof.claim).toEqual({
      ...{ slot, context },
      tabs: String(tabSetRoot({ tabs })),
      minimum: String(minimum),
    });
    const text = JSON.stringify(proof);
    for (const { tab, terms } of tabs) {
      expect(text).not.toContain(tab);
      expect(text).not.toContain(terms);
    }
    expect(await verifyActiveTabProof(parseActiveTabProof(JSON.parse(text)), pins.ActiveTab)).toBe(
      true
    );
  });

  it('O6: does not verify with any part of its claim changed, nor with another key', async () => {
    for (const change of [
      { tabs: String(tabSetRoot({ tabs: tabs.slice(1) })) },
      { minimum: '2000000001' },
      { slot: 501 },
      { context: 'the lounge, tomorrow' },
    ]) {
      const changed = { ...proof, claim: { ...proof.claim, ...change } };
      expect(await verifyActiveTabProof(changed, pins.ActiveTab), JSON.stringify(change)).toBe(
        false
      );
    }
    expect(await verifyActiveTabProof(proof, pins.Credential)).toBe(false);
  });

  it('cannot be made of what is not so, nor without the request key', async () => {
    await expect(prove({ minimum: 3_000_000_001n })).rejects.toThrow();
    await expect(prove({ slot: 601 })).rejects.toThrow();
    await expect(prove({}, us.refund)).rejects.toThrow();
  });
});
