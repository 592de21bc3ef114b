import { type Accessor, type JSX, createContext, useContext } from 'solid-js';
import type { Requester } from '../../requester/requester.ts';
import type { BrowserStore } from './browser-store.ts';
import { createApp } from './create-app.ts';
import type { ChainStatus } from './chain.ts';
import type { JobsStore } from './jobs.ts';
import type { ServicesStore } from './services.ts';
import type { SettingChange } from './network-file.ts';
import type { WebSettings } from './settings.ts';
import type { ProvideStore, TabsStore } from './tabs.ts';
import type { WalletStore } from './wallet.ts';

export { type App, type Adoption, AppProvider, useApp };

/** A foreign network that a link or `network.json` offers; takes over only once a person says so. */
interface Adoption {
  readonly from: string;
  /** Whose settings these are, for people: a host, or the link. */
  readonly settings: WebSettings;
  /** What would change: setting, old and new value. */
  readonly changes: readonly SettingChange[];
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

/** @param props.app default: one made of this browser's own parts */
const AppProvider = (props: {
  readonly app?: App;
  readonly children: JSX.Element;
}): JSX.Element => (
  <AppContext.Provider value={props.app ?? createApp()}>{props.children}</AppContext.Provider>
);

function useApp(): App {
  const app = useContext(AppContext);
  if (app === undefined) throw new Error('useApp() is called outside <AppProvider>');
  return app;
}
