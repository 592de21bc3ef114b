import type { Accessor } from 'solid-js';
import type { ServiceReading } from '../../requester/service.ts';

export { type ServicesStore, type ServiceListing, type SettledTotal };

/** A row of the market. Of `reading` and `error` there is one once it was read. */
interface ServiceListing {
  readonly address: string;
  /** Checked against the account; names and descriptions in it are a stranger's words. */
  readonly reading?: ServiceReading;
  /** Why it cannot be shown, in one sentence. */
  readonly error?: string;
  /** What was settled through it, as far as it can be known; read after the row itself. */
  readonly settled?: SettledTotal;
  readonly isLoading: boolean;
  /** From the registry of settings (can be removed), a registry list or the network. */
  readonly origin: 'own' | 'list' | 'network' | 'link';
}

interface SettledTotal {
  /** Nanomina, summed over the state of all tabs that rang or opened here and could be read. */
  readonly amount: bigint;
  readonly tabs: number;
  /** Whether tabs may be missing: the archive was not read to its end or tabs were handed over. */
  readonly isPartial: boolean;
}

interface ServicesStore {
  readonly list: Accessor<readonly ServiceListing[]>;
  /** Whether the list itself (not its rows) is still being put together. */
  readonly isLoading: Accessor<boolean>;
  /** Registry lists that could not be read, one sentence each. */
  readonly problems: Accessor<readonly string[]>;
  /** One service, in the list or not; starts reading it. */
  service(address: string): Accessor<ServiceListing>;
  /** Reads everything, or one service, again. */
  refresh(address?: string): Promise<void>;
  /** Keeps a pasted address in the registry. @throws FormatError `KEY` where it is none */
  add(address: string): Promise<void>;
  remove(address: string): Promise<void>;
}
