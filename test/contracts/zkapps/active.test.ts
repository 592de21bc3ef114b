import { AccountUpdate, Field, PublicKey, SmartContract, UInt64 } from 'o1js';
import { beforeAll, describe, expect, it } from 'vitest';
import { accountUpdate } from '../../../contracts/chain/command.ts';
import { pinned } from '../../../contracts/chain/pinned.ts';
import { type KeyPair, generateKeyPair } from '../../../contracts/chain/sign.ts';
import { closingCommitment } from '../../../contracts/formats/order.ts';
import { tabPermissions } from '../../../contracts/formats/permissions.ts';
import { PROTOCOL } from '../../../contracts/formats/protocol.ts';
import { encodeTabState, openingState } from '../../../contracts/formats/tab-state.ts';
import type { Terms as Plain } from '../../../contracts/formats/terms.ts';
import { Terms } from '../../../contracts/provable/terms.ts';
import { requireActiveTab } from '../../../contracts/zkapps/active.ts';
import { CONTRACT_ERROR } from '../../../contracts/zkapps/error.ts';
import { declareArguments } from '../../../contracts/zkapps/methods.ts';
import { Tab } from '../../../contracts/zkapps/tab.ts';
import { makeTerms } from '../../fixtures/job-fixture.ts';
import { MINA, Market, key, signatureOver, stateOf } from './escrow.ts';

/** A contract of somebody else's that serves only who has a tab with enough in it. */
class Lounge extends SmartContract {
  async enter(tab: PublicKey, terms: Terms): Promise<void> {
    await requireActiveTab(tab, terms, UInt64.from(5n * MINA));
  }
}
declareArguments(Lounge, { enter: [PublicKey, Terms] });

const WRONG_BALANCE = /Account_balance_precondition_unsatisfied/;
const WRONG_SLOT = /Protocol_state_precondition_unsatisfied/;

let market: Market;
/** The wallet that opens tabs, and gets the rest back. */
let wallet: KeyPair;
beforeAll(async () => {
  market = await Market.create();
  ({ wallet } = market);
});
const open = (amount = 20n * MINA): Plain => market.open({ refund: wallet.publicKey }, { amount });
const assertActive = (terms: Plain, minimum: bigint, given = terms): Promise<void> =>
  market.transact(() =>
    new Tab(key(terms.tab)).assertActive(Terms.from(given), UInt64.from(minimum))
  );

describe('a tab that is active', () => {
  it('says so, up to all that it holds, and changes nothing', async () => {
    const terms = open();
    const before = stateOf(market.chain, terms.tab);
    await assertActive(terms, 20n * MINA);
    await assertActive(terms, 0n);
    expect(stateOf(market.chain, terms.tab)).toEqual(before);
    await expect(assertActive(terms, 20n * MINA + 1n)).rejects.toThrow(WRONG_BALANCE);
  });

  describe('that another contract asks', () => {
    let lounge: Lounge;
    const enter = (terms: Plain): Promise<void> =>
      market.transact(() => lounge.enter(key(terms.tab), Terms.from(terms)));
    beforeAll(async () => {
      const account = generateKeyPair();
      lounge = new Lounge(key(account.publicKey));
      await market.transact(async () => {
        AccountUpdate.fundNewAccount(key(wallet.publicKey));
        await lounge.deploy();
      }, account);
    });

    it('answers for what it holds', async () => {
      await enter(open());
      await expect(enter(open(5n * MINA - 1n))).rejects.toThrow(WRONG_BALANCE);
    });

    it('C4: is no account with a look-alike of its contract, which would answer anything', async () => {
      const tab = generateKeyPair();
      const terms = makeTerms({ ...market.us, tab }, { refund: wallet.publicKey });
      market.submitUpdates(
        [
          market.payment(20n * MINA + PROTOCOL.accountCreationFee),
          accountUpdate(terms.tab, {
            authorization: 'signature',
            balanceChange: 20n * MINA,
            state: encodeTabState(openingState(terms, 1000)),
            verificationKey: pinned.Service,
            permissions: tabPermissions,
          }),
        ],
        tab
      );
      // To be proven by whatever contract is there: the method alone asks for no certain one.
      await assertActive(terms, MINA);
      await expect(enter(terms)).rejects.toThrow(CONTRACT_ERROR.notTab);
      const { gates } = (await Lounge.analyzeMethods()).enter!;
      const constants = gates.flatMap(({ coeffs }) => coeffs.map(Field));
      expect(constants.some((value) => value.neg().toBigInt() === pinned.Tab.hash)).toBe(true);
    });
  });

  it('O7: is no use to anybody but the wallet that its rest goes back to', async () => {
    const terms = market.open({ refund: market.owner.publicKey });
    await expect(assertActive(terms, MINA)).rejects.toThrow(/[Ss]ignature/);
    await market.transact(
      () => new Tab(key(terms.tab)).assertActive(Terms.from(terms), UInt64.from(MINA)),
      market.owner
    );
    const mine = { ...terms, refund: wallet.publicKey };
    await expect(assertActive(terms, MINA, mine)).rejects.toThrow(CONTRACT_ERROR.wrongTerms);
    const other = open();
    await expect(assertActive(terms, MINA, other)).rejects.toThrow(CONTRACT_ERROR.wrongTab);
  });

  it('is so up to its expiry slot, and not once it is closed', async () => {
    const terms = open();
    market.chain.setGlobalSlot(1000);
    await assertActive(terms, MINA);
    market.chain.setGlobalSlot(1001);
    await expect(assertActive(terms, MINA)).rejects.toThrow(WRONG_SLOT);
    market.chain.setGlobalSlot(0);

    const { requester, runner } = market.us;
    const closing = closingCommitment({ terms, head: stateOf(market.chain, terms.tab).head });
    await market.transact(() =>
      new Tab(key(terms.tab)).close(
        Terms.from(terms),
        UInt64.from(0),
        signatureOver(closing, requester),
        key(runner.publicKey),
        signatureOver(closing, runner)
      )
    );
    await expect(assertActive(terms, MINA)).rejects.toThrow(CONTRACT_ERROR.closed);
  });
});
