import { afterAll, beforeAll, expect, it } from 'vitest';
import { readNextNonce } from '../../../contracts/chain/find-command.ts';
import type { KeyPair } from '../../../contracts/chain/sign.ts';
import { type Prover, spawnProver } from '../../../oracle/prove/prover.ts';
import { pauseService, publishServiceWith, readService } from '../../../requester/service.ts';
import { keyWallet } from '../../../requester/wallet.ts';
import { Sender } from '../../../scripts/provider/sender.ts';
import { type Market, descriptorOf, openMarket } from '../../requester/market.ts';

let market: Market;
let prover: Prover;
let owner: KeyPair;

beforeAll(async () => {
  market = await openMarket();
  prover = spawnProver({ proofsEnabled: false });
  owner = await market.wallet();
});
afterAll(async () => {
  await prover.stop();
  await market.stop();
});

const offer = async (): Promise<string> => {
  const goods = { descriptor: descriptorOf(), keyset: market.keyset(owner.publicKey) };
  return (await publishServiceWith(market.requester, goods, keyWallet(owner))).service;
};

/** The wallet pays for something else after every proof, before it is sent. */
const senderOf = (between: () => Promise<unknown>): { sender: Sender; proofs: () => number } => {
  let proofs = 0;
  const busy: Pick<Prover, 'prove'> = {
    prove: async (job, options) => {
      const proven = await prover.prove(job, options);
      proofs += 1;
      await between();
      return proven;
    },
  };
  const sender = new Sender({ ...market.requester, wallet: owner, prover: busy });
  return { sender, proofs: () => proofs };
};

it('signs the same proof again where the wallet has paid for something else meanwhile', async () => {
  const { requester } = market;
  const service = await offer();
  const { sender, proofs } = senderOf(offer);
  const before = await readNextNonce(requester.node, owner.publicKey);
  await pauseService(requester, service, true, { sender, owner: owner.publicKey });
  await expect(readService(requester, service)).rejects.toMatchObject({ code: 'PAUSED' });
  expect(proofs()).toBe(1);
  expect(await readNextNonce(requester.node, owner.publicKey)).toBe(before + 2);
});

it('sends nothing that the node refuses for another reason', async () => {
  const { requester } = market;
  const service = await offer();
  // Somebody else has paused it: the proof's precondition no longer holds.
  const { sender: other } = senderOf(() => Promise.resolve());
  const { sender } = senderOf(() =>
    pauseService(requester, service, true, { sender: other, owner: owner.publicKey })
  );
  await expect(
    pauseService(requester, service, true, { sender, owner: owner.publicKey })
  ).rejects.toThrow();
});
