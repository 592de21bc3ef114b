import { describe, expect, it } from 'vitest';
import type { Account } from '../../../contracts/chain/account.ts';
import { checkKeyset, checkService } from '../../../contracts/chain/check-service.ts';
import { checkTab, type CheckTabOptions } from '../../../contracts/chain/check-tab.ts';
import { checkTerms } from '../../../contracts/chain/check-terms.ts';
import { AccountRefused, assertReceives } from '../../../contracts/chain/refused.ts';
import { generateKeyPair } from '../../../contracts/chain/sign.ts';
import {
  PERMISSION_NAMES,
  type Authorization,
  type PermissionName,
  type Permissions,
  servicePermissions,
  tabPermissions,
} from '../../../contracts/formats/permissions.ts';
import { type Keyset, encodeKeyset } from '../../../contracts/formats/keyset.ts';
import { encodeServiceState } from '../../../contracts/formats/service-state.ts';
import { encodeTabState, openingState } from '../../../contracts/formats/tab-state.ts';
import { sha256 } from '@noble/hashes/sha2.js';
import { EXPIRY, NETWORK, bytes, exampleServiceState, exampleTerms } from './example.ts';

const AUTHORIZATIONS: Authorization[] = ['None', 'Either', 'Proof', 'Signature', 'Impossible'];
const KEY_HASH = 5n;
const [tab, service, owner, runner] = Array.from({ length: 4 }, generateKeyPair) as [
  ReturnType<typeof generateKeyPair>,
  ReturnType<typeof generateKeyPair>,
  ReturnType<typeof generateKeyPair>,
  ReturnType<typeof generateKeyPair>,
];
const terms = exampleTerms(tab, service.publicKey);
const opening = openingState(terms, EXPIRY);

const tabAccount = (change: Partial<Account> = {}): Account => ({
  address: tab.publicKey,
  token: 1n,
  balance: 2_000_000_000n,
  nonce: 0,
  state: encodeTabState(opening),
  verificationKey: { hash: KEY_HASH },
  permissions: tabPermissions,
  provedState: false,
  actionStates: [0n, 0n, 0n, 0n, 0n],
  timing: null,
  delegate: null,
  tokenSymbol: '',
  zkappUri: null,
  ...change,
});
const options: CheckTabOptions = { verificationKeyHash: KEY_HASH, network: NETWORK, slot: 10 };
const state = exampleServiceState(owner.publicKey, runner.publicKey);
const serviceAccount = (change: Partial<Account> = {}): Account =>
  tabAccount({
    address: service.publicKey,
    state: encodeServiceState(state),
    permissions: servicePermissions,
    ...change,
  });

/** The refusal's code, with the permission's name where it is about one. */
function refusal(check: () => unknown): string {
  try {
    check();
  } catch (error) {
    if (error instanceof AccountRefused)
      return error.permission === undefined ? error.code : `${error.code} ${error.permission}`;
    throw error;
  }
  return 'accepted';
}
const ofTab = (change: Partial<Account> | null, more: Partial<CheckTabOptions> = {}): string =>
  refusal(() => checkTab(change && tabAccount(change), terms, { ...options, ...more }));
const ofService = (
  change: Partial<Account> | null,
  more: Partial<Parameters<typeof checkService>[2]> = {}
): string =>
  refusal(() =>
    checkService(change && serviceAccount(change), service.publicKey, {
      verificationKeyHash: KEY_HASH,
      ...more,
    })
  );
const withPermission = (of: Permissions, name: PermissionName, auth: Authorization): Permissions =>
  name === 'setVerificationKey'
    ? { ...of, setVerificationKey: { ...of.setVerificationKey, auth } }
    : { ...of, [name]: auth };

describe('a tab', () => {
  it('as it was opened is accepted, and its state is read', () => {
    expect(checkTab(tabAccount(), terms, options)).toEqual(opening);
  });

  for (const name of PERMISSION_NAMES)
    it(`C3, C4: is refused with any other permission ${name}`, () => {
      for (const auth of AUTHORIZATIONS) {
        const permissions = withPermission(tabPermissions, name, auth);
        const isRight = JSON.stringify(permissions) === JSON.stringify(tabPermissions);
        expect(ofTab({ permissions })).toBe(isRight ? 'accepted' : `PERMISSION ${name}`);
      }
    });

  it('C4: is refused where its verification key may change with the next version or the last', () => {
    for (const txnVersion of ['2', '4']) {
      const setVerificationKey = { auth: 'Impossible', txnVersion } as const;
      expect(ofTab({ permissions: { ...tabPermissions, setVerificationKey } })).toBe(
        'PERMISSION setVerificationKey'
      );
    }
  });

  it('C4: is refused with another key, no key, no state, no account, another account', () => {
    expect(ofTab({ verificationKey: { hash: KEY_HASH + 1n } })).toBe('VERIFICATION_KEY');
    expect(ofTab({ verificationKey: null })).toBe('VERIFICATION_KEY');
    expect(ofTab({ state: null })).toBe('VERIFICATION_KEY');
    expect(ofTab(null)).toBe('ABSENT');
    expect(ofTab({ address: service.publicKey })).toBe('ADDRESS');
    expect(ofTab({ token: 2n })).toBe('TOKEN');
    expect(ofTab({}, { network: 'mina:mainnet' })).toBe('NETWORK');
  });

  it('C4: is refused where a vesting schedule would hold its balance back', () => {
    const timing = {
      initialMinimumBalance: 1n,
      cliffTime: 5n,
      cliffAmount: 0n,
      vestingPeriod: 1n,
      vestingIncrement: 0n,
    };
    expect(ofTab({ timing })).toBe('TIMING');
  });

  it('C4: is refused with any other first state, field by field', () => {
    const expected = [
      'PROGRESS',
      'PROGRESS',
      'TERMS',
      'PROGRESS',
      'PROGRESS',
      '',
      'LAYOUT',
      'LAYOUT',
    ];
    const fields = encodeTabState(opening);
    for (const [i, code] of expected.entries()) {
      if (code === '') continue;
      const changed = fields.map((field, at) => (at === i ? field + 2n : field));
      expect([i, ofTab({ state: changed })]).toEqual([i, code]);
    }
    for (const [i, form] of [
      [0, 1n << 160n],
      [3, 2n],
      [4, 1n << 64n],
      [5, 1n << 32n],
    ] as const)
      expect([i, ofTab({ state: fields.map((f, at) => (at === i ? form : f)) })]).toEqual([
        i,
        'STATE',
      ]);
  });

  it('that has grown is accepted by who knows its state, and by who only reads it', () => {
    const grown = {
      ...opening,
      head: 'ab'.repeat(20),
      log: 9n,
      spent: 3n,
      window: { top: 2, map: 7n },
    };
    const account = { state: encodeTabState(grown) };
    expect(ofTab(account)).toBe('PROGRESS');
    expect(ofTab(account, { progress: grown })).toBe('accepted');
    expect(ofTab(account, { progress: { ...grown, spent: 4n } })).toBe('PROGRESS');
    expect(ofTab(account, { progress: 'any' })).toBe('accepted');
  });

  it('C7: is open at its expiry slot and not after', () => {
    expect(ofTab({}, { slot: EXPIRY - 1 })).toBe('accepted');
    expect(ofTab({}, { slot: EXPIRY })).toBe('accepted');
    expect(ofTab({}, { slot: EXPIRY + 1 })).toBe('EXPIRED');
    expect(ofTab({}, { slot: EXPIRY - 9, slotsLeft: 10 })).toBe('EXPIRED');
    expect(ofTab({ state: encodeTabState({ ...opening, expiry: 0 }) })).toBe('CLOSED');
  });

  it('C4: is refused where it expires at the last slot: no slot is left for its refund', () => {
    const ending = (expiry: number) => ({ state: encodeTabState({ ...opening, expiry }) });
    expect(ofTab(ending(2 ** 32 - 2))).toBe('accepted');
    expect(ofTab(ending(2 ** 32 - 1))).toBe('STATE');
    expect(ofTab(ending(2 ** 32 - 1), { progress: 'any' })).toBe('STATE');
  });

  it('is refused one nanomina short', () => {
    expect(ofTab({ balance: 99n }, { balance: 100n })).toBe('BALANCE');
    expect(ofTab({ balance: 100n }, { balance: 100n })).toBe('accepted');
  });
});

describe('terms', () => {
  it('C6: are refused for another service, payee, price or token', () => {
    const offer = { service: terms.service, payee: terms.payee, price: terms.price };
    const of = (change: object): string =>
      refusal(() => checkTerms({ ...terms, ...change }, offer));
    expect(of({})).toBe('accepted');
    expect(of({ service: tab.publicKey })).toBe('SERVICE');
    expect(of({ payee: tab.publicKey })).toBe('PAYEE');
    expect(of({ price: { ...terms.price, base: 0n } })).toBe('PRICE');
    expect(of({ price: { ...terms.price, perSecond: 0n } })).toBe('PRICE');
    expect(of({ token: 2n })).toBe('TOKEN');
  });
});

describe('a payee', () => {
  it('C9: is refused where it has no account, or its account must agree to be paid', () => {
    const of = (account: Account | null): string =>
      refusal(() => assertReceives(account, tab.publicKey));
    const open = withPermission(tabPermissions, 'send', 'Signature');
    expect(of(tabAccount({ permissions: open }))).toBe('accepted');
    expect(of(null)).toBe('ABSENT');
    expect(of(serviceAccount())).toBe('ADDRESS');
    for (const auth of AUTHORIZATIONS.filter((a) => a !== 'None')) {
      expect(of(tabAccount({ permissions: withPermission(open, 'receive', auth) }))).toBe(
        'PERMISSION receive'
      );
      expect(of(tabAccount({ permissions: withPermission(open, 'access', auth) }))).toBe(
        'PERMISSION access'
      );
    }
  });
});

describe('a service', () => {
  it('as it was published is accepted, and its state is read', () => {
    const known = { descriptor: state.descriptor, owner: owner.publicKey };
    const read = checkService(serviceAccount(), service.publicKey, {
      verificationKeyHash: KEY_HASH,
      ...known,
    });
    expect(read).toEqual(state);
  });

  for (const name of PERMISSION_NAMES)
    it(`C3, C4: is refused with any other permission ${name}`, () => {
      for (const auth of AUTHORIZATIONS) {
        const permissions = withPermission(servicePermissions, name, auth);
        const isRight = JSON.stringify(permissions) === JSON.stringify(servicePermissions);
        expect(ofService({ permissions })).toBe(isRight ? 'accepted' : `PERMISSION ${name}`);
      }
    });

  it('C4: is refused with another key, account, layout, descriptor or owner, or paused', () => {
    expect(ofService({ verificationKey: { hash: 6n } })).toBe('VERIFICATION_KEY');
    expect(ofService(null)).toBe('ABSENT');
    expect(ofService({ address: tab.publicKey })).toBe('ADDRESS');
    expect(ofService({ token: 2n })).toBe('TOKEN');
    const fields = encodeServiceState(state);
    expect(ofService({ state: [...fields.slice(0, 7), 2n] })).toBe('LAYOUT');
    expect(ofService({ state: [1n << 128n, ...fields.slice(1)] })).toBe('STATE');
    expect(ofService({}, { descriptor: bytes(3) })).toBe('DESCRIPTOR');
    expect(ofService({}, { owner: runner.publicKey })).toBe('OWNER');
    const paused = { state: encodeServiceState({ ...state, paused: true }) };
    expect(ofService(paused)).toBe('PAUSED');
    expect(ofService(paused, { mayBePaused: true })).toBe('accepted');
  });

  it('W2: does not take a keyset that it does not name', () => {
    const keyset: Keyset = {
      version: 1,
      epoch: 0,
      recipients: ['age1pq1qqqq'],
      runner: runner.publicKey,
      payee: owner.publicKey,
      peers: [],
      endpoint: null,
      log: 'http://127.0.0.1/log',
    };
    const named = { ...state, keyset: sha256(encodeKeyset(keyset)) };
    const of = (held: typeof state, given: Keyset): string =>
      refusal(() => checkKeyset(held, given));
    expect(of(named, keyset)).toBe('accepted');
    expect(of(named, { ...keyset, recipients: ['age1pq1pppp'] })).toBe('KEYSET');
    expect(of({ ...named, epoch: 1 }, keyset)).toBe('KEYSET');
    expect(of({ ...named, runner: 1n }, keyset)).toBe('RUNNER');
  });
});
