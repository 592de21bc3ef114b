import { parseKey } from '../../contracts/formats/key.ts';
import { RequesterError } from '../../requester/error.ts';
import type { JobRecord, TabStore } from '../../requester/store.ts';
import type { Channel, Database } from './database.ts';
import type { Backup } from './key-file.ts';
import type { JobRow } from './records.ts';

export { type BrowserStore, createBrowserStore };

/** Keys and jobs in IndexedDB. */
interface BrowserStore extends TabStore {
  /** Numbers of all jobs that were asked for from here, in order; reads no record. */
  listSequences(tab: string): Promise<readonly number[]>;
  /** @param only these numbers. Default: all */
  listJobs(tab: string, only?: ReadonlySet<number>): Promise<readonly JobRecord[]>;
  /** All keys and jobs, encrypted with a passphrase (an age file). */
  exportKeys(passphrase: string): Promise<Blob>;
  /**
   * Adds what is not here yet; what is here is never overwritten by something older.
   *
   * @returns how many tabs and jobs were added or moved on
   * @throws KeyFileError for another file or passphrase
   */
  importKeys(
    file: Blob,
    passphrase: string
  ): Promise<{ readonly tabs: number; readonly jobs: number }>;
  /** Whether the browser has promised not to clear it by itself. */
  isPersistent(): Promise<boolean>;
}

/** A browser may forget a write that it has acknowledged; money hangs on these. */
const STRICT = { durability: 'strict' } as const;

/** Milliseconds of work without a break. */
const SLICE = 8;

type Storage = Pick<StorageManager, 'persist' | 'persisted'>;

/** Absent where the page came over plain http, as from a gateway in one's own house. */
const browserStorage = (): Storage | undefined =>
  (navigator as { readonly storage?: Storage }).storage;

/** Every tab's jobs, by number: all numbers lie between. */
const jobsOf = (tab: string): IDBKeyRange => IDBKeyRange.bound([tab, 0], [tab, 2 ** 32]);

// Loaded with the first key: what parses records brings the signer along.
const records = () => import('./records.ts');

/** @param storage asked for persistence when the first tab is opened */
function createBrowserStore(
  database: Promise<Database>,
  channel: Pick<Channel, 'tell'>,
  storage: Storage | undefined = browserStorage()
): BrowserStore {
  const readJob = async (tab: string, sequence: number): Promise<JobRecord | undefined> => {
    const row = await (await database).get('jobs', [tab, sequence]);
    return row === undefined ? undefined : (await records()).parseJob(row, tab, sequence);
  };

  return {
    async createTab(keys) {
      const row = (await records()).encodeTab(keys);
      // Only asked here: a question at the first visit would be about nothing.
      await storage?.persist().catch(() => false);
      const transaction = (await database).transaction('tabs', 'readwrite', STRICT);
      await settled(transaction, async () => {
        if ((await transaction.store.getKey(keys.terms.tab)) !== undefined)
          throw new RequesterError('EXISTS', `The keys of ${keys.terms.tab} are here already.`);
        await transaction.store.put(row, keys.terms.tab);
      });
      channel.tell('tabs');
    },

    async readTab(tab) {
      parseKey(tab);
      const row = await (await database).get('tabs', tab);
      if (row === undefined)
        throw new RequesterError(
          'TAB_FILE',
          `The keys of ${tab} are not in this browser; import them from the key file of the one that opened it.`
        );
      return (await records()).parseTab(row, tab);
    },

    async dropTab(tab) {
      const stores = ['tabs', 'jobs', 'logs', 'views'] as const;
      const transaction = (await database).transaction(stores, 'readwrite', STRICT);
      await settled(transaction, async () => {
        await transaction.objectStore('tabs').delete(tab);
        for (const name of stores.slice(1)) await transaction.objectStore(name).delete(jobsOf(tab));
      });
      channel.tell('tabs');
      channel.tell('jobs');
    },

    listTabs: async () => (await database).getAllKeys('tabs'),

    async reserveSequence(tab, top) {
      const { encodeJob } = await records();
      const transaction = (await database).transaction('jobs', 'readwrite', STRICT);
      // Read and written in one transaction, which no other tab of the browser can get in between.
      return settled(transaction, async () => {
        const last = await transaction.store.openKeyCursor(jobsOf(tab), 'prev');
        const sequence = Math.max(top, last === null ? 0 : last.key[1]) + 1;
        await transaction.store.put(encodeJob(tab, { sequence, state: 'reserved' }), [
          tab,
          sequence,
        ]);
        return sequence;
      });
    },

    async writeJob(tab, job) {
      const row = (await records()).encodeJob(tab, job);
      const transaction = (await database).transaction('jobs', 'readwrite', STRICT);
      await settled(transaction, () => transaction.store.put(row, [tab, job.sequence]));
      channel.tell('jobs');
    },

    readJob,

    async listSequences(tab) {
      return (await (await database).getAllKeys('jobs', jobsOf(tab))).map(([, number]) => number);
    },

    async listJobs(tab, only) {
      const transaction = (await database).transaction('jobs');
      const [rows, keys] = await Promise.all([
        transaction.store.getAll(jobsOf(tab)),
        transaction.store.getAllKeys(jobsOf(tab)),
        transaction.done,
      ]);
      const { parseJob } = await records();
      const jobs: JobRecord[] = [];
      let since = performance.now();
      for (const [i, row] of rows.entries()) {
        const sequence = keys[i]![1];
        if (only !== undefined && !only.has(sequence)) continue;
        jobs.push(parseJob(row, tab, sequence));
        if (performance.now() - since < SLICE) continue;
        // Thousands take a second: the page breathes in between.
        await new Promise((resolve) => setTimeout(resolve, 0));
        since = performance.now();
      }
      return jobs;
    },

    async exportKeys(passphrase) {
      const transaction = (await database).transaction(['tabs', 'jobs']);
      const [tabs, jobs] = await Promise.all([
        transaction.objectStore('tabs').getAll(),
        transaction.objectStore('jobs').getAll(),
        transaction.done,
      ]);
      const { sealBackup } = await import('./key-file.ts');
      return sealBackup({ version: 1, tabs, jobs: jobs as JobRow[] }, passphrase);
    },

    async importKeys(file, passphrase) {
      const { openBackup } = await import('./key-file.ts');
      const backup = await openBackup(file, passphrase);
      await storage?.persist().catch(() => false);
      const added = await merge(await database, backup);
      channel.tell('tabs');
      channel.tell('jobs');
      return added;
    },

    isPersistent: async () => (await storage?.persisted().catch(() => false)) ?? false,
  };
}

/** How far a job's record is; a record only moves on. */
const STAGES = ['reserved', 'signed', 'delivered', 'refused'] as const;

async function merge(
  database: Database,
  { tabs, jobs }: Backup
): Promise<{ readonly tabs: number; readonly jobs: number }> {
  const { parseTab, parseJob, encodeJob } = await records();
  const keyed = tabs.map((row) => [parseTab(row).terms.tab, row] as const);
  const transaction = database.transaction(['tabs', 'jobs'], 'readwrite', STRICT);
  return settled(transaction, async () => {
    const added = { tabs: 0, jobs: 0 };
    const [tabStore, jobStore] = [transaction.objectStore('tabs'), transaction.objectStore('jobs')];
    for (const [tab, row] of keyed) {
      if ((await tabStore.getKey(tab)) !== undefined) continue;
      await tabStore.put(row, tab);
      added.tabs++;
    }
    for (const row of jobs) {
      const { tab, sequence } = row;
      const job = parseJob(row, tab, sequence);
      const known: unknown = await jobStore.get([tab, sequence]);
      const here = known === undefined ? undefined : parseJob(known, tab, sequence);
      if (here !== undefined && STAGES.indexOf(here.state) >= STAGES.indexOf(job.state)) continue;
      // Two requests of one number: the one that is here may be with a provider already.
      if (here?.digest !== undefined && here.digest !== job.digest) continue;
      await jobStore.put(encodeJob(tab, job), [tab, sequence]);
      added.jobs++;
    }
    return added;
  });
}

/** Runs `work` in a transaction and waits until it is durable; whatever throws undoes all of it. */
async function settled<T>(
  transaction: { readonly done: Promise<void>; abort(): void },
  work: () => Promise<T>
): Promise<T> {
  // Heard here, for the abort below rejects it while nobody waits yet.
  const done = transaction.done.then(
    () => undefined,
    (error: unknown) => error
  );
  let result: T;
  try {
    result = await work();
  } catch (error) {
    try {
      transaction.abort();
    } catch {
      // It has ended by itself, with the error that is thrown below.
    }
    await done;
    throw error;
  }
  const failure = await done;
  if (failure !== undefined)
    throw new RequesterError(
      'TAB_FILE',
      'The browser could not keep this (its disk may be full); nothing was sent. Free some space and try again.',
      { cause: failure }
    );
  return result;
}
