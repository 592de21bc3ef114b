import 'fake-indexeddb/auto';
import { randomUUID } from 'node:crypto';
import { generateHybridIdentity } from 'age-encryption';
import { createMemo, createRoot, createSignal } from 'solid-js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createGraphql } from '../../../contracts/chain/graphql.ts';
import type { KeyPair } from '../../../contracts/chain/sign.ts';
import { encodeJson } from '../../../contracts/formats/json.ts';
import { readEarnings } from '../../../requester/earnings.ts';
import { publishServiceWith } from '../../../requester/service.ts';
import { keyWallet } from '../../../requester/wallet.ts';
import { createBrowserStore } from '../../../web/store/browser-store.ts';
import { createChannel, openDatabase } from '../../../web/store/database.ts';
import { createJobsStore } from '../../../web/store/jobs.ts';
import { openRequester } from '../../../web/store/open-requester.ts';
import { type Locks, createPurchases } from '../../../web/store/purchases.ts';
import { createServicesStore } from '../../../web/store/services.ts';
import { NO_SETTINGS, type WebSettings, patchSettings } from '../../../web/store/settings.ts';
import { createProvideStore, createTabsStore } from '../../../web/store/tabs.ts';
import {
  MINA,
  type Market,
  TOKEN,
  descriptorOf,
  freePort,
  openMarket,
} from '../../requester/market.ts';
import { makeParties, makeTerms } from '../../fixtures/job-fixture.ts';
import { browserLocks } from './browser-locks.ts';

let market: Market;
let wallet: KeyPair;
let service: string;
let settings: WebSettings;
let locks: Locks;
const JOB = { parameters: { node: '22' }, maximum: MINA };

beforeAll(async () => {
  // Packages come as a browser gets them here, the provider's libp2p included, and it asks.
  vi.stubGlobal('navigator', { userAgent: 'test' });
  market = await openMarket();
  locks = browserLocks();
  wallet = await market.wallet();
  const owner = await market.wallet();
  const port = await freePort();
  const keyset = market.keyset(owner.publicKey, `http://127.0.0.1:${port}`);
  const descriptor = descriptorOf({ result: 'sealed' });
  ({ service } = await publishServiceWith(
    market.requester,
    { descriptor, keyset },
    keyWallet(owner)
  ));
  await market.serve(service, port);
  settings = patchSettings(NO_SETTINGS, {
    node: market.mina.graphql,
    archive: market.mina.archive,
    gateways: [market.ipfs.url],
    registry: { services: [service], lists: [] },
  });
}, 120_000);
afterAll(async () => market.stop());

/** What one tab of a browser has, on a store that others of the same name share. */
function openBrowser(name = randomUUID(), chosen = settings) {
  return createRoot((dispose) => {
    const database = openDatabase(name);
    const channel = createChannel(name);
    const store = createBrowserStore(database, channel, undefined);
    const [current, setCurrent] = createSignal(chosen);
    const requester = () => openRequester(current(), store);
    const purchases = createPurchases(locks);
    const ended: string[] = [];
    const onEnded = (tab: string): void => void ended.push(tab);
    const jobs = createJobsStore({ store, database, requester, purchases, onEnded });
    const update = async (patch: Partial<WebSettings>) =>
      void setCurrent((before) => patchSettings(before, patch));
    const services = createServicesStore({ settings: current, update, requester });
    const paying = {
      ...{ settings: current, store, requester, purchases },
      signer: () => keyWallet(wallet),
      onPaid: () => undefined,
    };
    const tabs = createTabsStore(paying);
    const provide = createProvideStore(paying);
    return { name, store, jobs, services, tabs, provide, requester, purchases, ended, dispose };
  });
}
const look = (browser: ReturnType<typeof openBrowser>): Promise<number> =>
  browser.jobs.look(new AbortController().signal);

/** Looks until a job is where it should be. */
async function until(
  browser: ReturnType<typeof openBrowser>,
  { tab, sequence }: { tab: string; sequence: number },
  state: string
) {
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    await look(browser);
    const view = browser.jobs.job(tab, sequence)();
    // The endpoint says so before the log shows it.
    if (view?.state === state && (state !== 'published' || view.outcome)) return view;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const view = browser.jobs.job(tab, sequence)();
  throw new Error(`never ${state}, but ${view?.state}: ${view?.problem ?? view?.reason}`);
}

const order = () => ({ service, amount: 5n * MINA, slots: 100, orders: [JOB] });

describe('the market', () => {
  it('shows a service with its price and owner’s words, and one that is none with a sentence', async () => {
    const registry = { services: [service, wallet.publicKey], lists: [] };
    const { services } = openBrowser(undefined, patchSettings(settings, { registry }));
    await services.refresh();
    const [row, other] = services.list();
    expect(row).toMatchObject({ address: service, isLoading: false, origin: 'own' });
    expect(row!.reading!.descriptor.name).toBe(descriptorOf().name);
    expect(other).toMatchObject({ address: wallet.publicKey, isLoading: false });
    expect(other!.reading).toBeUndefined();
    expect(other!.error).toMatch(/\.$/);
  });

  it('takes a pasted address, and no other words', async () => {
    const registry = { services: [], lists: [] };
    const { services } = openBrowser(undefined, patchSettings(settings, { registry }));
    await expect(services.add('B62 nothing')).rejects.toMatchObject({ code: 'KEY' });
    await services.add(` ${service} `);
    expect(services.list().map(({ address }) => address)).toEqual([service]);
    await services.remove(service);
    expect(services.list()).toEqual([]);
  });
});

describe('a service of no list', () => {
  it('is read once, whoever asks for it from within a computation', async () => {
    const registry = { services: [], lists: [] };
    const { services } = openBrowser(undefined, patchSettings(settings, { registry }));
    let runs = 0;
    const listing = createRoot(() =>
      createMemo(() => {
        if (++runs > 50) throw new Error('it goes in circles');
        return services.service(service);
      })
    );
    await vi.waitFor(() => expect(listing()().reading).toBeDefined(), 20_000);
    expect(runs).toBe(1);
  });
});

describe('an extension', () => {
  it('that the provider refuses is told with the reason, and one that it takes is not', async () => {
    const upload = { upload: market.ipfs.url, uploadToken: TOKEN };
    const { tabs } = openBrowser(undefined, patchSettings(settings, upload));
    const { tab } = await tabs.open({ service, amount: 2n * MINA, slots: 100 });
    const stages: string[] = [];
    const { digest } = await tabs.extend(tab, 90_000, {
      onProgress: ({ stage }) => void stages.push(stage),
    });
    expect(stages.slice(0, 3)).toEqual(['uploading', 'signing', 'sending']);
    await vi.waitFor(
      async () => expect(await tabs.refusal(tab, digest)).toMatch(/HORIZON/),
      20_000
    );
    expect(await tabs.refusal(tab, '00'.repeat(32))).toBeUndefined();
  });
});

describe('a purchase in a browser', () => {
  it('is followed to its receipt, opened, and there at once after a reload', async () => {
    const browser = openBrowser();
    const steps: string[] = [];
    const { tab, sequences } = await browser.tabs.buy(order(), {
      onProgress: ({ words }) => void steps.push(words),
    });
    expect(sequences).toEqual([1]);
    expect(steps).toContain('sending the transaction');
    await browser.jobs.load();
    expect(browser.jobs.list()).toMatchObject([{ tab, sequence: 1 }]);
    const view = await until(browser, { tab, sequence: 1 }, 'published');
    expect(view.outcome).toMatchObject({ exitStatus: 0 });
    expect(view.serviceName).toBe(descriptorOf().name);

    const reloaded = openBrowser(browser.name);
    await reloaded.jobs.load();
    expect(reloaded.jobs.list()).toMatchObject([{ state: 'published', outcome: view.outcome }]);
    const job = reloaded.jobs.job(tab, 1);
    await expect.poll(() => job()?.entry?.id).toBe(view.outcome!.commit);

    const result = await reloaded.jobs.result(tab, 1);
    expect(result).toMatchObject({ isSealed: true, canOpen: true });
    const paths = (await result.files()).map(({ path }) => path).sort();
    expect(paths).toContain('outputs/given.json');
    expect(paths).toContain('perf/counters.json');
    const given = await result.read('outputs/given.json');
    expect(JSON.parse(await given.text())).toMatchObject({ parameters: JOB.parameters });
    expect(given.type).toBe('application/octet-stream');
    expect((await result.counters()).counters[0]).toMatchObject({ name: 'task-clock' });
    expect((await result.profile()).profiles).toEqual([]);
    await expect(result.read('outputs/given.json', { maxBytes: 4 })).rejects.toMatchObject({
      code: 'limit',
    });
    await expect(result.read('../secret')).rejects.toMatchObject({ code: 'not-found' });

    await reloaded.tabs.refresh();
    expect(reloaded.tabs.list()).toMatchObject([{ tab, state: 'open' }]);
    const more = await reloaded.tabs.request(tab, [JOB]);
    expect(more).toMatchObject({ tab, sequences: [2] });
    await until(reloaded, { tab, sequence: 2 }, 'published');
  });

  it('whose page died after paying is taken up again by one of two tabs of the browser', async () => {
    const dying = openBrowser();
    const asker = await dying.requester();
    const { buy } = await import('../../../requester/buy.ts');
    // Dies where the transaction is about to be sent: what was signed is in the store, and nothing runs on.
    await new Promise<void>((died) => {
      const store = {
        ...asker.store,
        writeJob: async (...[tab, job]: Parameters<typeof asker.store.writeJob>) => {
          await asker.store.writeJob(tab, job);
          if (job.command === undefined) return;
          died();
          await new Promise(() => undefined);
        },
      };
      void buy({ ...asker, store }, { ...order(), wallet: keyWallet(wallet) });
    });
    const [tab] = await dying.store.listTabs();
    expect(await dying.store.readJob(tab!, 1)).toMatchObject({ state: 'signed' });

    const [one, two] = [openBrowser(dying.name), openBrowser(dying.name)];
    await Promise.all([look(one), look(two)]);
    await until(one, { tab: tab!, sequence: 1 }, 'published');
    expect(await dying.store.readJob(tab!, 1)).toMatchObject({ state: 'delivered' });
  });

  it('that is still under way is nobody’s to take up', async () => {
    const browser = openBrowser();
    const job = { sequence: 1, state: 'signed' } as const;
    const left = await browser.purchases.run(() => browser.purchases.unfinished('tab', [job]));
    expect(left).toEqual([]);
    expect(await browser.purchases.unfinished('tab', [job])).toEqual([job]);
  });

  it('may begin with a tab alone, which is then funded', async () => {
    const browser = openBrowser();
    const { tab } = await browser.tabs.open({ service, amount: MINA, slots: 100 });
    await browser.tabs.fund(tab, MINA);
    await browser.tabs.refresh(tab);
    expect(browser.tabs.tab(tab)()).toMatchObject({ state: 'open', network: 'mina:testnet' });
    expect(browser.tabs.tab(tab)()!.reading!.balance).toBe(2n * MINA);
  });

  it('leaves tabs of another network, and those never opened, for what they are', async () => {
    const browser = openBrowser();
    const identity = await generateHybridIdentity();
    for (const network of ['mina:mainnet', 'mina:testnet']) {
      const parties = makeParties();
      const terms = makeTerms(parties, { network });
      await browser.store.createTab({ terms, requestKey: parties.requester, identity });
    }
    await browser.tabs.refresh();
    const states = browser.tabs.list().map(({ network, state }) => `${network} ${state}`);
    expect(states.sort()).toEqual(['mina:mainnet elsewhere', 'mina:testnet opening']);
    expect(await look(browser)).toBe(60_000);
  });
});

describe('what was settled through a service', () => {
  it('counts tabs that rang with a request of theirs, and none that only says so', async () => {
    const archive = createGraphql([market.mina.archive]);
    const { tabs, isPartial } = await readEarnings(market.requester, service, { archive });
    expect(isPartial).toBe(false);
    expect(tabs.length).toBeGreaterThanOrEqual(2);
    expect(tabs.every(({ spent, expiry }) => spent === 0n && expiry > 0)).toBe(true);

    const { ring } = await import('../../../contracts/chain/ring.ts');
    const { sendPaid } = await import('../../../requester/transaction.ts');
    const uploads = market.uploadsWith(TOKEN);
    const cid = await uploads.put(encodeJson({ no: 'request' }));
    const digest = cid.multihash.digest;
    const action = { kind: 'request' as const, tab: wallet.publicKey, digest };
    await sendPaid(market.requester, keyWallet(wallet), (payer) =>
      ring({ payer, service, actions: [action] })
    );
    const after = await readEarnings(market.requester, service, { archive });
    expect(after.tabs).toHaveLength(tabs.length);
    // Who rang for what is no request is no tab either: nothing that was paid is missing.
    expect(after.isPartial).toBe(false);
    const capped = await readEarnings(market.requester, service, { archive, tabs: 1 });
    expect(capped.isPartial).toBe(true);
  });
});

describe('a purchase that the provider refuses', () => {
  it('says why, and has its tab read again', async () => {
    const browser = openBrowser();
    const { tab } = await browser.tabs.buy({ ...order(), slots: 2 });
    const view = await until(browser, { tab, sequence: 1 }, 'refused');
    expect(view.refusal).toBe('EXPIRY');
    expect(browser.ended).toEqual([tab]);
    // Nobody has its request, and nothing was paid for it.
    const archive = createGraphql([market.mina.archive]);
    const { tabs, isPartial } = await readEarnings(market.requester, service, { archive });
    expect(tabs.some((found) => found.tab === tab)).toBe(false);
    expect(isPartial).toBe(false);
  });
});
