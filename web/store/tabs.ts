import { type Accessor, createMemo, createSignal } from 'solid-js';
import { createStore } from 'solid-js/store';
import type { Terms } from '../../contracts/formats/terms.ts';
import type { TabEarnings } from '../../requester/earnings.ts';
import type { JobOrder } from '../../requester/job.ts';
import type { Requester, Stepwise } from '../../requester/requester.ts';
import type { TabReading } from '../../requester/tab.ts';
import type { Wallet } from '../../requester/wallet.ts';
import type { BrowserStore } from './browser-store.ts';
import type { Purchases } from './purchases.ts';
import { sentence } from './sentence.ts';
import type { WebSettings } from './settings.ts';

export {
  type TabsStore,
  type TabView,
  type NewTab,
  type Purchase,
  type ProvideStore,
  type TabsOptions,
  createTabsStore,
  createProvideStore,
};

interface TabView {
  readonly tab: string;
  readonly terms: Terms;
  /** The service's name where it could be read: a stranger's words. */
  readonly serviceName?: string;
  /** Where it was opened: the page sends nothing of another network's tab. */
  readonly network: string;
  /** The account, checked; balance, promised, free, expiry. Absent until read, or with `error`. */
  readonly reading?: TabReading;
  readonly error?: string;
  /** `opening`: its keys are here, its account is not (yet). `elsewhere`: of another network. */
  readonly state:
    'reading' | 'opening' | 'open' | 'expired' | 'closed' | 'unreadable' | 'elsewhere';
}

interface NewTab {
  readonly service: string;
  /** Nanomina in the tab; the account creation fee of 1 MINA is paid on top. */
  readonly amount: bigint;
  /** Nanomina that one job may cost at most. Default: all of the amount. */
  readonly cap?: bigint;
  /** For how many slots from now. */
  readonly slots: number;
}

/** What was bought: go to `#/job/<tab>/<first sequence>`. */
interface Purchase {
  readonly tab: string;
  readonly sequences: readonly number[];
  readonly transaction?: string;
}

/** All steps that pay ask the connected wallet; `options.onProgress` tells what is being done. */
interface TabsStore {
  readonly list: Accessor<readonly TabView[]>;
  readonly isLoading: Accessor<boolean>;
  tab(address: string): Accessor<TabView | undefined>;
  refresh(tab?: string): Promise<void>;
  /** Opens a tab without a job. */
  open(order: NewTab, options?: Stepwise): Promise<Purchase>;
  /** Opens a tab and orders jobs in the same transaction. */
  buy(
    order: NewTab & { readonly orders: readonly JobOrder[] },
    options?: Stepwise
  ): Promise<Purchase>;
  /** Orders jobs from an open tab; by hand where the service has an endpoint, else by a paid ring. */
  request(
    tab: string,
    orders: readonly JobOrder[],
    options?: Stepwise & { readonly delivery?: 'handover' | 'ring' }
  ): Promise<Purchase>;
  fund(tab: string, amount: bigint, options?: Stepwise): Promise<{ readonly transaction: string }>;
  /**
   * Signs a later end and rings for it. Resolves once a block has the ring: the provider proves and sends
   * the rest, which the tab's reading then shows.
   */
  extend(tab: string, slots: number, options?: Stepwise): Promise<Ordered>;
  /** Signs an early end and rings for it; resolves as {@link TabsStore.extend} does. */
  close(tab: string, options?: Stepwise): Promise<Ordered>;
  /** Why the provider refused an order; `undefined` where it did not, or does not say. */
  refusal(tab: string, digest: string): Promise<string | undefined>;
}

/** An extension or a closing that was rung for. */
interface Ordered {
  /** SHA-256 of its block, in hex. */
  readonly digest: string;
}

interface ProvideStore {
  /** Of the tabs that rang or were opened at a service. */
  earnings(
    service: string,
    options?: Stepwise
  ): Promise<{ readonly tabs: readonly TabEarnings[]; readonly isPartial: boolean }>;
}

interface TabsOptions {
  readonly settings: Accessor<WebSettings>;
  readonly store: BrowserStore;
  readonly requester: () => Promise<Requester>;
  /** @throws WalletError */
  readonly signer: () => Wallet;
  readonly purchases: Purchases;
  /** After money has moved. */
  readonly onPaid: () => void;
}

function createTabsStore({ store, requester, signer, purchases, onPaid }: TabsOptions): TabsStore {
  const [rows, setRows] = createStore<Record<string, TabView>>({});
  const [order, setOrder] = createSignal<readonly string[]>([]);
  const [isLoading, setLoading] = createSignal(true);

  async function read(tab: string): Promise<void> {
    let base: Pick<TabView, 'tab' | 'terms' | 'network'> | undefined;
    try {
      const { terms } = await store.readTab(tab);
      base = { tab, terms, network: terms.network };
      if (rows[tab] === undefined) setRows(tab, { ...base, state: 'reading' });
      const asker = await requester();
      if (terms.network !== asker.networkId) {
        setRows(tab, replaced({ ...base, state: 'elsewhere' }));
        return;
      }
      const { readTab } = await import('../../requester/tab.ts');
      const [reading, serviceName] = await Promise.all([
        readTab(asker, terms),
        nameOf(asker, terms.service),
      ]);
      const state = reading.isClosed ? 'closed' : reading.isExpired ? 'expired' : 'open';
      setRows(tab, replaced({ ...base, reading, state, ...serviceName }));
    } catch (error) {
      if (base === undefined) return;
      const isAbsent = codeOf(error) === 'ABSENT';
      setRows(
        tab,
        replaced(
          isAbsent
            ? { ...base, state: 'opening' }
            : { ...base, state: 'unreadable', error: sentence(error) }
        )
      );
    }
  }

  async function refresh(tab?: string): Promise<void> {
    if (tab !== undefined) return read(tab);
    const tabs = await store.listTabs();
    setOrder(tabs);
    // In turns: a node is asked twice a tab.
    for (const address of tabs) await read(address);
    setLoading(false);
  }

  /** Runs a step that pays, and looks at the tab again however it ended. */
  async function paid<T>(tab: string | undefined, step: (asker: Requester) => Promise<T>) {
    try {
      return await purchases.run(async () => step(await requester()));
    } finally {
      onPaid();
      void refresh(tab);
    }
  }

  return {
    list: createMemo(() => order().flatMap((tab) => rows[tab] ?? [])),
    isLoading,
    tab: (address) => () => rows[address],
    refresh,
    open: (orderOf, options) =>
      paid(undefined, async (asker) => {
        const { openTabWith } = await import('../../requester/tab.ts');
        const { tab, transaction } = await openTabWith(
          asker,
          { ...orderOf, wallet: signer() },
          options
        );
        return { tab: tab.terms.tab, sequences: [], transaction };
      }),
    buy: ({ orders, ...orderOf }, options) =>
      paid(undefined, async (asker) => {
        const { buy } = await import('../../requester/buy.ts');
        const { tab, jobs, transaction } = await buy(
          asker,
          { ...orderOf, orders, wallet: signer() },
          options
        );
        const sequences = jobs.map(({ sequence }) => sequence);
        return { tab: tab.terms.tab, sequences, transaction };
      }),
    request: (tab, orders, options = {}) =>
      paid(tab, async (asker) => {
        const { requestJobs } = await import('../../requester/job.ts');
        const keys = await store.readTab(tab);
        const { keyset } = await readServiceOf(asker, keys.terms.service);
        const delivery = options.delivery ?? (keyset.endpoint === null ? 'ring' : 'handover');
        const jobs = await requestJobs(asker, keys, orders, {
          ...options,
          delivery,
          ...(delivery === 'ring' ? { wallet: signer() } : {}),
        });
        const transaction = jobs[0]?.transaction;
        const sequences = jobs.map(({ sequence }) => sequence);
        return { tab, sequences, ...(transaction === undefined ? {} : { transaction }) };
      }),
    fund: (tab, amount, options) =>
      paid(tab, async (asker) => {
        const { fundTabWith } = await import('../../requester/tab.ts');
        return fundTabWith(asker, await store.readTab(tab), { amount, wallet: signer() }, options);
      }),
    extend: (tab, slots, options) =>
      paid(tab, async (asker) => {
        const { extendTab } = await import('../../requester/tab-end.ts');
        const paying = { ...options, wallet: signer(), timeout: 0 };
        return extendTab(asker, await store.readTab(tab), slots, paying);
      }),
    close: (tab, options) =>
      paid(tab, async (asker) => {
        const { closeTab } = await import('../../requester/tab-end.ts');
        const paying = { ...options, wallet: signer(), timeout: 0 };
        return closeTab(asker, await store.readTab(tab), paying);
      }),
    async refusal(tab, digest) {
      const { assertNotRefused } = await import('../../requester/tab-end.ts');
      try {
        const { terms } = await store.readTab(tab);
        await assertNotRefused(await requester(), terms.service, digest);
        return undefined;
      } catch (error) {
        // Whatever else is wrong says nothing of the order.
        return codeOf(error) === 'REFUSED' ? sentence(error) : undefined;
      }
    },
  };
}

/** A provider's side that only reads; see `publish.ts` and `proving.ts` for what pays. */
function createProvideStore({
  settings,
  requester,
}: Pick<TabsOptions, 'settings' | 'requester'>): ProvideStore {
  return {
    async earnings(service, options) {
      const { archive: url } = settings();
      const [{ readEarnings }, { createGraphql }, { SettingsError }] = await Promise.all([
        import('../../requester/earnings.ts'),
        import('../../contracts/chain/graphql.ts'),
        import('./settings.ts'),
      ]);
      if (url === '')
        throw new SettingsError('archive', 'No archive is set; name one in Settings.');
      return readEarnings(await requester(), service, {
        ...options,
        archive: createGraphql([url]),
      });
    },
  };
}

const readServiceOf = async (asker: Requester, service: string) =>
  (await import('../../requester/service.ts')).readService(asker, service, { mayBePaused: true });

/** Nothing where it cannot be read: a tab is shown without it. */
const nameOf = async (asker: Requester, service: string): Promise<{ serviceName?: string }> =>
  readServiceOf(asker, service).then(
    ({ descriptor }) => ({ serviceName: descriptor.name }),
    () => ({})
  );

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

/** Solid merges objects into a store: a row that is written whole forgets what it no longer has. */
const replaced = (view: TabView) => ({ ...ABSENT, ...view }) as TabView;
const ABSENT = { reading: undefined, error: undefined, serviceName: undefined };
