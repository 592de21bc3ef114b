import { afterAll, beforeAll, expect, it } from 'vitest';
import { readAccount } from '../../../contracts/chain/account.ts';
import { type KeyPair, generateKeyPair } from '../../../contracts/chain/sign.ts';
import { toHex } from '../../../contracts/formats/bytes.ts';
import { type Prover, spawnProver } from '../../../oracle/prove/prover.ts';
import {
  pauseService,
  publishServiceWith,
  readService,
  rotateService,
} from '../../../requester/service.ts';
import { refundTab } from '../../../requester/tab-end.ts';
import { openTabWith, readTab } from '../../../requester/tab.ts';
import { keyWallet } from '../../../requester/wallet.ts';
import { Sender } from '../../../scripts/provider/sender.ts';
import { MINA, type Market, descriptorOf, openMarket } from '../../requester/market.ts';

let market: Market;
let prover: Prover;
let owner: KeyPair;
let wallet: KeyPair;
let service: string;

beforeAll(async () => {
  market = await openMarket({ proofsEnabled: true });
  prover = spawnProver();
  [owner, wallet] = [await market.wallet(), await market.wallet()];
  const keyset = market.keyset(owner.publicKey);
  const goods = { descriptor: descriptorOf(), keyset };
  ({ service } = await publishServiceWith(market.requester, goods, keyWallet(owner)));
});
afterAll(async () => {
  await prover.stop();
  await market.stop();
});

const senderOf = (payer: KeyPair): Sender =>
  new Sender({ ...market.requester, wallet: payer, prover });

it('a service is paused, refuses new tabs, goes on, and rotates to another runner', async () => {
  const { requester } = market;
  const options = { sender: senderOf(owner), owner: owner.publicKey };
  await pauseService(requester, service, true, options);
  const order = { service, amount: MINA, slots: 10, wallet: keyWallet(wallet) };
  await expect(openTabWith(requester, order)).rejects.toMatchObject({ code: 'PAUSED' });
  await pauseService(requester, service, false, options);

  const runner = generateKeyPair().publicKey;
  const same = { ...market.keyset(owner.publicKey), runner };
  await expect(rotateService(requester, service, same, options)).rejects.toMatchObject({
    code: 'KEYSET',
  });
  const next = { ...same, epoch: 1 };
  const before = await readService(requester, service);
  await rotateService(requester, service, next, options);
  const { keyset, state } = await readService(requester, service);
  const previous = toHex(before.state.keyset);
  expect([keyset, state.epoch, state.paused]).toEqual([{ ...next, previous }, 1, false]);

  const stranger = { sender: senderOf(wallet), owner: wallet.publicKey };
  await expect(pauseService(requester, service, true, stranger)).rejects.toMatchObject({
    code: 'OWNER',
  });
});

it('an expired tab gives its rest back to the wallet that opened it', async () => {
  const { requester, mina } = market;
  const { tab } = await openTabWith(requester, {
    ...{ service, amount: MINA, slots: 5, wallet: keyWallet(wallet) },
  });
  await mina.advanceSlots(6);
  const before = (await readAccount(requester.node, wallet.publicKey))!.balance;
  // The owner pays the fee, so that what arrives is exactly the rest.
  const { amount } = await refundTab(requester, tab, { sender: senderOf(owner) });
  expect(amount).toBe(MINA);
  const after = (await readAccount(requester.node, wallet.publicKey))!.balance;
  expect(after - before).toBe(MINA);
  expect(await readTab(requester, tab.terms)).toMatchObject({ balance: 0n });
  await expect(refundTab(requester, tab, { sender: senderOf(owner) })).rejects.toMatchObject({
    code: 'ENDED',
  });
});
