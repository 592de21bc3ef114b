import 'fake-indexeddb/auto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readAccount } from '../../../contracts/chain/account.ts';
import type { KeyPair } from '../../../contracts/chain/sign.ts';
import { readService } from '../../../requester/service.ts';
import type { Stage } from '../../../requester/requester.ts';
import { keyWallet } from '../../../requester/wallet.ts';
import { publication, publishService, resumePublication } from '../../../web/store/publish.ts';
import { type Market, descriptorOf, openMarket } from '../../requester/market.ts';

let market: Market;
let owner: KeyPair;
beforeAll(async () => {
  // Packages come as a browser gets them here, the network's libp2p included, and it asks.
  vi.stubGlobal('navigator', { userAgent: 'test' });
  market = await openMarket();
  owner = await market.wallet();
}, 120_000);
afterAll(async () => market.stop());

const added: string[] = [];
let asked = 0;
const page = {
  requester: () => Promise.resolve(market.requester),
  wallet: {
    signer: () => {
      const wallet = keyWallet(owner);
      return {
        publicKey: wallet.publicKey,
        sign: (...args: Parameters<typeof wallet.sign>) => {
          asked++;
          return wallet.sign(...args);
        },
      };
    },
    refresh: () => Promise.resolve(),
  },
  services: { add: async (service: string) => void added.push(service) },
};
const goods = (name: string) => ({
  descriptor: descriptorOf({ name }),
  keyset: market.keyset(owner.publicKey),
});
/** The page dies right before a step. */
const dyingAt = (stage: Stage) => ({
  onProgress: (progress: { readonly stage: Stage }) => {
    if (progress.stage === stage) throw new Error('the page is gone');
  },
});
const nonce = async (): Promise<number> =>
  (await readAccount(market.requester.node, owner.publicKey))!.nonce;

describe('a publication', () => {
  it('that ended before it was sent leaves nothing behind', async () => {
    const before = await nonce();
    await expect(publishService(page, goods('early'), dyingAt('signing'))).rejects.toThrow('gone');
    expect(await publication.read()).toBeUndefined();
    expect(await nonce()).toBe(before);
  });

  it('that failed while it was sent goes on with the same account, and asks no wallet again', async () => {
    const [nonceBefore, askedBefore] = [await nonce(), asked];
    await expect(publishService(page, goods('late'), dyingAt('sending'))).rejects.toThrow('gone');
    const kept = (await publication.read())!;
    expect(kept).toMatchObject({ name: 'late', stage: 'sending' });
    await expect(publishService(page, goods('another'))).rejects.toThrow(/still be on its way/);
    expect(await publishService(page, goods('late'))).toBe(kept.service);
    expect(await publication.read()).toBeUndefined();
    expect(added.at(-1)).toBe(kept.service);
    const { descriptor } = await readService(market.requester, kept.service);
    expect(descriptor.name).toBe('late');
    expect([await nonce(), asked]).toEqual([nonceBefore + 1, askedBefore + 1]);
    // Another page that still shows it.
    expect(await resumePublication(page, kept)).toBe(kept.service);
    expect(await nonce()).toBe(nonceBefore + 1);
  });

  it('whose nonce another transaction took is over, and can be begun anew', async () => {
    await expect(publishService(page, goods('lost'), dyingAt('sending'))).rejects.toThrow('gone');
    const kept = (await publication.read())!;
    await publication.drop();
    await publishService(page, goods('in between'));
    await expect(resumePublication(page, kept)).rejects.toMatchObject({ code: 'NO_EFFECT' });
    expect(await publication.read()).toBeUndefined();
    expect(await publishService(page, goods('lost'))).not.toBe(kept.service);
  });
});
