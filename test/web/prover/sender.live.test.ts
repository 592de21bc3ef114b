import { afterAll, beforeAll, expect, it } from 'vitest';
import type { KeyPair } from '../../../contracts/chain/sign.ts';
import { type Prover as Child, spawnProver } from '../../../oracle/prove/prover.ts';
import { pauseService, publishServiceWith, readService } from '../../../requester/service.ts';
import { type Wallet, keyWallet } from '../../../requester/wallet.ts';
import type { Prover } from '../../../web/prover/prover.ts';
import { pageSender } from '../../../web/prover/sender.ts';
import { type Market, descriptorOf, openMarket } from '../../requester/market.ts';

let market: Market;
let child: Child;
let owner: KeyPair;

beforeAll(async () => {
  market = await openMarket();
  child = spawnProver({ proofsEnabled: false });
  owner = await market.wallet();
});
afterAll(async () => {
  await child.stop();
  await market.stop();
});

const offer = async (): Promise<string> => {
  const goods = { descriptor: descriptorOf(), keyset: market.keyset(owner.publicKey) };
  return (await publishServiceWith(market.requester, goods, keyWallet(owner))).service;
};

/** What a page's worker makes, made by a process: o1js runs in both. */
const proverThen = (afterwards: () => Promise<unknown>): Prover => ({
  async prove(job, { signal } = {}) {
    if (job.kind !== 'call') throw new Error('this test proves calls');
    const { call, node, networkId, feePayer } = job;
    const proven = await child.prove(
      { ...call, node, networkId, feePayer },
      signal === undefined ? {} : { signal }
    );
    await afterwards();
    return proven;
  },
});

it.each(['is proven', 'is signed'])(
  'a call goes through where the wallet pays for something else while it %s',
  async (when) => {
    const { requester, mina } = market;
    const service = await offer();
    let left = 1;
    const once = async (now: string): Promise<void> => {
      if (now === when && left-- > 0) await offer();
    };
    let asked = 0;
    const key = keyWallet(owner);
    const wallet: Wallet = {
      ...key,
      async sign(command, options) {
        asked += 1;
        const signed = await key.sign(command, options);
        await once('is signed');
        return signed;
      },
    };
    const sender = pageSender({
      ...{ requester, node: mina.graphql, wallet, proofsEnabled: false },
      prover: proverThen(() => once('is proven')),
    });
    await pauseService(requester, service, true, { sender, owner: owner.publicKey });
    const { state } = await readService(requester, service, { mayBePaused: true });
    expect(state.paused).toBe(true);
    expect(asked).toBe(when === 'is signed' ? 2 : 1);
  }
);
