import type { Accessor } from 'solid-js';
import type { Keyset } from '../../contracts/formats/keyset.ts';
import type { Descriptor } from '../../contracts/formats/descriptor.ts';
import type { Terms } from '../../contracts/formats/terms.ts';
import type { JobOrder } from '../../requester/job.ts';
import type { Stepwise } from '../../requester/requester.ts';
import type { TabReading } from '../../requester/tab.ts';

export {
  type TabsStore,
  type TabView,
  type NewTab,
  type Purchase,
  type EarningsByTab,
  type ProvideStore,
};

interface TabView {
  readonly tab: string;
  readonly terms: Terms;
  /** The service's name where it could be read: a stranger's words. */
  readonly serviceName?: string;
  /** The account, checked; balance, promised, free, expiry. Absent until read, or with `error`. */
  readonly reading?: TabReading;
  readonly error?: string;
  readonly state: 'reading' | 'opening' | 'open' | 'expired' | 'closed' | 'unreadable';
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
  /** Signs a later end and rings for it; the provider proves and sends it. */
  extend(tab: string, slots: number, options?: Stepwise): Promise<void>;
  /** Signs an early end and rings for it. */
  close(tab: string, options?: Stepwise): Promise<void>;
  /** What to run where a proof is needed and the page cannot make one. */
  refundCommand(tab: string): string;
}

interface EarningsByTab {
  readonly tab: string;
  /** Nanomina paid to the provider so far. */
  readonly spent: bigint;
  readonly balance: bigint;
  /** 0 once closed. */
  readonly expiry: number;
}

interface ProvideStore {
  publish(
    service: { readonly descriptor: Descriptor; readonly keyset: Keyset },
    options?: Stepwise
  ): Promise<{ readonly service: string; readonly transaction: string }>;
  /** Of the tabs that rang or were opened at a service. */
  earnings(
    service: string,
    options?: Stepwise
  ): Promise<{ readonly tabs: readonly EarningsByTab[]; readonly isPartial: boolean }>;
  /** Shell lines for what needs a proof or a daemon. */
  runnerCommand(service: string): string;
  rotateCommand(service: string): string;
  pauseCommand(service: string, paused: boolean): string;
}
