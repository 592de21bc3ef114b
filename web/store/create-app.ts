import { type Accessor, createEffect, createMemo, createRoot, createSignal, on } from 'solid-js';
import { createGraphql } from '../../contracts/chain/graphql.ts';
import type { Requester } from '../../requester/requester.ts';
import { createDevelopmentProvider } from '../wallet/development.ts';
import type { SigningPrompt } from '../wallet/prompt.ts';
import { watchProviders } from '../wallet/provider.ts';
import type { Adoption, App } from './app.tsx';
import { createBrowserStore } from './browser-store.ts';
import { type ChainStatus, createChainWatch } from './chain.ts';
import { createChannel, openDatabase } from './database.ts';
import { createJobsStore } from './jobs.ts';
import { changesOf, offerOf, readNetworkFile, settingsFor, withoutOffer } from './network-file.ts';
import { createPoll } from './poll.ts';
import { type Purchases, createPurchases } from './purchases.ts';
import { createServicesStore } from './services.ts';
import {
  NO_SETTINGS,
  type WebSettings,
  isConfigured,
  parseSettings,
  patchSettings,
} from './settings.ts';
import { createProvideStore, createTabsStore } from './tabs.ts';
import { createWalletStore } from './wallet.ts';

export { createApp };

/** Milliseconds until a node that was not reached is tried again. */
const RETRY = 1_000;

/** Milliseconds between two looks at the chain. */
const CHAIN_PACE = 10_000;

/** Everything behind the page, for as long as the page lives. */
const createApp = (): App => createRoot(build);

function build(): App {
  const database = openDatabase();
  const channel = createChannel();
  const store = createBrowserStore(database, channel);
  const [settings, setSettings] = createSignal<WebSettings>(NO_SETTINGS);
  const [isReady, setReady] = createSignal(false);
  const [adoption, setAdoption] = createSignal<Adoption>();
  const [chain, setChain] = createSignal<ChainStatus>({ kind: 'connecting' });
  const [prompt, setPrompt] = createSignal<SigningPrompt>();

  async function keep(next: WebSettings): Promise<void> {
    await (await database).put('values', next, 'settings');
    setSettings(next);
    channel.tell('settings');
  }
  const update = (patch: Partial<WebSettings>): Promise<void> =>
    Promise.resolve().then(() => keep(patchSettings(settings(), patch)));

  async function readSettings(): Promise<void> {
    const kept: unknown = await (await database).get('values', 'settings');
    if (kept === undefined) return;
    try {
      setSettings(parseSettings(kept));
    } catch {
      // Another release's: a person chooses anew rather than being shown a page that cannot start.
    }
  }

  /** A network that nobody here has chosen yet is taken without a question: there is nothing to lose. */
  async function offer(next: WebSettings, from: string, always = false): Promise<void> {
    const changes = changesOf(settings(), next);
    if (changes.length === 0) {
      leaveOffer();
      return;
    }
    if (!always && !isConfigured(settings())) {
      await keep(next);
      leaveOffer();
      return;
    }
    setAdoption({
      from,
      settings: next,
      changes,
      async accept() {
        setAdoption(undefined);
        await keep(next);
        leaveOffer();
      },
      decline: () => {
        setAdoption(undefined);
        leaveOffer();
      },
    });
  }

  async function readOffers(): Promise<void> {
    const beside = new URL('network.json', document.baseURI).href;
    const linked = linkedOffer(settings());
    if (linked !== undefined && 'settings' in linked)
      return offer(linked.settings, 'this link', true);
    const url = linked?.networkFile ?? (isConfigured(settings()) ? undefined : beside);
    if (url === undefined) return;
    // None, or none that can be used: a person says where the chain is.
    const file = await readNetworkFile(url).catch(() => undefined);
    if (file !== undefined) await offer(settingsFor(file, settings()), new URL(url).host);
  }

  const node = createMemo(() => {
    const { node: url } = settings();
    return url === '' ? undefined : createGraphql([url], { rounds: 2 });
  });
  const networkId = (): string | undefined => {
    const status = chain();
    return 'networkId' in status ? status.networkId : undefined;
  };

  const connection = createConnection(settings, store);
  const { requester } = connection;
  const remember = (wallet: WebSettings['wallet']): Promise<void> => update({ wallet });
  const wallet = createWalletStore({ networkId, node, remember, prompt });
  const purchases: Purchases = createPurchases();
  const onPaid = (): void => {
    void wallet.refresh();
    void jobsPoll?.now();
  };
  const onEnded = (tab: string): void => void tabs.refresh(tab).catch(() => undefined);
  const isEmbedded = (): boolean => settings().accountManager !== '';
  const jobs = createJobsStore({ store, database, requester, purchases, isEmbedded, onEnded });
  const services = createServicesStore({ settings, update, requester });
  const paying = { settings, store, requester, purchases, signer: wallet.signer, onPaid };
  const tabs = createTabsStore(paying);

  let jobsPoll: ReturnType<typeof createPoll> | undefined;
  let watch = createChainWatch(settings());
  const chainPoll = createPoll(async (signal) => {
    const looked = watch;
    const status = await looked.look(signal);
    if (looked === watch) setChain(status);
    if (status.kind === 'offline') throw new Error(status.message);
    return CHAIN_PACE;
  });

  const addressesOf = ({ node: n, archive, gateways, upload, uploadToken }: WebSettings): string =>
    JSON.stringify([n, archive, gateways, upload, uploadToken]);
  createEffect(
    on(
      createMemo(() => addressesOf(settings())),
      () => {
        if (!isReady()) return;
        watch = createChainWatch(settings());
        setChain({ kind: settings().node === '' ? 'unset' : 'connecting' });
        void chainPoll.now();
        if (!isConfigured(settings())) return;
        void services.refresh();
        void tabs.refresh().catch(() => undefined);
        void jobsPoll?.now();
      },
      { defer: true }
    )
  );
  createEffect(on(networkId, () => void wallet.recheck(), { defer: true }));
  // What could not be read while the node was away.
  createEffect(
    on(
      createMemo(() => chain().kind === 'offline'),
      (isAway, wasAway) => {
        if (wasAway !== true || isAway || !('networkId' in chain())) return;
        connection.retry();
        void services.refresh();
        void tabs.refresh().catch(() => undefined);
        void jobsPoll?.now();
      },
      { defer: true }
    )
  );
  createEffect(
    on(
      createMemo(() => settings().accountManager),
      (accountManager) => {
        wallet.offer(
          'development',
          accountManager === '' ? undefined : development(accountManager)
        );
        if (settings().wallet === 'development') void wallet.reconnect('development');
      }
    )
  );

  const development = (accountManager: string) =>
    createDevelopmentProvider({
      accountManager,
      networkId: async () => networkId() ?? (await requester()).networkId,
      load: async () => (await database).get('values', `account ${accountManager}`),
      save: async (account) => {
        await (await database).put('values', account, `account ${accountManager}`);
      },
      ask: setPrompt,
    });

  async function start(): Promise<void> {
    await readSettings();
    // Put into the page before its scripts, it was there before anything was known of it.
    if (settings().wallet === 'auro') void wallet.reconnect('auro');
    await readOffers().catch(() => undefined);
    setReady(true);
    watch = createChainWatch(settings());
    setChain({ kind: settings().node === '' ? 'unset' : 'connecting' });
    void chainPoll.now();
    await jobs.load();
    jobsPoll = createPoll((signal) => jobs.look(signal), { fastest: 5_000 });
    if (isConfigured(settings())) {
      void services.refresh();
      void tabs.refresh().catch(() => undefined);
    }
    void jobsPoll.now();
  }

  watchProviders(window, (provider) => {
    wallet.offer('auro', provider);
    if (settings().wallet === 'auro') void wallet.reconnect('auro');
  });
  channel.listen((change) => {
    if (change === 'settings') void readSettings();
    if (change === 'tabs') void tabs.refresh().catch(() => undefined);
    if (change === 'jobs') void jobs.load();
  });
  window.addEventListener('hashchange', () => void readOffers().catch(() => undefined));
  void start();

  return {
    ...{ settings, update, isReady, adoption, chain, wallet, services, tabs, jobs, store },
    provide: createProvideStore(paying),
    requester,
  };
}

/** What was decided on is not asked about again, nor passed on with the page's address. */
function leaveOffer(): void {
  const hash = withoutOffer(location.hash);
  if (hash !== location.hash) location.replace(hash);
}

/** What the address bar offers; nothing where it cannot be used. */
function linkedOffer(current: WebSettings): ReturnType<typeof offerOf> {
  try {
    return offerOf(location.hash, current);
  } catch {
    return undefined;
  }
}

/** One requester for one set of addresses; a failure is forgotten, so that the next call tries again. */
function createConnection(
  settings: Accessor<WebSettings>,
  store: App['store']
): {
  readonly requester: () => Promise<Requester>;
  /** The node answers again: what has failed before says nothing any more. */
  readonly retry: () => void;
} {
  let of = '';
  let opened: Promise<Requester> | undefined;
  let failed: Promise<Requester> | undefined;
  return {
    retry() {
      if (opened === failed) opened = undefined;
    },
    requester() {
      const { node, gateways, upload, uploadToken, accountManager } = settings();
      const now = JSON.stringify([node, gateways, upload, uploadToken, accountManager]);
      if (opened === undefined || of !== now) {
        of = now;
        const opening = import('./open-requester.ts').then(({ openRequester }) =>
          openRequester(settings(), store)
        );
        opened = opening;
        opening.catch(() => {
          failed = opening;
          // A long list asks for each of its rows: not each of them waits for a dead node.
          setTimeout(() => {
            if (opened === opening) opened = undefined;
          }, RETRY);
        });
      }
      return opened;
    },
  };
}
