import {
  AccountUpdate,
  Field,
  Mina,
  PrivateKey,
  TokenId,
  addCachedAccount,
  fetchAccount,
  initializeBindings,
} from 'o1js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { minaClient } from '../../../../contracts/zkapps/client.ts';
import type { MinaNetwork } from '../../../../scripts/network/mina/mina.ts';
import { spawnMina } from '../../../../scripts/network/mina/spawn.ts';
import { type KeyPair, acquire, query, send } from './client.ts';
import { Counter } from './contract.ts';

const SOON = { interval: 50, maxAttempts: 400 };

let network: MinaNetwork;
let payer: KeyPair;

beforeAll(async () => {
  await initializeBindings();
  network = await spawnMina({ blockTime: 0, batchDelay: 20 });
  Mina.setActiveInstance(minaClient(network, { proofsEnabled: true }));
  payer = await acquire();
  await Counter.compile();
});

afterAll(() => network.stop());

async function refusal(zkappCommand: unknown): Promise<string | undefined> {
  const { errors } = await query(
    network.graphql,
    'mutation ($input: SendZkappInput!) { sendZkapp(input: $input) { zkapp { hash } } }',
    { input: { zkappCommand } }
  );
  return errors?.[0]?.extensions?.code;
}

describe('a network that verifies proofs', () => {
  const contract = PrivateKey.randomKeypair();
  const counter = new Counter(contract.publicKey);

  interface Proven {
    accountUpdates: { authorization: { proof: string | null } }[];
  }

  async function proven(by: number): Promise<Proven> {
    await fetchAccount(contract);
    await fetchAccount(payer);
    const tx = await Mina.transaction({ sender: payer.publicKey, fee: 1e8 }, () =>
      counter.increase(Field(by))
    );
    await tx.prove();
    return JSON.parse(tx.sign([payer.privateKey]).toJSON()) as Proven;
  }

  const withProof = (command: Proven, proof: string): Proven => {
    const [first, ...rest] = command.accountUpdates;
    return {
      ...command,
      accountUpdates: [{ ...first!, authorization: { ...first!.authorization, proof } }, ...rest],
    };
  };

  /** One digit of a group element, somewhere in the proof. */
  function mutated(proof: string): string {
    const text = Buffer.from(proof, 'base64').toString('latin1');
    const at = text.search(/(?<=0x[0-9A-F]{20})[0-9A-F](?=[0-9A-F]{20})/);
    expect(at).toBeGreaterThan(0);
    const changed = `${text.slice(0, at)}${text[at] === '0' ? '1' : '0'}${text.slice(at + 1)}`;
    return Buffer.from(changed, 'latin1').toString('base64');
  }

  it('O6: takes an honest call and refuses every other proof in its place', async () => {
    const deployed = await send(
      payer,
      async () => {
        AccountUpdate.fundNewAccount(payer.publicKey);
        await counter.deploy();
      },
      { signers: [contract.privateKey] }
    );
    await deployed.wait(SOON);

    const one = await proven(1);
    const two = await proven(2);
    const proof = one.accountUpdates[0]!.authorization.proof!;
    // A valid proof of another statement.
    expect(await refusal(withProof(one, two.accountUpdates[0]!.authorization.proof!))).toBe(
      'INVALID_PROOF'
    );
    expect(await refusal(withProof(one, mutated(proof)))).toBe('INVALID_PROOF');
    expect(await refusal(withProof(one, 'AAAA'))).toBeDefined();

    expect(await refusal(one)).toBeUndefined();
    await network.produceBlocks(1);
    const { account } = await fetchAccount(contract);
    expect(account?.zkapp?.appState[0]?.toString()).toBe('1');
  });

  it('O6: checks the proof of an account that the same command creates', async () => {
    const fresh = PrivateKey.randomKeypair();
    await fetchAccount(payer);
    // o1js reads the state before it builds the command that creates the account.
    addCachedAccount({ publicKey: fresh.publicKey, tokenId: TokenId.default });
    const tx = await Mina.transaction({ sender: payer.publicKey, fee: 1e8 }, async () => {
      AccountUpdate.fundNewAccount(payer.publicKey);
      await new Counter(fresh.publicKey).deploy();
      await new Counter(fresh.publicKey).increase(Field(2));
    });
    await tx.prove();
    const honest = JSON.parse(tx.sign([payer.privateKey, fresh.privateKey]).toJSON()) as Proven;
    const call = honest.accountUpdates.findIndex(({ authorization }) => authorization.proof);
    const forged = structuredClone(honest);
    forged.accountUpdates[call]!.authorization.proof = mutated(
      honest.accountUpdates[call]!.authorization.proof!
    );
    expect(await refusal(forged)).toBe('INVALID_PROOF');
    expect(await refusal(honest)).toBeUndefined();
    await network.produceBlocks(1);
    const { account } = await fetchAccount(fresh);
    expect(account?.zkapp?.appState[0]?.toString()).toBe('2');
  });
});
