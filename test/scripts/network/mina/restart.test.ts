import { AccountUpdate, Field, Mina, Permissions, PrivateKey, fetchAccount, sendZkapp } from 'o1js';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { minaClient } from '../../../../contracts/zkapps/client.ts';
import {
  type MinaNetwork,
  type MinaOptions,
  startMina,
} from '../../../../scripts/network/mina/mina.ts';
import { type KeyPair, acquire, query, send } from './client.ts';

const SOON = { interval: 20, maxAttempts: 200 };

let folder: string;
let network: MinaNetwork;

const options = (): MinaOptions => ({ folder, proofsEnabled: false, blockTime: 0, batchDelay: 10 });

/** In this process: o1js's client here and the network share o1js, and don't disturb each other. */
async function start(more: MinaOptions = {}): Promise<void> {
  network = await startMina({ ...options(), ...more });
  Mina.setActiveInstance(minaClient(network, { proofsEnabled: false }));
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mina-network-'));
  await start();
});
afterAll(async () => {
  await network.stop();
  rmSync(folder, { recursive: true });
});

/** All that a client can see of the chain and of two accounts. */
async function everything(...accounts: string[]): Promise<unknown> {
  const chain = await query(
    network.graphql,
    `{ bestChain { stateHash
         protocolState { previousStateHash consensusState { blockHeight slotSinceGenesis } }
         transactions { zkappCommands { id hash failureReason { index failures } } } }
       genesisConstants { genesisTimestamp } }`
  );
  const states = accounts.map(async (address) => [
    await query(
      network.graphql,
      `{ account(publicKey: "${address}") { nonce balance { total } actionState zkappState } }`
    ),
    await query(
      network.archive,
      `{ actions(input: { address: "${address}" }) {
           blockInfo { height stateHash timestamp } actionState { actionStateOne actionStateTwo }
           actionData { accountUpdateId data transactionInfo { hash sequenceNumber } } } }`
    ),
  ]);
  const listed = await fetch(`${network.accountManager}/list-acquired-accounts`);
  return [chain, await Promise.all(states), await listed.json()];
}

describe('a network with a folder', () => {
  const inbox = PrivateKey.randomKeypair();
  let payer: KeyPair;

  const ring = (word: number) => async (): Promise<void> => {
    const update = AccountUpdate.create(inbox.publicKey);
    update.body.actions = AccountUpdate.Actions.pushEvent(update.body.actions, [Field(word)]);
  };

  it('R3: has everything again after a restart', async () => {
    payer = await acquire();
    const opened = await send(
      payer,
      async () => {
        AccountUpdate.fundNewAccount(payer.publicKey);
        AccountUpdate.createSigned(inbox.publicKey).account.permissions.set({
          ...Permissions.default(),
          editActionState: Permissions.none(),
          access: Permissions.none(),
        });
      },
      { signers: [inbox.privateKey] }
    );
    await opened.wait(SOON);
    await (await send(payer, ring(1))).wait(SOON);
    await network.advanceSlots(7);
    await (await send(payer, ring(2))).wait(SOON);
    await network.reorg(1, { reapply: true });
    const addresses = [payer.publicKey.toBase58(), inbox.publicKey.toBase58()];
    const before = await everything(...addresses);

    await network.stop();
    await start();
    expect(await everything(...addresses)).toEqual(before);
    expect(JSON.stringify(before)).toContain('"data":["2"]');
  });

  it('R3: keeps a command that was accepted but in no block yet', async () => {
    await network.stop();
    await start({ batchDelay: 3_600_000 });
    const sent = await send(payer, ring(3));
    const waiting = await query(network.graphql, '{ pooledZkappCommands { hash } }');
    expect(waiting.data).toEqual({ pooledZkappCommands: [{ hash: sent.hash }] });
    await expect(sendZkapp(sent.toJSON())).resolves.toMatchObject([
      undefined,
      { statusText: `${sent.hash} is already waiting for a block.` },
    ]);
    const inferred = await query(
      network.graphql,
      `{ account(publicKey: "${payer.publicKey.toBase58()}") { nonce inferredNonce } }`
    );
    const nonce = (await fetchAccount(payer)).account!.nonce.toBigint();
    expect(inferred.data).toEqual({
      account: { nonce: String(nonce), inferredNonce: String(nonce + 1n) },
    });

    await network.stop();
    await start();
    expect((await sent.wait(SOON)).hash).toBe(sent.hash);
    const { account } = await fetchAccount(payer);
    expect(account!.nonce.toBigint()).toBe(nonce + 1n);
  });

  it('R4: is refused to a second network, and with other parameters', async () => {
    await expect(startMina(options())).rejects.toMatchObject({ code: 'DATA_FOLDER_IN_USE' });
    await network.stop();
    expect(existsSync(join(folder, 'lock'))).toBe(false);
    await expect(startMina({ ...options(), slotTime: 1234 })).rejects.toMatchObject({
      code: 'GENESIS_MISMATCH',
    });
    await expect(startMina({ ...options(), accounts: 0 })).rejects.toMatchObject({
      code: 'GENESIS_MISMATCH',
    });
    await start();
  });

  it('says when it was stopped, and stops twice without harm', async () => {
    await network.stop();
    await expect(network.advanceSlots(1)).rejects.toMatchObject({ code: 'STOPPED' });
    await network.stop();
    await start();
  });
});

describe('options', () => {
  it('out of range are refused', async () => {
    for (const wrong of [{ accounts: 0 }, { slotTime: 0.5 }, { seed: 'x' }, { balance: '-1' }])
      await expect(startMina(wrong)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('with the same seed give the same accounts', async () => {
    const seed = 'ab'.repeat(32);
    const keys = await Promise.all(
      [0, 1].map(async () => {
        const other = await startMina({ seed, blockTime: 0 });
        const answer = await fetch(`${other.accountManager}/acquire-account`);
        const { sk } = (await answer.json()) as { sk: string };
        await other.stop();
        return sk;
      })
    );
    expect(keys[0]).toBe(keys[1]);
  });
});
