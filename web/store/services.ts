import { type Accessor, createMemo, createSignal, untrack } from 'solid-js';
import { parseKey } from '../../contracts/formats/key.ts';
import type { Requester } from '../../requester/requester.ts';
import type { ServiceReading } from '../../requester/read-service.ts';
import { gather } from './gather.ts';
import { sentence } from './sentence.ts';
import type { WebSettings } from './settings.ts';
import { inTurns } from './turns.ts';

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
/** Rows begun from frame to frame: to ask for one and to check it takes some milliseconds. */
const PER_FRAME = 2;
/** Beyond so many services nobody compares totals. */
const MOST_TOTALS = 50;
/** Milliseconds in which what was read is gathered, so that a long list is not sorted for each row. */
const GATHERED = { first: 150, most: 1_200 };

type Row = Omit<ServiceListing, 'address' | 'origin'>;

/** Once for all rows: a bundler's import looks through the page's files each time. */
let loaded: Promise<typeof import('../../requester/read-service.ts')> | undefined;
function reader(): NonNullable<typeof loaded> {
  const now = (loaded ??= import('../../requester/read-service.ts'));
  now.catch(() => (loaded = undefined));
  return now;
}

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

  const { add, waiting, flush } = gather<Row>(
    (changes) => setRows(new Map([...rows(), ...changes])),
    GATHERED.first,
    GATHERED.most
  );
  const latest = (address: string): Row | undefined => waiting(address) ?? rows().get(address);
  /** At once, with what waits: what was read later is never overwritten by what was read before. */
  const write = (address: string, row: Row): void => {
    add(address, row);
    flush();
  };

  async function readRow(address: string, set = write): Promise<void> {
    const before = latest(address);
    const kept = before?.settled === undefined ? {} : { settled: before.settled };
    if (before !== undefined) set(address, { ...before, isLoading: true });
    // Written anew: a row that could be read no longer says what it said before.
    const read = { isLoading: false, ...kept };
    try {
      const { readService } = await reader();
      const reading = await readService(await requester(), address, { mayBePaused: true });
      set(address, { ...read, reading });
    } catch (error) {
      set(address, { ...read, error: sentence(error) });
    }
  }

  async function readTotal(address: string, set = write): Promise<void> {
    const { archive: url } = settings();
    if (url === '' || latest(address)?.reading === undefined) return;
    const [{ readEarnings }, { createGraphql }] = await Promise.all([
      import('../../requester/earnings.ts'),
      import('../../contracts/chain/graphql.ts'),
    ]);
    try {
      const archive = createGraphql([url], { rounds: 1 });
      const { tabs, isPartial } = await readEarnings(await requester(), address, { archive });
      const amount = tabs.reduce((sum, { spent }) => sum + spent, 0n);
      const now = latest(address);
      const settled = { amount, tabs: tabs.length, isPartial };
      if (now !== undefined) set(address, { ...now, settled });
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
    const turns = { perFrame: PER_FRAME, isWanted: isCurrent };
    await inTurns(all, { atOnce: AT_ONCE.rows, ...turns }, (address) => readRow(address, add));
    flush();
    const some = all.slice(0, MOST_TOTALS);
    await inTurns(some, { atOnce: AT_ONCE.totals, ...turns }, (address) => readTotal(address, add));
    flush();
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
