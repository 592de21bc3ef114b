import { Types } from 'o1js';
import { beforeAll, describe, expect, it } from 'vitest';
import { accountUpdate, type AccountUpdate } from '../../../contracts/chain/command.ts';
import { pinned } from '../../../contracts/chain/pinned.ts';
import { generateKeyPair, type KeyPair } from '../../../contracts/chain/sign.ts';
import {
  PERMISSION_NAMES,
  servicePermissions,
  tabPermissions,
  type PermissionName,
  type Permissions,
} from '../../../contracts/formats/permissions.ts';
import { encodeTabState, openingState } from '../../../contracts/formats/tab-state.ts';
import { makeTerms } from '../../fixtures/job-fixture.ts';
import { MINA, Market, SERVICE_STATE, key } from './escrow.ts';

type Body = AccountUpdate['body'];

/** What needs each permission, and how the chain names its refusal. */
const NEEDS: Record<
  Exclude<PermissionName, 'access' | 'receive'>,
  { change: (body: Body) => unknown; refusal: string }
> = {
  editState: {
    change: ({ update }) => (update.appState[4] = '1'),
    refusal: 'Update_not_permitted_app_state',
  },
  send: {
    change: (body) => (body.balanceChange = { magnitude: '1', sgn: 'Negative' }),
    refusal: 'Update_not_permitted_balance',
  },
  setDelegate: {
    change: ({ update }) => (update.delegate = generateKeyPair().publicKey),
    refusal: 'Update_not_permitted_delegate',
  },
  setPermissions: {
    change: ({ update }) => (update.permissions = structuredClone(open)),
    refusal: 'Update_not_permitted_permissions',
  },
  setVerificationKey: {
    change: ({ update }) =>
      (update.verificationKey = { ...pinned.Service, hash: String(pinned.Service.hash) }),
    refusal: 'Update_not_permitted_verification_key',
  },
  setZkappUri: {
    change: ({ update }) => (update.zkappUri = 'ipfs://bafk'),
    refusal: 'Update_not_permitted_zkapp_uri',
  },
  editActionState: {
    change: (body) => (body.actions = [['1']]),
    refusal: 'Update_not_permitted_action_state',
  },
  setTokenSymbol: {
    change: ({ update }) => (update.tokenSymbol = 'RP'),
    refusal: 'Update_not_permitted_token_symbol',
  },
  incrementNonce: {
    change: (body) => (body.incrementNonce = true),
    refusal: 'Update_not_permitted_nonce',
  },
  setVotingFor: {
    change: ({ update }) =>
      (update.votingFor = '3NK2tkzqqK5spR2sZ7tujjqPksL45M3UUrcA4WhCkeiPtnugyE2x'),
    refusal: 'Update_not_permitted_voting_for',
  },
  setTiming: {
    change: ({ update }) =>
      (update.timing = {
        initialMinimumBalance: '1',
        cliffTime: '1',
        cliffAmount: '1',
        vestingPeriod: '1',
        vestingIncrement: '1',
      }),
    refusal: 'Update_not_permitted_timing',
  },
};

/** An account whose key may do everything: there, each of the changes is well-formed. */
const open: Permissions = {
  ...(Object.fromEntries(PERMISSION_NAMES.map((name) => [name, 'Signature'])) as Record<
    PermissionName,
    'Signature'
  >),
  access: 'None',
  receive: 'None',
  setVerificationKey: { auth: 'Signature', txnVersion: '3' },
};

let market: Market;
beforeAll(async () => {
  market = await Market.create();
});

function create(permissions: Permissions, verificationKey = pinned.Tab): KeyPair {
  const account = generateKeyPair();
  const terms = makeTerms({ ...market.us, tab: account });
  const opening = accountUpdate(account.publicKey, {
    authorization: 'signature',
    balanceChange: MINA,
    state: encodeTabState(openingState(terms, 1000)),
    verificationKey,
    permissions,
    isNew: true,
  });
  market.submitUpdates([market.payment(2n * MINA), opening], account);
  return account;
}

const read = ({ publicKey }: KeyPair): Types.Json.Account =>
  Types.Account.toJSON(market.chain.getAccount(key(publicKey)));

/** Submits one change of an account, signed by its own key. What is sent goes to the wallet. */
function attempt(account: KeyPair, change: (body: Body) => unknown): void {
  const update = accountUpdate(account.publicKey, { authorization: 'signature' });
  change(update.body);
  const isSending = update.body.balanceChange.sgn === 'Negative';
  const others = isSending
    ? [accountUpdate(market.wallet.publicKey, { authorization: 'none', balanceChange: 1n })]
    : [];
  market.submitUpdates([update, ...others], account);
}

describe('C3: the key of an account', () => {
  it('may do nothing with a tab, whatever it signs', () => {
    const tab = create(tabPermissions);
    const before = read(tab);
    expect(before.permissions).toEqual(tabPermissions);
    for (const [name, { change, refusal }] of Object.entries(NEEDS)) {
      expect(() => attempt(tab, change), name).toThrow(refusal);
      expect(read(tab), name).toEqual(before);
    }
  });

  it('may do all of that with an ordinary account, so nothing else refused it', () => {
    for (const [name, { change }] of Object.entries(NEEDS)) {
      const account = create(open);
      const before = read(account);
      attempt(account, change);
      expect(read(account), name).not.toEqual(before);
    }
  });

  it('may ring a service’s inbox as anybody may, and do nothing else with it', () => {
    const { service } = market.us;
    const before = read(service);
    expect(before.permissions).toEqual(servicePermissions);
    expect(before.zkapp?.zkappUri).toBe('');
    expect(SERVICE_STATE.epoch).toBe(0);
    for (const [name, { change, refusal }] of Object.entries(NEEDS)) {
      if (name === 'editActionState') continue;
      expect(() => attempt(service, change), name).toThrow(refusal);
    }
    expect(read(service)).toEqual(before);
    const ring = accountUpdate(service.publicKey, { authorization: 'none', actions: [[1n]] });
    market.submitUpdates([ring]);
    expect(read(service).zkapp!.actionState).not.toEqual(before.zkapp!.actionState);
  });

  it('is not asked for what everybody may: paying in, and being looked at', () => {
    expect(PERMISSION_NAMES).toHaveLength(Object.keys(NEEDS).length + 2);
    const tab = create(tabPermissions);
    const update = accountUpdate(tab.publicKey, { authorization: 'none', balanceChange: 5n });
    market.submitUpdates([market.payment(5n), update]);
    expect(market.balanceOf(tab.publicKey)).toBe(MINA + 5n);
  });
});
