import { type Accessor, type JSX, createContext, useContext } from 'solid-js';
import type { Requester } from '../../requester/requester.ts';
import type { BrowserStore } from './browser-store.ts';
import type { ChainStatus } from './chain.ts';
import type { JobsStore } from './jobs.ts';
import type { ServicesStore } from './services.ts';
import type { NetworkFile, WebSettings } from './settings.ts';
import type { ProvideStore, TabsStore } from './tabs.ts';
import type { WalletStore } from './wallet.ts';

export { type App, type Adoption, AppProvider, useApp };

/** A foreign network that a link or `network.json` offers; takes over only once a person says so. */
interface Adoption {
  readonly from: string;
  readonly network: NetworkFile;
  /** What would change, for people: setting, old and new value. */
  readonly changes: readonly {
    readonly name: string;
    readonly from: string;
    readonly to: string;
  }[];
  accept(): Promise<void>;
  decline(): void;
}

/** Everything that pages read and do. Nothing in it throws while rendering. */
interface App {
  readonly settings: Accessor<WebSettings>;
  /** @throws SettingsError, which names the field and says what is wrong with it */
  update(patch: Partial<WebSettings>): Promise<void>;
  /** Whether settings were read from the browser's store and from `network.json`. */
  readonly isReady: Accessor<boolean>;
  readonly adoption: Accessor<Adoption | undefined>;
  readonly chain: Accessor<ChainStatus>;
  readonly wallet: WalletStore;
  readonly services: ServicesStore;
  readonly tabs: TabsStore;
  readonly jobs: JobsStore;
  readonly provide: ProvideStore;
  readonly store: BrowserStore;
  /** Built from settings when first asked for, and again once they change. @throws ChainError */
  requester(): Promise<Requester>;
}

const AppContext = createContext<App>();

const AppProvider = (props: { readonly app: App; readonly children: JSX.Element }): JSX.Element => (
  <AppContext.Provider value={props.app}>{props.children}</AppContext.Provider>
);

function useApp(): App {
  const app = useContext(AppContext);
  if (app === undefined) throw new Error('useApp() is called outside <AppProvider>');
  return app;
}
