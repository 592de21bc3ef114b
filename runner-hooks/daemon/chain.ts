import type { InboxAction } from '../../contracts/formats/action.ts';
import type { ServiceState } from '../../contracts/formats/service-state.ts';
import type { TabState } from '../../contracts/formats/tab-state.ts';
import type { Terms } from '../../contracts/formats/terms.ts';

export { isLookalike };
export type { Chain, InboxPage, Lookalike, TabReading, Abortable };

interface Abortable {
  readonly signal?: AbortSignal;
}

/** An account that is not there, or not what it should be, and why. */
interface Lookalike {
  readonly missing: boolean;
  readonly reason: string;
}
const isLookalike = (reading: object): reading is Lookalike => 'missing' in reading;

interface TabReading {
  readonly state: TabState;
  /** Nanomina. */
  readonly balance: bigint;
}

interface InboxPage {
  /** `undefined` for what is not a ring: anybody may append anything. */
  readonly entries: readonly (InboxAction | undefined)[];
  /** Where to read on; opaque, and survives a reorganisation. */
  readonly cursor: string;
  /** Whether more waits behind the page. */
  readonly more: boolean;
}

/** What the daemon asks of a Mina node. Rejects only where no answer was had. */
interface Chain {
  network(options: Abortable): Promise<string>;
  /** Slots since genesis. */
  slot(options: Abortable): Promise<number>;
  /** Key, permissions and layout checked. */
  service(address: string, options: Abortable): Promise<ServiceState | Lookalike>;
  /** Verification key, every permission, layout and the terms' commitment checked (C4). */
  tab(terms: Terms, options: Abortable): Promise<TabReading | Lookalike>;
  /** Whether a tab of any terms is there: verification key and permissions. */
  isTab(address: string, options: Abortable): Promise<boolean>;
  /** Whether somebody can be paid there. */
  canReceive(address: string, options: Abortable): Promise<boolean>;
  inbox(
    service: string,
    cursor: string | undefined,
    options: Abortable & { maximum: number }
  ): Promise<InboxPage>;
}
