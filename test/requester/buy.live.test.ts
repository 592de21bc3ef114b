import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readAccount } from '../../contracts/chain/account.ts';
import { encodeMemo } from '../../contracts/chain/base58check.ts';
import type { Command } from '../../contracts/chain/command.ts';
import { startCursor } from '../../contracts/chain/cursor.ts';
import { readNextNonce } from '../../contracts/chain/find-command.ts';
import type { KeyPair } from '../../contracts/chain/sign.ts';
import { createGraphql } from '../../contracts/chain/graphql.ts';
import { readInbox } from '../../contracts/chain/inbox.ts';
import { fromHex, toHex } from '../../contracts/formats/bytes.ts';
import { rawCidOf } from '../../contracts/formats/cid.ts';
import { parseRequest } from '../../contracts/formats/request.ts';
import { type Purchase, buy } from '../../requester/buy.ts';
import { askEndpoint } from '../../requester/endpoint.ts';
import { followJob } from '../../requester/follow.ts';
import { requestJobs } from '../../requester/job.ts';
import type { Requester } from '../../requester/requester.ts';
import { resume } from '../../requester/resume.ts';
import { publishServiceWith } from '../../requester/service.ts';
import type { JobRecord, TabKeys } from '../../requester/store.ts';
import { fundTabWith, openTabWith, readTab } from '../../requester/tab.ts';
import { type Wallet, keyWallet } from '../../requester/wallet.ts';
import { fileStore } from '../../scripts/requester/file-store.ts';
import { Mortal } from './crash.ts';
import { MINA, type Market, descriptorOf, freePort, openMarket } from './market.ts';

const WAIT = { timeout: 30_000, interval: 50 };
const ORDER = { parameters: { node: '22' }, maximum: MINA / 20n };

let market: Market;
let owner: KeyPair;
let wallet: Wallet;
/** Of a provider that takes no requests by hand, and of one that does, at an endpoint. */
let silent: string;
let served: string;
let endpoint: string;

beforeAll(async () => {
  market = await openMarket();
  owner = await market.wallet();
  wallet = keyWallet(await market.wallet());
  silent = await publish();
  const port = await freePort();
  endpoint = `http://127.0.0.1:${port}`;
  served = await publish(endpoint);
  await market.serve(served, port);
});
afterAll(() => market.stop());

async function publish(at?: string): Promise<string> {
  const keyset = market.keyset(owner.publicKey, at);
  const goods = { descriptor: descriptorOf(), keyset };
  return (await publishServiceWith(market.requester, goods, keyWallet(owner))).service;
}

/** Of a provider that looks for the blocks of a ring once, at once, and then only takes them by hand. */
async function startHastyEndpoint() {
  let taken = 0;
  const server = createServer((request, response) => {
    if (request.method === 'POST') taken++;
    const answer = taken > 0 ? { state: 'seen' } : { state: 'refused', refusal: 'UNAVAILABLE' };
    request.resume().on('end', () => {
      response.statusCode = request.method === 'POST' ? 202 : 200;
      response.end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken: () => taken,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** A requester whose store is empty. */
let stores = 0;
const fresh = (changes: Partial<Requester> = {}): Requester => ({
  ...market.requester,
  store: fileStore(`${market.folder}/store-${stores++}`),
  ...changes,
});
const purchase = (changes: Partial<Purchase> = {}): Purchase => ({
  ...{ service: silent, amount: MINA / 10n, slots: 100, wallet, orders: [ORDER, ORDER] },
  ...changes,
});

/** Digests that the chain holds of a tab's rings. */
async function rung(service: string, tab: string): Promise<readonly string[]> {
  const { mina } = market;
  const nodes = { node: createGraphql([mina.graphql]), archive: createGraphql([mina.archive]) };
  const { entries } = await readInbox(nodes, service, startCursor());
  return entries.flatMap(({ ring }) =>
    'digest' in ring && ring.tab === tab ? [toHex(ring.digest)] : []
  );
}

const exists = async (tab: string): Promise<boolean> =>
  (await readAccount(market.requester.node, tab)) !== null;

/** Whether anybody can fetch what was asked for. */
async function isFetched({ digest }: Pick<JobRecord, 'digest'>): Promise<boolean> {
  const { blocks } = market.requester;
  const request = parseRequest(await blocks.get(rawCidOf(fromHex(digest!, 32))));
  return (await blocks.get(rawCidOf(request.envelope))).length > 0;
}

describe('a purchase', () => {
  it('opens a tab and rings for its first jobs in one transaction', async () => {
    const requester = fresh();
    const nonce = await readNextNonce(requester.node, wallet.publicKey);
    const { tab, transaction, jobs } = await buy(requester, purchase());
    expect(await readNextNonce(requester.node, wallet.publicKey)).toBe(nonce + 1);
    expect(await rung(silent, tab.terms.tab)).toEqual(jobs.map(({ digest }) => digest));
    for (const job of jobs) expect(await isFetched(job)).toBe(true);
    expect(await readTab(requester, tab.terms)).toMatchObject({
      ...{ balance: MINA / 10n, promised: MINA / 10n, free: 0n },
    });
    const records = await requester.store.listJobs(tab.terms.tab);
    expect(records).toMatchObject([
      { sequence: 1, state: 'delivered', transaction },
      { sequence: 2, state: 'delivered', transaction },
    ]);
    expect(records.some((job) => 'envelope' in job || 'command' in job)).toBe(false);
  });

  it('needs no upload where the provider has an endpoint, and is carried out', async () => {
    const reading = fresh({ uploads: undefined });
    const { tab, jobs } = await buy(reading, purchase({ service: served, orders: [ORDER] }));
    const { entry } = await followJob(reading, tab.terms, jobs[0]!.sequence, {
      ...{ until: 'receipt', timeout: 50_000 },
    });
    expect(entry!.note.receipt.sequence).toBe(1);
    expect(await rung(served, tab.terms.tab)).toEqual([jobs[0]!.digest]);
  });

  it('is not given up where the provider refused the ring before its blocks came', async () => {
    const hasty = await startHastyEndpoint();
    const service = await publish(hasty.url);
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const uploads: Requester['uploads'] = {
      put: async (block, options) => {
        await released;
        return market.requester.uploads!.put(block, options);
      },
    };
    const requester = fresh({ uploads });
    const buying = buy(requester, purchase({ service, orders: [ORDER] }));
    const tab = await vi.waitUntil(async () => (await requester.store.listTabs())[0], WAIT);
    await vi.waitUntil(async () => (await rung(service, tab)).length > 0, WAIT);
    const { terms } = await requester.store.readTab(tab);
    await expect(
      followJob(requester, terms, 1, { until: 'receipt', timeout: 200 })
    ).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(await requester.store.readJob(tab, 1)).toMatchObject({ state: 'signed' });
    expect(hasty.taken()).toBe(0);
    release();
    const { jobs } = await buying;
    expect(await isFetched(jobs[0]!)).toBe(true);
    expect(hasty.taken()).toBe(1);
    expect(await requester.store.readJob(tab, 1)).toMatchObject({ state: 'delivered' });
    await hasty.stop();
  });

  it('goes to the endpoint where the upload fails', async () => {
    const uploads = market.uploadsWith('a-wrong-token');
    const requester = fresh({ uploads });
    const { jobs } = await buy(requester, purchase({ service: served, orders: [ORDER] }));
    expect(await askEndpoint(endpoint, jobs[0]!.digest)).toBeDefined();
  });

  it('is refused before anything is kept or asked for', async () => {
    const reading = fresh({ uploads: undefined });
    const never = { publicKey: wallet.publicKey, sign: () => Promise.reject(new Error('asked')) };
    const refused = (changes: Partial<Purchase>) =>
      expect(buy(reading, purchase({ wallet: never, ...changes }))).rejects;
    await refused({}).toMatchObject({ code: 'UPLOAD' });
    await refused({ orders: [] }).toMatchObject({ code: 'UNPAYABLE' });
    await refused({ orders: [ORDER, ORDER, ORDER] }).toMatchObject({ code: 'UNPAYABLE' });
    await refused({ cap: MINA / 100n }).toMatchObject({ code: 'CAP' });
    const many = Array.from({ length: 21 }, () => ({ ...ORDER, maximum: 1n }));
    await refused({ orders: many }).toMatchObject({ code: 'LIMIT' });
    const wrong = [{ ...ORDER, parameters: { node: '18' } }];
    await refused({ orders: wrong, service: served }).toMatchObject({ code: 'PARAMETERS' });
    await refused({ service: served, amount: 10n ** 15n }).toMatchObject({ code: 'UNFUNDED' });
    expect(await reading.store.listTabs()).toEqual([]);
  });
});

describe('a wallet', () => {
  /** Signs a command that somebody changed on the way. */
  const changing = (change: (command: Command) => void, signer = wallet): Wallet => ({
    publicKey: wallet.publicKey,
    sign: (command, options) => {
      const changed = structuredClone(command);
      change(changed);
      return signer.sign(changed, options);
    },
  });

  it('may raise the fee and set memo and last slot, and the opening is accepted', async () => {
    const requester = fresh();
    const balance = async (): Promise<bigint> =>
      (await readAccount(requester.node, wallet.publicKey))!.balance;
    const before = await balance();
    const generous = changing((command) => {
      command.feePayer.body.fee = '300000000';
      command.feePayer.body.validUntil = '100000';
      command.memo = encodeMemo('from my wallet');
    });
    const { tab } = await openTabWith(requester, purchase({ wallet: generous }));
    expect(await readTab(requester, tab.terms)).toMatchObject({ balance: MINA / 10n });
    expect(before - (await balance())).toBe(MINA / 10n + MINA + 300_000_000n);
  });

  it('W2: is not believed where it signed anything else', async () => {
    const refused = async (bad: Wallet): Promise<void> => {
      const requester = fresh();
      const nonce = await readNextNonce(requester.node, wallet.publicKey);
      await expect(buy(requester, purchase({ wallet: bad }))).rejects.toMatchObject({
        code: 'WALLET',
      });
      expect(await requester.store.listTabs()).toEqual([]);
      expect(await readNextNonce(requester.node, wallet.publicKey)).toBe(nonce);
    };
    await refused(
      changing(({ accountUpdates: [payment] }) => {
        payment!.body.balanceChange.magnitude = '99';
      })
    );
    await refused(changing(({ accountUpdates }) => accountUpdates.pop()));
    await refused(changing(() => undefined, keyWallet(await market.wallet())));
    await refused({ ...wallet, sign: async (command) => command });
    await refused({ ...wallet, sign: async () => null as unknown as Command });
    await refused({
      ...wallet,
      sign: async (command, options) => {
        const signed = await wallet.sign(command, options);
        signed.feePayer.body.fee = 'much';
        return signed;
      },
    });
    await refused({
      ...wallet,
      sign: (command) => wallet.sign(command, { networkId: 'mina:mainnet' }),
    });
  });

  it('that signs the fee payer alone is enough: one key, one signature', async () => {
    const requester = fresh();
    const terse: Wallet = {
      ...wallet,
      sign: async (command, options) => {
        const { feePayer, memo } = await wallet.sign(command, options);
        return { feePayer, memo } as Command;
      },
    };
    const { tab } = await openTabWith(requester, purchase({ wallet: terse }));
    expect(await exists(tab.terms.tab)).toBe(true);
  });

  it('that declines leaves nothing behind', async () => {
    const requester = fresh();
    const declining = { ...wallet, sign: () => Promise.reject(new Error('declined')) };
    await expect(buy(requester, purchase({ wallet: declining }))).rejects.toThrow('declined');
    expect(await requester.store.listTabs()).toEqual([]);
    const { tab } = await openTabWith(requester, purchase());
    await expect(
      requestJobs(requester, tab, [ORDER], { delivery: 'ring', wallet: declining })
    ).rejects.toThrow('declined');
    const [job] = await requester.store.listJobs(tab.terms.tab);
    expect(job).toMatchObject({ state: 'reserved' });
    expect(job).not.toHaveProperty('envelope');
  });
});

/** Lives of every length up to the one that was long enough; after each, all jobs are resumed. */
async function everyDeath(
  requesterOf: () => Requester,
  work: (requester: Requester, mortal: Mortal) => Promise<unknown>,
  look: (requester: Requester, mortal: Mortal) => Promise<void>
): Promise<readonly string[]> {
  for (let life = 1; ; life++) {
    const requester = requesterOf();
    const mortal = new Mortal(life);
    const isThrough = await mortal.live(requester, (own) => work(own, mortal));
    for (const tab of await requester.store.listTabs())
      for (const { sequence } of await requester.store.listJobs(tab))
        await resume(requester, tab, sequence);
    await look(requester, mortal);
    if (isThrough !== undefined) return mortal.effects;
  }
}

describe('after a crash', () => {
  it('a purchase is had whole and once, or not at all, wherever it was cut', async () => {
    const effects = await everyDeath(
      fresh,
      (requester, mortal) => buy(requester, purchase({ wallet: mortal.wallet(wallet) })),
      async ({ store }, { effects }) => {
        const [tab] = await store.listTabs();
        const jobs = await store.listJobs(tab!);
        // From the first record with the signed transaction on, it can be sent.
        const isBought = effects.includes('write signed');
        expect(await exists(tab!)).toBe(isBought);
        expect(jobs.every(({ state }) => state === (isBought ? 'delivered' : 'reserved'))).toBe(
          true
        );
        expect(jobs.some((job) => 'envelope' in job || 'command' in job)).toBe(false);
        if (!isBought) return;
        expect(await rung(silent, tab!)).toEqual(jobs.map(({ digest }) => digest));
        for (const job of jobs) expect(await isFetched(job)).toBe(true);
      }
    );
    expect(effects).toEqual([
      ...['createTab', 'reserve', 'write reserved', 'reserve', 'write reserved'],
      ...['sign', 'write signed', 'write signed', 'send', 'write signed', 'write signed'],
      ...['upload', 'upload', 'upload', 'upload', 'write delivered', 'write delivered'],
    ]);
  });

  it('a ring is in the inbox once or never', async () => {
    const requester = fresh();
    const { tab } = await openTabWith(requester, purchase());
    const options = { delivery: 'ring', wallet } as const;
    const known = new Set<number>();
    await everyDeath(
      () => requester,
      (own, mortal) =>
        requestJobs(own, tab, [{ ...ORDER, maximum: 1n }], {
          ...options,
          wallet: mortal.wallet(wallet),
        }),
      async ({ store }, { effects }) => {
        const jobs = await store.listJobs(tab.terms.tab);
        const job = jobs.find(({ sequence }) => !known.has(sequence))!;
        known.add(job.sequence);
        const isRung = effects.includes('write signed');
        expect(job.state).toBe(isRung ? 'delivered' : 'reserved');
        const heard = await rung(silent, tab.terms.tab);
        expect(heard.filter((digest) => digest === job.digest)).toHaveLength(isRung ? 1 : 0);
      }
    );
  });

  it('a request given by hand has arrived once or never', async () => {
    const requester = fresh({ uploads: undefined });
    const { tab } = await openTabWith(requester, purchase({ service: served }));
    const known = new Set<number>();
    const effects = await everyDeath(
      () => requester,
      (own) => requestJobs(own, tab, [{ ...ORDER, maximum: MINA / 100n }]),
      async ({ store }, { effects }) => {
        const jobs = await store.listJobs(tab.terms.tab);
        const job = jobs.find(({ sequence }) => !known.has(sequence))!;
        known.add(job.sequence);
        const isGiven = effects.includes('write signed');
        expect(job.state).toBe(isGiven ? 'delivered' : 'reserved');
        if (job.digest !== undefined)
          expect((await askEndpoint(endpoint, job.digest)) !== undefined).toBe(isGiven);
      }
    );
    expect(effects).toEqual([
      ...['reserve', 'write reserved', 'write signed', 'handOver', 'write delivered'],
    ]);
  });

  it('a purchase whose nonce another transaction took is said to have come to nothing', async () => {
    const requester = fresh();
    const other: { tab?: TabKeys } = await openTabWith(requester, purchase());
    const mortal = new Mortal(4);
    await mortal.live(requester, (own) => buy(own, purchase({ orders: [ORDER] })));
    expect(mortal.effects.at(-1)).toBe('write signed');
    await fundTabWith(requester, other.tab!, { amount: 1n, wallet });
    const tabs = await requester.store.listTabs();
    const tab = tabs.find((address) => address !== other.tab!.terms.tab)!;
    await expect(resume(requester, tab, 1)).rejects.toMatchObject({ code: 'NO_EFFECT' });
    expect(await requester.store.readJob(tab, 1)).toMatchObject({ state: 'reserved' });
    expect(await resume(requester, tab, 1)).toMatchObject({ state: 'reserved' });
  });

  it('what was never ordered from here is not found', async () => {
    const requester = fresh();
    const { tab } = await openTabWith(requester, purchase());
    await expect(resume(requester, tab.terms.tab, 7)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
