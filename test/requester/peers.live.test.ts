import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readNextNonce } from '../../contracts/chain/find-command.ts';
import type { KeyPair } from '../../contracts/chain/sign.ts';
import { buy } from '../../requester/buy.ts';
import { followJob } from '../../requester/follow.ts';
import { requestJobs } from '../../requester/job.ts';
import { type PeerLine, peersOver } from '../../requester/peers.ts';
import type { Requester } from '../../requester/requester.ts';
import { resume } from '../../requester/resume.ts';
import { publishServiceWith } from '../../requester/service.ts';
import { extendTab } from '../../requester/tab-end.ts';
import { keyWallet } from '../../requester/wallet.ts';
import { fileStore } from '../../scripts/requester/file-store.ts';
import { MINA, type Market, descriptorOf, freePort, openMarket } from './market.ts';

const ORDER = { parameters: { node: '22' }, maximum: MINA / 20n };

let market: Market;
let payer: KeyPair;
let service: string;

beforeAll(async () => {
  market = await openMarket({ listen: ['/ip4/127.0.0.1/tcp/0/ws'] });
  payer = await market.wallet();
  service = await publish(market.ipfs.node.peerAddresses());
  await market.serve(service, await freePort());
});
afterAll(() => market.stop());

async function publish(peers: readonly string[]): Promise<string> {
  const owner = await market.wallet();
  const keyset = { ...market.keyset(owner.publicKey), peers: [...peers] };
  const goods = { descriptor: descriptorOf(), keyset };
  return (await publishServiceWith(market.requester, goods, keyWallet(owner))).service;
}

const direct = (fetchedWithin?: number) =>
  peersOver(() => import('../../ipfs/line.ts'), fetchedWithin ? { fetchedWithin } : {});

/** Without any place to upload to, and with an empty store. */
let stores = 0;
const fresh = (changes: Partial<Requester> = {}): Requester => ({
  ...market.requester,
  uploads: undefined,
  peers: direct(),
  store: fileStore(`${market.folder}/direct-${stores++}`),
  ...changes,
});
const purchase = (of = service) => ({
  ...{ service: of, amount: MINA / 4n, slots: 100, wallet: keyWallet(payer), orders: [ORDER] },
});
const nonce = (): Promise<number> => readNextNonce(market.requester.node, payer.publicKey);

describe('a purchase with nowhere to upload to', () => {
  it('is fetched by the provider’s node over a line to it, and so is each further job', async () => {
    const requester = fresh();
    const { tab } = await buy(requester, purchase());
    const options = { delivery: 'ring', wallet: keyWallet(payer) } as const;
    await requestJobs(requester, tab, [ORDER], options);
    expect(await requester.store.listJobs(tab.terms.tab)).toMatchObject([
      { sequence: 1, state: 'delivered' },
      { sequence: 2, state: 'delivered' },
    ]);
    const until = { until: 'receipt', timeout: 50_000 } as const;
    const { entry } = await followJob(requester, tab.terms, 2, until);
    expect(entry!.note.receipt.sequence).toBe(2);
  });

  it('gives its provider an extension in the same way', async () => {
    const requester = fresh();
    const { tab } = await buy(requester, purchase());
    const order = { wallet: keyWallet(payer), timeout: 0 };
    await expect(extendTab(requester, tab, 200, order)).resolves.toMatchObject({
      digest: expect.any(String) as string,
    });
  });

  it('costs nothing where no node answers, or none is named', async () => {
    const [address] = market.ipfs.node.peerAddresses();
    const dead = address!.replace(/\/tcp\/\d+/, '/tcp/1');
    const before = await nonce();
    for (const [peers, code] of [
      [[dead], 'PEER'],
      [[address!.replace(/\/p2p\/.*/, '')], 'PEER'],
      [[], 'UPLOAD'],
    ] as const) {
      const requester = fresh();
      const of = await publish(peers);
      await expect(buy(requester, purchase(of))).rejects.toMatchObject({ code });
      expect(await requester.store.listTabs()).toEqual([]);
    }
    expect(await nonce()).toBe(before);
  });

  it('is kept where the node never asks, and given over once it does', async () => {
    const idle = await publish(market.ipfs.node.peerAddresses());
    const requester = fresh({ peers: direct(1_500) });
    const before = await nonce();
    await expect(buy(requester, purchase(idle))).rejects.toMatchObject({ code: 'PEER' });
    const [tab] = await requester.store.listTabs();
    const job = await requester.store.readJob(tab!, 1);
    expect(job).toMatchObject({ state: 'signed' });
    await expect(resume(requester, tab!, 1)).rejects.toMatchObject({ code: 'PEER' });
    // As a daemon does that looks at its inbox at last.
    const { rawCidOf } = await import('../../contracts/formats/cid.ts');
    const fetching = vi.waitFor(
      () => market.ipfs.node.source.get(rawCidOf(job!.request!.envelope)),
      { timeout: 20_000, interval: 100 }
    );
    const asking = market.ipfs.node.source.get(rawCidOf(Buffer.from(job!.digest!, 'hex')));
    await expect(resume(requester, tab!, 1)).resolves.toMatchObject({ state: 'delivered' });
    await Promise.all([fetching, asking]);
    expect(await nonce()).toBe(before + 1);
  });

  it('lets go of its line, whatever becomes of it', async () => {
    let open = 0;
    const peers = direct();
    const counting: Requester['peers'] = {
      async connect(addresses, options) {
        const line = await peers.connect(addresses, options);
        open += 1;
        const close: PeerLine['close'] = () => {
          open -= 1;
          return line.close();
        };
        return { ...line, close };
      },
    };
    const requester = fresh({ peers: counting });
    const declining = { ...keyWallet(payer), sign: () => Promise.reject(new Error('declined')) };
    await expect(buy(requester, { ...purchase(), wallet: declining })).rejects.toThrow('declined');
    const { tab } = await buy(requester, purchase());
    await expect(
      requestJobs(requester, tab, [ORDER], { delivery: 'ring', wallet: declining })
    ).rejects.toThrow('declined');
    expect(open).toBe(0);
  });
});
