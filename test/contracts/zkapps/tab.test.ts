import { AccountUpdate, Field, UInt32, UInt64 } from 'o1js';
import { beforeAll, describe, expect, it } from 'vitest';
import { generateKeyPair, type KeyPair } from '../../../contracts/chain/sign.ts';
import { accountUpdate, type UpdateSpec } from '../../../contracts/chain/command.ts';
import { pinned } from '../../../contracts/chain/pinned.ts';
import { tabPermissions } from '../../../contracts/formats/permissions.ts';
import { closingCommitment, extensionCommitment } from '../../../contracts/formats/order.ts';
import { encodeTabState, openingState } from '../../../contracts/formats/tab-state.ts';
import { keyHash, termsCommitment, type Terms as Plain } from '../../../contracts/formats/terms.ts';
import { LogClaim } from '../../../contracts/programs/job-log.ts';
import { Terms } from '../../../contracts/provable/terms.ts';
import { CONTRACT_ERROR } from '../../../contracts/zkapps/error.ts';
import { Tab } from '../../../contracts/zkapps/tab.ts';
import { makeNotes, makeParties, makeTerms, type JobChoice } from '../../fixtures/job-fixture.ts';
import { MINA, Market, claimOf, dummyProofOf, key, signatureOver, stateOf } from './escrow.ts';

const LAST_SLOT = 2 ** 32 - 1;
const WRONG_STATE = /Account_app_state_precondition_unsatisfied/;
const TOO_LITTLE = /Overflow/;
const WRONG_SLOT = /Protocol_state_precondition_unsatisfied/;

let market: Market;
beforeAll(async () => {
  market = await Market.create();
});

const tabOf = ({ tab }: Plain): Tab => new Tab(key(tab));
const notesOf = (terms: Plain, ...choices: JobChoice[]): ReturnType<typeof makeNotes> =>
  makeNotes(market.us, terms, choices.length > 0 ? choices : [{ sequence: 1 }]);
const nextClaim = (terms: Plain, ...choices: JobChoice[]): ReturnType<typeof claimOf> =>
  claimOf(terms, stateOf(market.chain, terms.tab), notesOf(terms, ...choices));

async function settle(terms: Plain, claim: LogClaim, given = terms): Promise<void> {
  const proof = await dummyProofOf(claim);
  await market.transact(() => tabOf(terms).settle(proof, Terms.from(given)));
}
const refund = (terms: Plain, amount: bigint, given = terms): Promise<void> =>
  market.transact(() => tabOf(terms).refund(Terms.from(given), UInt64.from(amount)));
const extend = (terms: Plain, expiry: number, by = market.us.requester): Promise<void> => {
  const signature = signatureOver(extensionCommitment({ terms, expiry }), by);
  return market.transact(() =>
    tabOf(terms).extend(Terms.from(terms), UInt32.from(expiry), signature)
  );
};
function close(
  terms: Plain,
  amount: bigint,
  {
    requester = market.us.requester,
    runner = market.us.runner,
    runnerSigner = runner,
    head = stateOf(market.chain, terms.tab).head,
  }: { requester?: KeyPair; runner?: KeyPair; runnerSigner?: KeyPair; head?: string } = {}
): Promise<void> {
  const commitment = closingCommitment({ terms, head });
  return market.transact(() =>
    tabOf(terms).close(
      Terms.from(terms),
      UInt64.from(amount),
      signatureOver(commitment, requester),
      key(runner.publicKey),
      signatureOver(commitment, runnerSigner)
    )
  );
}
const atSlot = (slot: number): void => market.chain.setGlobalSlot(slot);
const changed = (claim: LogClaim, change: Partial<LogClaim>): LogClaim =>
  Object.assign(LogClaim.fromValue(LogClaim.toValue(claim)), change) as LogClaim;

/** Runs `attempt` and holds it to leave the tab and its balance as they were. */
async function refused(terms: Plain, attempt: () => Promise<void>, why: RegExp | string) {
  const before = market.chain.getAccount(key(terms.tab));
  const { zkapp, balance } = before;
  await expect(attempt()).rejects.toThrow(why);
  const after = market.chain.getAccount(key(terms.tab));
  expect(after.zkapp!.appState.map(String)).toEqual(zkapp!.appState.map(String));
  expect(after.balance.toBigInt()).toBe(balance.toBigInt());
}

describe('settling', () => {
  it('moves every state field as the formats say, and pays exactly the total', async () => {
    const terms = market.open();
    const fields = (): bigint[] =>
      market.chain.getAccount(key(terms.tab)).zkapp!.appState.map((field) => field.toBigInt());
    expect(fields()).toEqual(encodeTabState(openingState(terms, 1000)));
    const payee = market.balanceOf(terms.payee);
    for (const choices of [[{ sequence: 2 }, { sequence: 1 }], [{ sequence: 9 }]]) {
      const before = market.balanceOf(terms.tab);
      const { claim, after, total } = nextClaim(terms, ...choices);
      await settle(terms, claim);
      expect(fields()).toEqual(encodeTabState(after));
      expect(before - market.balanceOf(terms.tab)).toBe(total);
    }
    expect(market.balanceOf(terms.payee) - payee).toBe(stateOf(market.chain, terms.tab).spent);
  });

  it('C6: refuses a proof that starts elsewhere: at a settled head, another log or window', async () => {
    const terms = market.open();
    const { claim } = nextClaim(terms);
    for (const [field, why] of [
      ['headBefore', CONTRACT_ERROR.wrongHead],
      ['logBefore', CONTRACT_ERROR.wrongLog],
      ['windowBefore', CONTRACT_ERROR.wrongWindow],
    ] as const) {
      const wrong = changed(claim, { [field]: claim[field].add(1) });
      await refused(terms, () => settle(terms, wrong), why);
    }
    await settle(terms, claim);
    await refused(terms, () => settle(terms, claim), CONTRACT_ERROR.wrongHead);
  });

  it('C6: refuses a proof under terms of another tab, service, network, payee or price', async () => {
    const terms = market.open();
    const other = makeParties();
    const twin = market.open();
    const { claim } = nextClaim(terms);
    await refused(terms, () => settle(terms, nextClaim(twin).claim), CONTRACT_ERROR.wrongTerms);
    await refused(terms, () => settle(terms, claim, twin), CONTRACT_ERROR.wrongTab);
    await refused(
      terms,
      () => settle(terms, claim, { ...terms, token: 2n }),
      CONTRACT_ERROR.wrongToken
    );
    for (const change of [
      { service: other.service.publicKey },
      { network: 'mina:mainnet' },
      { payee: other.payee.publicKey },
      { price: { base: 2_000_000n, perSecond: 250_000_000n } },
    ]) {
      const swapped = { ...terms, ...change };
      const wrong = changed(claim, { terms: Field(termsCommitment(swapped)) });
      await expect(settle(terms, claim, swapped)).rejects.toThrow(CONTRACT_ERROR.wrongTerms);
      await expect(settle(terms, wrong)).rejects.toThrow(CONTRACT_ERROR.wrongTerms);
    }
    await settle(terms, claim);
  });

  it('O7: refuses a proof by another runner than the service names at inclusion', async () => {
    const terms = market.open();
    const { claim } = nextClaim(terms);
    const stranger = Field(keyHash(generateKeyPair().publicKey));
    await refused(terms, () => settle(terms, changed(claim, { runner: stranger })), WRONG_STATE);
    await settle(terms, claim);
  });

  it('C11: takes a total of zero, and never one that overflows what was spent', async () => {
    const terms = market.open();
    const { claim, after, total } = nextClaim(terms, { sequence: 1, maximum: 0n });
    expect(total).toBe(0n);
    await settle(terms, claim);
    expect(stateOf(market.chain, terms.tab)).toEqual(after);

    const full = market.openWith({ spent: (1n << 64n) - 1n });
    const fresh = { ...stateOf(market.chain, full.tab), spent: 0n };
    const honest = claimOf(full, fresh, notesOf(full));
    await refused(full, () => settle(full, honest.claim), /64 bits/);
    await close(full, market.balanceOf(full.tab));
  });

  it('C11: pays the last nanomina, and not one more', async () => {
    const terms = market.open({}, { amount: 1n });
    const spent = nextClaim(terms, { sequence: 1, maximum: 2n });
    expect(spent.total).toBe(2n);
    await refused(terms, () => settle(terms, spent.claim), TOO_LITTLE);
    await settle(terms, nextClaim(terms, { sequence: 2, maximum: 1n }).claim);
    expect(market.balanceOf(terms.tab)).toBe(0n);
  });
});

describe('C9: a payee that cannot be paid', () => {
  it('has no account: nobody but the sender of the settlement can pay for making it', async () => {
    const payee = generateKeyPair().publicKey;
    const terms = market.open({ payee });
    for (const maximum of [MINA - 1n, 2n * MINA]) {
      const { claim, total } = nextClaim(terms, { sequence: 1, maximum, taskClock: 10n ** 11n });
      expect(total).toBe(maximum);
      await refused(terms, () => settle(terms, claim), /Invalid_fee_excess/);
    }
    const { claim, total } = nextClaim(terms);
    const proof = await dummyProofOf(claim);
    await market.transact(async () => {
      AccountUpdate.fundNewAccount(key(market.wallet.publicKey));
      await tabOf(terms).settle(proof, Terms.from(terms));
    });
    expect(market.balanceOf(payee)).toBe(total);
  });

  it('accepts nothing: the settlement is refused, the requester still gets all back', async () => {
    const payee = generateKeyPair();
    const terms = market.open({ payee: payee.publicKey });
    const closed = accountUpdate(payee.publicKey, {
      authorization: 'signature',
      balanceChange: MINA,
      permissions: {
        ...ordinary,
        receive: 'Impossible',
      },
    });
    market.submitUpdates([market.payment(2n * MINA), closed], payee);
    await refused(
      terms,
      () => settle(terms, nextClaim(terms).claim),
      /Update_not_permitted_balance/
    );
    const before = market.balanceOf(terms.refund);
    await close(terms, market.balanceOf(terms.tab));
    expect(market.balanceOf(terms.refund) - before).toBe(20n * MINA);
  });
});

const ordinary = {
  editState: 'Signature',
  access: 'None',
  send: 'Signature',
  receive: 'None',
  setDelegate: 'Signature',
  setPermissions: 'Signature',
  setVerificationKey: { auth: 'Signature', txnVersion: '3' },
  setZkappUri: 'Signature',
  editActionState: 'Signature',
  setTokenSymbol: 'Signature',
  incrementNonce: 'Signature',
  setVotingFor: 'Signature',
  setTiming: 'Signature',
} as const;

describe('C7: at the expiry slot', () => {
  it('one of settling and refunding holds, never both and never none', async () => {
    for (const [slot, settles] of [
      [49, true],
      [50, true],
      [51, false],
    ] as const) {
      atSlot(0);
      const terms = market.open({}, { expiry: 50 });
      const { claim } = nextClaim(terms);
      atSlot(slot);
      if (settles) {
        await refused(terms, () => refund(terms, 1n), WRONG_SLOT);
        await settle(terms, claim);
      } else {
        await refused(terms, () => settle(terms, claim), WRONG_SLOT);
        await refund(terms, market.balanceOf(terms.tab));
        expect(market.balanceOf(terms.tab)).toBe(0n);
      }
    }
    atSlot(0);
  });

  it('an extension comes in time or not at all', async () => {
    for (const slot of [49, 50, 51]) {
      atSlot(0);
      const terms = market.open({}, { expiry: 50 });
      atSlot(slot);
      if (slot > 50) await refused(terms, () => extend(terms, 60), WRONG_SLOT);
      else {
        await extend(terms, 60);
        expect(stateOf(market.chain, terms.tab).expiry).toBe(60);
        atSlot(60);
        await refused(terms, () => refund(terms, 1n), WRONG_SLOT);
      }
    }
    atSlot(0);
  });
});

describe('extending', () => {
  it('C11: goes out only, and never to the last slot', async () => {
    const terms = market.open();
    for (const expiry of [0, 999, 1000, LAST_SLOT])
      await refused(terms, () => extend(terms, expiry), CONTRACT_ERROR.notLater);
    await extend(terms, LAST_SLOT - 1);
    atSlot(LAST_SLOT);
    await refund(terms, 1n);
    atSlot(0);
  });

  it('takes the request key’s signature over these terms and this slot alone', async () => {
    const terms = market.open();
    const twin = market.open();
    const why = CONTRACT_ERROR.badRequestSignature;
    await refused(terms, () => extend(terms, 2000, generateKeyPair()), why);
    await refused(terms, () => extend(terms, 2000, market.us.runner), why);
    for (const order of [
      { terms: twin, expiry: 2000 },
      { terms, expiry: 2001 },
    ]) {
      const signature = signatureOver(extensionCommitment(order), market.us.requester);
      const attempt = (): Promise<void> =>
        market.transact(() => tabOf(terms).extend(Terms.from(terms), UInt32.from(2000), signature));
      await refused(terms, attempt, why);
    }
  });
});

describe('closing', () => {
  it('ends the tab at once: nothing is settled or extended, the rest is refundable', async () => {
    const terms = market.open();
    const { claim } = nextClaim(terms);
    await close(terms, 15n * MINA);
    expect(stateOf(market.chain, terms.tab).expiry).toBe(0);
    await refused(terms, () => settle(terms, claim), CONTRACT_ERROR.closed);
    await refused(terms, () => extend(terms, 2000), CONTRACT_ERROR.closed);
    atSlot(1);
    await refund(terms, 5n * MINA);
    expect(market.balanceOf(terms.tab)).toBe(0n);
    atSlot(0);
  });

  it('takes both signatures over the settled head, the runner being the service’s own', async () => {
    const terms = market.open();
    const stranger = generateKeyPair();
    const { runner } = market.us;
    await refused(
      terms,
      () => close(terms, 1n, { requester: stranger }),
      CONTRACT_ERROR.badRequestSignature
    );
    await refused(
      terms,
      () => close(terms, 1n, { runner, runnerSigner: stranger }),
      CONTRACT_ERROR.badRunnerSignature
    );
    await refused(terms, () => close(terms, 1n, { runner: stranger }), WRONG_STATE);
    const { head } = stateOf(market.chain, terms.tab);
    await settle(terms, nextClaim(terms).claim);
    await refused(terms, () => close(terms, 1n, { head }), CONTRACT_ERROR.badRequestSignature);
    await close(terms, 1n);
  });
});

describe('refunding', () => {
  it('goes to the refund address of the terms only, whoever asks, up to the balance', async () => {
    const terms = market.open({}, { expiry: 10 });
    atSlot(11);
    const thief = makeParties().refund.publicKey;
    await refused(
      terms,
      () => refund(terms, 1n, { ...terms, refund: thief }),
      CONTRACT_ERROR.wrongTerms
    );
    await refused(terms, () => refund(terms, 20n * MINA + 1n), TOO_LITTLE);
    await refund(terms, 0n);
    const before = market.balanceOf(terms.refund);
    await refund(terms, 20n * MINA);
    expect(market.balanceOf(terms.refund) - before).toBe(20n * MINA);
    atSlot(0);
  });

  it('C11: of a tab that never expires takes both sides, since no slot is past the last', async () => {
    const terms = market.openWith({ expiry: LAST_SLOT });
    await refused(terms, () => refund(terms, 1n), /32 bits/);
    await close(terms, 20n * MINA);
    expect(market.balanceOf(terms.tab)).toBe(0n);
  });
});

describe('C11: a tab', () => {
  it('is not initialised again, by its key nor by a second opening', () => {
    const tab = generateKeyPair();
    const terms = makeTerms({ ...market.us, tab });
    const state = encodeTabState(openingState(terms, 1000));
    const opening = { state, verificationKey: pinned.Tab, permissions: tabPermissions };
    const attempt = (changes: Partial<UpdateSpec>, payment: bigint): void =>
      market.submitUpdates(
        [
          market.payment(payment),
          accountUpdate(terms.tab, { authorization: 'signature', ...changes }),
        ],
        tab
      );
    attempt({ ...opening, isNew: true, balanceChange: MINA }, 2n * MINA);
    expect(() => attempt({ state }, 0n)).toThrow('Update_not_permitted_app_state');
    expect(() => attempt({ ...opening, isNew: true }, 0n)).toThrow('Account_is_new');
  });
});
