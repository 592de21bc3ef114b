import Signer from 'mina-signer';
import {
  AccountUpdate,
  Field,
  Lightnet,
  Mina,
  Permissions,
  PrivateKey,
  PublicKey,
  Reducer,
  TokenId,
  UInt32,
  VerificationKey,
  fetchAccount,
  fetchCurrentSlot,
  fetchLastBlock,
  fetchTransactionDepth,
  fetchTransactionStatus,
  initializeBindings,
} from 'o1js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { minaClient } from '../../../../contracts/zkapps/client.ts';
import { type SpawnedMina, spawnMina } from '../../../../scripts/network/mina/spawn.ts';
import { type KeyPair, acquire, query, send } from './client.ts';
import { Counter } from './contract.ts';

const SOON = { interval: 20, maxAttempts: 200 };
const MINA = 1_000_000_000;

let network: SpawnedMina;
let payer: KeyPair;

beforeAll(async () => {
  network = await spawnMina({ proofsEnabled: false, blockTime: 0, batchDelay: 20 });
  await initializeBindings();
  Mina.setActiveInstance(minaClient(network, { proofsEnabled: false }));
  payer = await acquire();
});

afterAll(() => network.stop());

const pay =
  (to: PublicKey, amount: number, from = payer.publicKey) =>
  async (): Promise<void> => {
    AccountUpdate.createSigned(from).send({ to, amount });
  };

const balance = async (publicKey: PublicKey): Promise<bigint> => {
  const { account } = await fetchAccount({ publicKey });
  return account!.balance.toBigInt();
};

const height = async (): Promise<number> =>
  Number((await fetchLastBlock()).blockchainLength.toBigint());

/** o1js types it as a number, but nodes answer, and so it gives, a string. */
const currentSlot = async (): Promise<number> => parseInt(String(await fetchCurrentSlot()), 10);

/** The code of the GraphQL error that `sendZkapp` answers with. */
async function refusal(zkappCommand: unknown): Promise<string | undefined> {
  const { errors } = await query(
    network.graphql,
    'mutation ($input: SendZkappInput!) { sendZkapp(input: $input) { zkapp { hash } } }',
    { input: { zkappCommand } }
  );
  return errors?.[0]?.extensions?.code;
}

async function signed(
  body: () => Promise<void>,
  options: { fee?: number; nonce?: number; validUntil?: number } = {}
): Promise<ReturnType<typeof JSON.parse>> {
  await fetchAccount(payer);
  const { validUntil, ...spec } = options;
  const tx = await Mina.transaction({ sender: payer.publicKey, fee: 1e8, ...spec }, body);
  if (validUntil !== undefined) tx.transaction.feePayer.body.validUntil = UInt32.from(validUntil);
  return JSON.parse(tx.sign([payer.privateKey]).toJSON());
}

describe('payments', () => {
  it('arrive through send and wait, and cost the fee', async () => {
    const before = await balance(payer.publicKey);
    const fresh = PrivateKey.random().toPublicKey();
    const sent = await send(payer, async () => {
      AccountUpdate.fundNewAccount(payer.publicKey);
      await pay(fresh, 5 * MINA)();
    });
    const included = await sent.wait(SOON);
    expect(included.status).toBe('included');
    expect(await balance(fresh)).toBe(BigInt(5 * MINA));
    expect(await balance(payer.publicKey)).toBe(before - BigInt(6.1 * MINA));
    expect(included.inclusionBlockHeight).toBe(await height());
  });

  it('that fail when applied are included with their failures, and charge the fee', async () => {
    const before = await balance(payer.publicKey);
    const sent = await send(payer, pay(PrivateKey.random().toPublicKey(), MINA));
    expect(sent.status).toBe('pending');
    const result = await sent.safeWait(SOON);
    expect(result.status).toBe('rejected');
    expect(JSON.stringify('errors' in result && result.errors)).toContain('Invalid_fee_excess');
    expect(await balance(payer.publicKey)).toBe(before - BigInt(0.1 * MINA));
  });

  it('sent together keep their order in one block or the next', async () => {
    const { account } = await fetchAccount(payer);
    const nonce = Number(account!.nonce.toBigint());
    const to = (await acquire()).publicKey;
    const before = await balance(to);
    const sent = [];
    for (let i = 0; i < 3; i++) sent.push(await send(payer, pay(to, 1), { nonce: nonce + i }));
    await Promise.all(sent.map((one) => one.wait(SOON)));
    expect(await balance(to)).toBe(before + 3n);
  });

  it('have a status by id, and a depth that grows', async () => {
    const sent = await send(payer, pay((await acquire()).publicKey, 1));
    const { zkapp } = (sent.data as { sendZkapp: { zkapp: { id: string; hash: string } } })
      .sendZkapp;
    expect(zkapp.hash).toBe(sent.hash);
    const included = await sent.wait(SOON);
    expect(await fetchTransactionStatus(zkapp.id)).toBe('INCLUDED');
    await network.produceBlocks(3);
    expect(await included.getDepth()).toMatchObject({ depth: 3 });
    expect((await fetchTransactionDepth(sent.hash))?.depth).toBe(3);
    await expect(fetchTransactionStatus(sent.hash)).rejects.toThrow(/id that sendZkapp gave/);
  });
});

describe('sendZkapp', () => {
  it('takes what mina-signer signed, a new account with state and permissions in one update', async () => {
    const signer = new Signer({ network: 'testnet' });
    const fresh = PrivateKey.randomKeypair();
    await fetchAccount(payer);
    const tx = await Mina.transaction({ sender: payer.publicKey, fee: 1e8 }, async () => {
      AccountUpdate.fundNewAccount(payer.publicKey);
      const update = AccountUpdate.createSigned(fresh.publicKey);
      AccountUpdate.setValue(update.update.appState[0]!, Field(7));
      update.account.permissions.set({
        ...Permissions.default(),
        editActionState: Permissions.none(),
      });
    });
    const { feePayer, accountUpdates, memo } = JSON.parse(tx.toJSON());
    const sign = (updates: unknown, key: PrivateKey): never => {
      const signedBy = signer.signZkappCommand(
        {
          feePayer: {
            feePayer: feePayer.body.publicKey,
            fee: feePayer.body.fee,
            nonce: feePayer.body.nonce,
            memo: '',
          },
          zkappCommand: { feePayer, accountUpdates: updates, memo } as never,
        },
        key.toBase58()
      );
      return signedBy.data.zkappCommand as never;
    };
    const bySigner = sign(
      (sign(accountUpdates, fresh.privateKey) as { accountUpdates: unknown }).accountUpdates,
      payer.privateKey
    );
    expect(await refusal(bySigner)).toBeUndefined();
    await network.produceBlocks(1);
    const { account } = await fetchAccount(fresh);
    expect(account?.zkapp?.appState[0]?.toString()).toBe('7');
    expect(account?.permissions.editActionState.constant.toBoolean()).toBe(true);
  });

  it('refuses a wrong nonce, with nothing charged', async () => {
    const before = await balance(payer.publicKey);
    expect(await refusal(await signed(async () => undefined, { nonce: 1000 }))).toBe(
      'INVALID_NONCE'
    );
    expect(await refusal(await signed(async () => undefined, { nonce: 0 }))).toBe('INVALID_NONCE');
    expect(await balance(payer.publicKey)).toBe(before);
  });

  it("refuses another's signature, on the fee payer and on an update", async () => {
    const other = await acquire();
    const command = await signed(pay(other.publicKey, 1));
    const wrong = (await signed(pay(other.publicKey, 2))).feePayer.authorization;
    expect(
      await refusal({ ...command, feePayer: { ...command.feePayer, authorization: wrong } })
    ).toBe('INVALID_SIGNATURE');
    const [first, ...rest] = command.accountUpdates;
    const forged = { ...first, authorization: { ...first.authorization, signature: wrong } };
    expect(await refusal({ ...command, accountUpdates: [forged, ...rest] })).toBe(
      'INVALID_SIGNATURE'
    );
    expect(await refusal(command)).toBeUndefined();
    await network.produceBlocks(1);
  });

  it('refuses fees that are too low or not there, expiry, and a payer without account', async () => {
    const nothing = async (): Promise<void> => undefined;
    expect(await refusal(await signed(nothing, { fee: 999_999 }))).toBe('INSUFFICIENT_FEE');
    expect(await refusal(await signed(nothing, { fee: 2e12 }))).toBe('INSUFFICIENT_FUNDS');
    await network.advanceSlots(2);
    expect(await refusal(await signed(nothing, { validUntil: 1 }))).toBe('EXPIRED');
    const stranger = PrivateKey.randomKeypair();
    const tx = await Mina.transaction(
      { sender: stranger.publicKey, fee: 1e8, nonce: 0 },
      nothing
    ).sign([stranger.privateKey]);
    expect(await refusal(JSON.parse(tx.toJSON()))).toBe('INSUFFICIENT_FUNDS');
  });

  it('refuses authorizations of another kind than they say, and too many events', async () => {
    const command = await signed(pay(payer.publicKey, 1));
    const [first, ...rest] = command.accountUpdates;
    const bare = { ...first, authorization: { proof: null, signature: null } };
    expect(await refusal({ ...command, accountUpdates: [bare, ...rest] })).toBe(
      'INVALID_AUTHORIZATION'
    );
    const loud = await signed(async () => {
      const update = AccountUpdate.createSigned(payer.publicKey);
      for (let i = 0; i < 7; i++)
        update.body.events = AccountUpdate.Events.pushEvent(
          update.body.events,
          Array<Field>(16).fill(Field(1))
        );
    });
    expect(await refusal(loud)).toBe('TOO_EXPENSIVE');
  });
});

describe('contracts', () => {
  const contract = PrivateKey.randomKeypair();
  const counter = new Counter(contract.publicKey);

  it('are deployed and called; the archive tells events and actions that o1js re-hashes', async () => {
    await Counter.analyzeMethods();
    const deployed = await send(
      payer,
      async () => {
        AccountUpdate.fundNewAccount(payer.publicKey);
        await counter.deploy();
      },
      { signers: [contract.privateKey] }
    );
    await deployed.wait(SOON);
    for (const by of [3, 4]) {
      await fetchAccount(contract);
      await (await send(payer, () => counter.increase(Field(by)))).wait(SOON);
    }
    const { account } = await fetchAccount(contract);
    expect(account?.zkapp?.appState[0]?.toString()).toBe('7');

    const events = await counter.fetchEvents();
    expect(
      events.map((one) => [one.type, (one.event.data as unknown as Field).toString()])
    ).toEqual([
      ['counted', '3'],
      ['counted', '4'],
    ]);
    const last = events.at(-1)!;
    expect(Number(last.blockHeight.toBigint())).toBe(await height());
    expect(last.event.transactionInfo).toMatchObject({ transactionStatus: 'applied' });

    const actions = await Mina.fetchActions(contract.publicKey);
    if ('error' in actions) throw new Error(actions.error.statusText);
    expect(actions.map((one) => one.actions)).toEqual([[['3']], [['4']]]);
    expect(actions.at(-1)?.hash).toBe(account?.zkapp?.actionState[0]?.toString());
    const later = await Mina.fetchActions(contract.publicKey, {
      fromActionState: Field(actions[0]!.hash),
    });
    expect('error' in later || later.map((one) => one.actions)).toEqual([[['4']]]);
    const all = await Mina.fetchActions(contract.publicKey, {
      fromActionState: Reducer.initialActionState,
    });
    expect(all).toHaveLength(2);
    const first = await Mina.fetchEvents(contract.publicKey, TokenId.default, {
      to: last.blockHeight,
    });
    expect(first).toHaveLength(1);
  });

  it('keep no events or actions of commands that failed', async () => {
    const quiet = await Mina.fetchEvents(contract.publicKey, TokenId.default);
    await fetchAccount(contract);
    const sent = await send(payer, async () => {
      await counter.increase(Field(5));
      await pay(PrivateKey.random().toPublicKey(), MINA)();
    });
    expect((await sent.safeWait(SOON)).status).toBe('rejected');
    expect(await Mina.fetchEvents(contract.publicKey, TokenId.default)).toEqual(quiet);
    expect(await Mina.fetchActions(contract.publicKey)).toHaveLength(2);
  });

  it('act several times in one block and the archive keeps the order', async () => {
    const inbox = PrivateKey.randomKeypair();
    const ring = (text: number) => async (): Promise<void> => {
      for (const word of [text, text + 1]) {
        const update = AccountUpdate.create(inbox.publicKey);
        update.body.actions = AccountUpdate.Actions.pushEvent(update.body.actions, [Field(word)]);
        update.body.actions = AccountUpdate.Actions.pushEvent(update.body.actions, [Field(9)]);
      }
    };
    const opened = await send(
      payer,
      async () => {
        AccountUpdate.fundNewAccount(payer.publicKey);
        const update = AccountUpdate.createSigned(inbox.publicKey);
        update.account.permissions.set({
          ...Permissions.default(),
          editActionState: Permissions.none(),
          access: Permissions.none(),
        });
      },
      { signers: [inbox.privateKey] }
    );
    await opened.wait(SOON);
    const { account } = await fetchAccount(payer);
    const nonce = Number(account!.nonce.toBigint());
    const first = await send(payer, ring(10), { nonce });
    const second = await send(payer, ring(20), { nonce: nonce + 1 });
    await Promise.all([first, second].map((one) => one.wait(SOON)));
    const actions = await Mina.fetchActions(inbox.publicKey);
    expect('error' in actions || actions.map((one) => one.actions)).toEqual([
      [['9'], ['10']],
      [['9'], ['11']],
      [['9'], ['20']],
      [['9'], ['21']],
    ]);
  });

  it('are refused a proof that names another key than the account has, or none to fit', async () => {
    await fetchAccount(contract);
    const tx = await Mina.transaction({ sender: payer.publicKey, fee: 1e8 }, () =>
      counter.increase(Field(1))
    );
    const [call] = tx.transaction.accountUpdates;
    call!.body.authorizationKind.verificationKeyHash = Field(1);
    const other = JSON.parse(tx.sign([payer.privateKey]).toJSON());
    expect(await refusal(other)).toBe('INVALID_PROOF');
    call!.body.publicKey = PrivateKey.random().toPublicKey();
    const nowhere = JSON.parse(tx.sign([payer.privateKey]).toJSON());
    expect(await refusal(nowhere)).toBe('INVALID_PROOF');
  });

  it('are refused a key that does not have the hash it says', async () => {
    const { data } = await VerificationKey.dummy();
    const command = await signed(async () => {
      const update = AccountUpdate.createSigned(payer.publicKey);
      update.account.verificationKey.set({ data, hash: Field(5) });
    });
    expect(await refusal(command)).toBe('INVALID_VERIFICATION_KEY');
  });
});

describe('slots and forks', () => {
  it('slots advance when told, and preconditions see them', async () => {
    const slot = await currentSlot();
    expect(await network.advanceSlots(5)).toBe(slot + 5);
    expect(await currentSlot()).toBe(slot + 5);
    const now = UInt32.from(slot + 5);
    const within = await send(payer, async () => {
      const update = AccountUpdate.createSigned(payer.publicKey);
      update.network.globalSlotSinceGenesis.requireBetween(now, now);
    });
    expect((await within.safeWait(SOON)).status).toBe('included');
    const parent = UInt32.from(await height());
    const next = await send(payer, async () => {
      const update = AccountUpdate.createSigned(payer.publicKey);
      update.network.blockchainLength.requireBetween(parent, parent);
    });
    expect((await next.safeWait(SOON)).status).toBe('included');
    const late = await send(payer, async () => {
      const update = AccountUpdate.createSigned(payer.publicKey);
      update.network.globalSlotSinceGenesis.requireBetween(UInt32.from(0), now.sub(1));
    });
    expect((await late.safeWait(SOON)).status).toBe('rejected');
  });

  it('R5: a fork takes commands back, and brings them again or loses them', async () => {
    const to = (await acquire()).publicKey;
    const before = await balance(to);
    await (await send(payer, pay(to, 10))).wait(SOON);
    const forked = await network.reorg(1, { reapply: true });
    expect(forked).toBe(await height());
    expect(await balance(to)).toBe(before + 10n);
    await network.reorg(2, { reapply: false });
    expect(await balance(to)).toBe(before);
    const again = await send(payer, pay(to, 20));
    expect((await again.wait(SOON)).status).toBe('included');
    expect(await balance(to)).toBe(before + 20n);
    await expect(network.reorg(100_000, { reapply: true })).rejects.toMatchObject({
      code: 'REORG_TOO_DEEP',
    });
  });
});

describe('the account manager', () => {
  it('gives each account once, lists it, and takes it back', async () => {
    const { publicKey } = await Lightnet.acquireKeyPair();
    const listed = async (): Promise<boolean> => {
      const all = await Lightnet.listAcquiredKeyPairs({});
      return all!.some((pair) => pair.publicKey.equals(publicKey).toBoolean());
    };
    expect(await balance(publicKey)).toBe(1_550_000_000_000n);
    expect(await listed()).toBe(true);
    const message = await Lightnet.releaseKeyPair({ publicKey: publicKey.toBase58() });
    expect(message).toContain(publicKey.toBase58());
    expect(await listed()).toBe(false);
    expect(await Lightnet.releaseKeyPair({ publicKey: publicKey.toBase58() })).toBeNull();
  });
});

describe('HTTP', () => {
  it('answers unknown fields and wrong arguments with an error', async () => {
    const code = async (url: string, text: string): Promise<string | undefined> =>
      (await query(url, text)).errors?.[0]?.extensions?.code;
    expect(
      await code(network.graphql, '{ account(publicKey: "x") { delegators { nonce } } }')
    ).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(await code(network.graphql, '{ account(publicKey: "x") { nonce } }')).toBe(
      'BAD_USER_INPUT'
    );
    expect(await code(network.archive, '{ events(input: { address: "x" }) { __typename } }')).toBe(
      'BAD_USER_INPUT'
    );
    const address = payer.publicKey.toBase58();
    expect(
      await code(
        network.archive,
        `{ events(input: { address: "${address}", from: 1, to: 10002 }) { __typename } }`
      )
    ).toBe('BLOCK_RANGE_ERROR');
    const { errors } = await query(
      network.graphql,
      'mutation { sendZkapp(input: { zkappCommand: { memo: "", extra: 1 } }) { zkapp { hash } } }'
    );
    expect(errors?.map(({ message }) => message).join()).toMatch(/extra.*not defined|required/);
  });

  it('serves a network file to pages of any origin, once it was told, and takes no other', async () => {
    expect((await fetch(network.networkFile)).status).toBe(404);
    const file = {
      ...{ version: 1 as const, name: 'Test', node: network.graphql, archive: network.archive },
      ...{ gateways: ['http://127.0.0.1:1'], upload: 'http://127.0.0.1:1', uploadToken: 'token' },
      ...{ accountManager: network.accountManager, proofs: false },
      services: [payer.publicKey.toBase58()],
    };
    await network.describe(file);
    const told = await fetch(network.networkFile);
    expect(told.headers.get('access-control-allow-origin')).toBe('*');
    expect(await told.json()).toEqual(file);
    await expect(network.describe({ ...file, services: ['B62nothing'] })).rejects.toThrow();
    expect(await (await fetch(network.networkFile)).json()).toEqual(file);
  });

  it('refuses bodies that are too large, other hosts, and controls from other pages', async () => {
    const post = (url: string, body: string, headers: Record<string, string> = {}) =>
      fetch(url, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
      });
    const large = await post(network.graphql, 'x'.repeat(1_000_001));
    expect([large.status, await large.json()]).toEqual([
      413,
      { code: 413, message: 'The body is larger than 1000000 bytes, the most allowed.' },
    ]);
    const many = JSON.stringify({ query: `{ ${'syncStatus '.repeat(20_001)} }` });
    expect(await (await post(network.graphql, many)).text()).toContain('tokens');
    expect((await post(network.graphql, 'no json')).status).toBe(400);
    const control = `${network.accountManager}/control/slots`;
    expect((await post(control, '{"advance":1}', { 'content-type': 'text/plain' })).status).toBe(
      415
    );
    expect((await post(control, '{"advance":0}')).status).toBe(400);
    expect((await post(control, '{"advance":1,"more":1}')).status).toBe(400);
    expect((await fetch(`${network.accountManager}/else`)).status).toBe(404);
    expect((await fetch(control)).status).toBe(405);
    const preflight = await fetch(network.graphql, { method: 'OPTIONS' });
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    const asked = await fetch(control, { method: 'OPTIONS' });
    expect(asked.headers.get('access-control-allow-origin')).toBeNull();
  });
});
