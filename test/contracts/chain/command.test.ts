import {
  AccountUpdate,
  Bool,
  Field,
  Mina,
  Permissions,
  PrivateKey,
  PublicKey,
  TransactionVersion,
  Types,
  UInt32,
  UInt64,
} from 'o1js';
import { beforeAll, describe, expect, it } from 'vitest';
import { commandCost, type Draft } from '../../../contracts/chain/command.ts';
import { fundTab, openTab } from '../../../contracts/chain/open-tab.ts';
import { publishService } from '../../../contracts/chain/publish-service.ts';
import { ring } from '../../../contracts/chain/ring.ts';
import { generateKeyPair, signCommand, type KeyPair } from '../../../contracts/chain/sign.ts';
import { type InboxAction, encodeAction } from '../../../contracts/formats/action.ts';
import {
  PERMISSION_NAMES,
  servicePermissions,
  tabPermissions,
} from '../../../contracts/formats/permissions.ts';
import { PROTOCOL } from '../../../contracts/formats/protocol.ts';
import { encodeServiceState } from '../../../contracts/formats/service-state.ts';
import { encodeTabState, openingState } from '../../../contracts/formats/tab-state.ts';
import { EXPIRY, NETWORK, bytes, dummyKey, exampleServiceState, exampleTerms } from './example.ts';

const FEE = 100_000_000n;
const AMOUNT = 2_000_000_000n;

type Chain = Awaited<ReturnType<typeof Mina.LocalBlockchain>>;
let chain: Chain;
let wallet: KeyPair;
const [service, tab] = [generateKeyPair(), generateKeyPair()];
const terms = exampleTerms(tab, service.publicKey);

const nobody = PublicKey.empty() as PublicKey;
const key = (text: string): PublicKey => PublicKey.fromBase58(text);
const payer = (nonce = 0) => ({ publicKey: wallet.publicKey, fee: FEE, nonce });
const nonceOf = (): number => Number(chain.getAccount(key(wallet.publicKey)).nonce.toBigint());
const action = (fill: number): InboxAction => ({
  kind: 'request',
  tab: tab.publicKey,
  digest: bytes(fill),
});

/** The same permissions, in o1js's own words. */
const o1jsPermissions = (editActionState = Permissions.proof()): Permissions => ({
  ...Permissions.allImpossible(),
  editState: Permissions.proof(),
  send: Permissions.proof(),
  receive: Permissions.none(),
  access: Permissions.none(),
  editActionState,
  setVerificationKey: Permissions.VerificationKey.impossibleDuringCurrentVersion(),
});

/** As o1js writes them into a command. */
function inJson(permissions: Permissions): unknown {
  const update = AccountUpdate.default(nobody);
  update.account.permissions.set(permissions);
  return update.toJSON().body.update.permissions;
}

/** What o1js makes of an account's creation by signature. */
function createAccount(
  address: string,
  state: readonly bigint[],
  permissions: Permissions,
  amount: bigint
): void {
  const from = AccountUpdate.createSigned(key(wallet.publicKey));
  from.balance.subInPlace(UInt64.from(amount + PROTOCOL.accountCreationFee));
  const created = AccountUpdate.createSigned(key(address));
  // As o1js does against replays, but it would look for the account first.
  created.body.useFullCommitment = Bool(false);
  created.body.incrementNonce = Bool(true);
  created.account.nonce.requireEquals(UInt32.from(0));
  created.balance.addInPlace(UInt64.from(amount));
  created.account.isNew.requireEquals(Bool(true));
  created.account.verificationKey.set({ data: dummyKey.data, hash: Field(dummyKey.hash) });
  created.account.permissions.set(permissions);
  state.forEach((value, i) => AccountUpdate.setValue(created.update.appState[i]!, Field(value)));
}

async function viaO1js(build: () => void, signers: KeyPair[], nonce: number, memo = '') {
  const sender = { sender: key(wallet.publicKey), fee: Number(FEE), nonce, memo };
  const transaction = await Mina.transaction(sender, async () => build());
  // The order of our own signing: other keys first, the fee payer last.
  return JSON.parse(
    transaction.sign(signers.map(({ privateKey }) => PrivateKey.fromBase58(privateKey))).toJSON()
  ) as Types.Json.ZkappCommand;
}

const sign = (draft: Draft, ...keys: KeyPair[]) =>
  signCommand(
    draft,
    keys.map(({ privateKey }) => privateKey),
    NETWORK
  );

beforeAll(async () => {
  chain = await Mina.LocalBlockchain({ proofsEnabled: false });
  Mina.setActiveInstance(chain);
  wallet = generateKeyPair();
  chain.addAccount(key(wallet.publicKey), '100000000000');
});

describe('a command', () => {
  it('that opens a tab and rings is signed as o1js builds and signs it, bit for bit', async () => {
    const draft = openTab({
      payer: payer(),
      terms,
      expiry: EXPIRY,
      amount: AMOUNT,
      verificationKey: dummyKey,
      actions: [action(7), action(8)],
      memo: 'open',
    });
    const expected = await viaO1js(
      () => {
        const state = encodeTabState(openingState(terms, EXPIRY));
        createAccount(tab.publicKey, state, o1jsPermissions(), AMOUNT);
        const inbox = AccountUpdate.create(key(service.publicKey));
        for (const ringing of [action(8), action(7)])
          inbox.body.actions = AccountUpdate.Actions.pushEvent(
            inbox.body.actions,
            encodeAction(ringing).map(Field)
          );
      },
      [tab, wallet],
      0,
      'open'
    );
    expect(draft.signers).toEqual([tab.publicKey, wallet.publicKey]);
    expect(sign(draft, wallet, tab)).toEqual(expected);
  });

  it('that publishes a service is signed as o1js builds and signs it, bit for bit', async () => {
    const state = exampleServiceState(wallet.publicKey, tab.publicKey);
    const draft = publishService({
      payer: payer(3),
      service: service.publicKey,
      state,
      verificationKey: dummyKey,
    });
    const expected = await viaO1js(
      () =>
        createAccount(
          service.publicKey,
          encodeServiceState(state),
          o1jsPermissions(Permissions.none()),
          0n
        ),
      [service, wallet],
      3
    );
    expect(sign(draft, service, wallet)).toEqual(expected);
  });

  it('is accepted by the ledger: publish, open, ring, top up', async () => {
    const state = exampleServiceState(wallet.publicKey, tab.publicKey);
    const apply = (draft: Draft, ...keys: KeyPair[]): void =>
      chain.applyJsonTransaction(JSON.stringify(sign(draft, ...keys)));
    const before = chain.getAccount(key(wallet.publicKey)).balance.toBigInt();
    apply(
      publishService({
        payer: payer(nonceOf()),
        service: service.publicKey,
        state,
        verificationKey: dummyKey,
      }),
      service,
      wallet
    );
    apply(
      openTab({
        payer: payer(nonceOf()),
        terms,
        expiry: EXPIRY,
        amount: AMOUNT,
        verificationKey: dummyKey,
        actions: [action(1)],
      }),
      tab,
      wallet
    );
    const actions = Array.from({ length: PROTOCOL.ringsPerTransaction }, (_, i) => action(i));
    apply(ring({ payer: payer(nonceOf()), service: service.publicKey, actions }), wallet);
    apply(fundTab({ payer: payer(nonceOf()), tab: tab.publicKey, amount: 5n }), wallet);

    const opened = chain.getAccount(key(tab.publicKey));
    expect(opened.balance.toBigInt()).toBe(AMOUNT + 5n);
    expect(opened.zkapp!.appState.map((field) => field.toBigInt())).toEqual(
      encodeTabState(openingState(terms, EXPIRY))
    );
    expect(inJson(opened.permissions)).toEqual(tabPermissions);
    const inbox = chain.getAccount(key(service.publicKey));
    expect(inJson(inbox.permissions)).toEqual(servicePermissions);
    expect(before - chain.getAccount(key(wallet.publicKey)).balance.toBigInt()).toBe(
      4n * FEE + 2n * PROTOCOL.accountCreationFee + AMOUNT + 5n
    );
  });

  it('C11: does not open a tab twice, whoever signs', () => {
    const again = openTab({
      payer: payer(nonceOf()),
      terms,
      expiry: EXPIRY + 1,
      amount: AMOUNT,
      verificationKey: dummyKey,
    });
    expect(() => chain.applyJsonTransaction(JSON.stringify(sign(again, tab, wallet)))).toThrow();
  });

  it('refuses what can be no tab', () => {
    const options = {
      payer: payer(),
      terms,
      expiry: EXPIRY,
      amount: 1n,
      verificationKey: dummyKey,
    };
    const code = expect.objectContaining({ code: 'INVALID' });
    for (const wrong of [
      { amount: 0n },
      { expiry: 0 },
      { expiry: 0xffffffff },
      { terms: { ...terms, token: 2n } },
      { terms: { ...terms, tab: wallet.publicKey } },
    ])
      expect(() => openTab({ ...options, ...wrong })).toThrow(code);
    expect(() => openTab({ ...options, amount: 1n << 63n })).toThrow(
      expect.objectContaining({ code: 'RANGE' })
    );
  });

  it('C10: carries 20 rings and no more', () => {
    const code = expect.objectContaining({ code: 'LIMIT' });
    for (const length of [0, 21]) {
      const actions = Array.from({ length }, () => action(1));
      expect(() => ring({ payer: payer(), service: service.publicKey, actions })).toThrow(code);
    }
  });

  it('costs what o1js says it does', () => {
    const proved = (isProved: boolean) => ({ body: { authorizationKind: { isProved } } }) as never;
    for (let pattern = 0; pattern < 128; pattern++) {
      const kinds = Array.from({ length: 6 }, (_, i) => ((pattern >> i) & 1) === 1);
      const groups = Mina.filterGroups([
        { isSigned: true, isProved: false, verificationKeyHash: '' },
        ...kinds.map((isProved) => ({ isSigned: !isProved, isProved, verificationKeyHash: '' })),
      ]);
      expect(commandCost({ accountUpdates: kinds.map(proved) })).toBeCloseTo(
        10.26 * groups.proof + 10.08 * groups.signedPair + 9.14 * groups.signedSingle
      );
    }
  });
});

describe('permissions', () => {
  it('C3: name all that an account of o1js has, and o1js reads them as meant', () => {
    expect([...PERMISSION_NAMES].sort()).toEqual(Object.keys(Permissions.initial()).sort());
    expect(inJson(o1jsPermissions())).toEqual(tabPermissions);
    expect(inJson(o1jsPermissions(Permissions.none()))).toEqual(servicePermissions);
  });
});

describe('the protocol version', () => {
  it('is that of o1js', () => {
    expect(TransactionVersion.current()).toEqual(UInt32.from(PROTOCOL.transactionVersion));
    expect(chain.getNetworkConstants().accountCreationFee.toBigInt()).toBe(
      PROTOCOL.accountCreationFee
    );
    expect(Types.Account.empty().zkapp?.appState.length ?? 8).toBe(PROTOCOL.stateFields);
  });
});
