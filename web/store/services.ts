import { type Accessor, createMemo, createSignal, untrack } from 'solid-js';
import { parseKey } from '../../contracts/formats/key.ts';
import type { Requester } from '../../requester/requester.ts';
import type { ServiceReading } from '../../requester/read-service.ts';
import { gather } from './gather.ts';
import { sentence } from './sentence.ts';
import type { WebSettings } from './settings.ts';

export {
  type ServicesStore,
  type ServiceListing,
  type SettledTotal,
  type ServicesOptions,
  createServicesStore,
};

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
  /** From the registry of settings (can be removed), a registry list, or only a link. */
  readonly origin: 'own' | 'list' | 'link';
}

interface SettledTotal {
  /** Nanomina, at the least: what the tabs that rang here have paid by their own accounts. */
  readonly amount: bigint;
  readonly tabs: number;
  /** Whether tabs that rang may be missing. Tabs that never rang always are. */
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
  /** Reads everything, or one service, again; the latter's total comes later. */
  refresh(address?: string): Promise<void>;
  /** Keeps a pasted address in the registry. @throws FormatError `KEY` where it is none */
  add(address: string): Promise<void>;
  remove(address: string): Promise<void>;
}

interface ServicesOptions {
  readonly settings: Accessor<WebSettings>;
  readonly update: (patch: Partial<WebSettings>) => Promise<void>;
  readonly requester: () => Promise<Requester>;
}

/** Rows read at once, and totals, which cost an archive a query and a tab an account each. */
const AT_ONCE = { rows: 6, totals: 2 };
/** Beyond so many services nobody compares totals. */
const MOST_TOTALS = 50;
/** Milliseconds in which rows that were read are gathered, so that a long list is not sorted for each. */
const GATHERED = 150;

type Row = Omit<ServiceListing, 'address' | 'origin'>;

function createServicesStore({ settings, update, requester }: ServicesOptions): ServicesStore {
  const [rows, setRows] = createSignal<ReadonlyMap<string, Row>>(new Map());
  const [listed, setListed] = createSignal<readonly string[]>([]);
  const [isLoading, setLoading] = createSignal(false);
  const [problems, setProblems] = createSignal<readonly string[]>([]);
  const [links, setLinks] = createSignal<readonly string[]>([]);

  const own = createMemo(() => new Set(settings().registry.services));
  const ofLists = createMemo(() => new Set(listed()));
  const originOf = (address: string): ServiceListing['origin'] =>
    own().has(address) ? 'own' : ofLists().has(address) ? 'list' : 'link';
  const known = createMemo((): readonly string[] => [...new Set([...own(), ...ofLists()])]);

  /** The same object until something of it changes, so that a long list draws anew only what did. */
  const drawn = new Map<
    string,
    { readonly of: Row | undefined; readonly listing: ServiceListing }
  >();
  const row = (address: string): ServiceListing => {
    const [of, origin] = [rows().get(address), originOf(address)];
    const before = drawn.get(address);
    if (before !== undefined && before.of === of && before.listing.origin === origin)
      return before.listing;
    const listing = { isLoading: true, ...of, address, origin };
    drawn.set(address, { of, listing });
    return listing;
  };

  const write = (changes: ReadonlyMap<string, Row>): void => {
    setRows(new Map([...rows(), ...changes]));
  };
  const writeOne = (address: string, change: Row): void => write(new Map([[address, change]]));

  async function readRow(address: string, set = writeOne): Promise<void> {
    const before = rows().get(address);
    const kept = before?.settled === undefined ? {} : { settled: before.settled };
    if (before !== undefined) set(address, { ...before, isLoading: true });
    // Written anew: a row that could be read no longer says what it said before.
    const read = { isLoading: false, ...kept };
    try {
      const { readService } = await import('../../requester/read-service.ts');
      const reading = await readService(await requester(), address, { mayBePaused: true });
      set(address, { ...read, reading });
    } catch (error) {
      set(address, { ...read, error: sentence(error) });
    }
  }

  async function readTotal(address: string): Promise<void> {
    const { archive: url } = settings();
    if (url === '' || rows().get(address)?.reading === undefined) return;
    const [{ readEarnings }, { createGraphql }] = await Promise.all([
      import('../../requester/earnings.ts'),
      import('../../contracts/chain/graphql.ts'),
    ]);
    try {
      const archive = createGraphql([url], { rounds: 1 });
      const { tabs, isPartial } = await readEarnings(await requester(), address, { archive });
      const amount = tabs.reduce((sum, { spent }) => sum + spent, 0n);
      const now = rows().get(address);
      const settled = { amount, tabs: tabs.length, isPartial };
      if (now !== undefined) writeOne(address, { ...now, settled });
    } catch {
      // Stays unknown; the state of the archive is shown where the chain's is.
    }
  }

  async function readLists(): Promise<void> {
    const { lists } = settings().registry;
    if (lists.length === 0) {
      setListed([]);
      setProblems([]);
      return;
    }
    const { readRegistryList } = await import('./registry-list.ts');
    const failed: string[] = [];
    const found: string[] = [];
    for (const list of lists)
      try {
        found.push(...(await readRegistryList(list, (await requester()).blocks)));
      } catch (error) {
        failed.push(`The list ${list} cannot be used: ${sentence(error)}`);
      }
    setListed(found);
    setProblems(failed);
  }

  let generation = 0;
  async function refreshAll(): Promise<void> {
    const own = ++generation;
    setLoading(true);
    try {
      await readLists();
    } finally {
      if (own === generation) setLoading(false);
    }
    const all = [...new Set([...known(), ...links()])];
    const isCurrent = (): boolean => own === generation;
    const gathered = gather(write, GATHERED);
    await inTurns(all, AT_ONCE.rows, isCurrent, (address) => readRow(address, gathered.add));
    gathered.flush();
    await inTurns(all.slice(0, MOST_TOTALS), AT_ONCE.totals, isCurrent, readTotal);
  }

  return {
    list: createMemo(() => known().map(row)),
    isLoading,
    problems,
    service(address) {
      // Whoever asks from within a computation follows the listing, not what it took to begin reading.
      untrack(() => {
        if (rows().has(address)) return;
        if (!known().includes(address)) setLinks([...new Set([...links(), address])]);
        void readRow(address).then(() => readTotal(address));
      });
      return () => row(address);
    },
    async refresh(address) {
      if (address === undefined) return refreshAll();
      await readRow(address);
      // Whoever is about to buy waits for the service, not for what others have paid through it.
      void readTotal(address);
    },
    async add(text) {
      const address = text.trim();
      parseKey(address);
      const { registry } = settings();
      await update({ registry: { ...registry, services: [...registry.services, address] } });
      await readRow(address);
      void readTotal(address);
    },
    async remove(address) {
      const { registry } = settings();
      const services = registry.services.filter((service) => service !== address);
      await update({ registry: { ...registry, services } });
    },
  };
}

/** A few at once, in order, for as long as anybody wants them. */
async function inTurns<T>(
  items: readonly T[],
  atOnce: number,
  isWanted: () => boolean,
  work: (item: T) => Promise<void>
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && isWanted()) await work(items[next++]!);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
