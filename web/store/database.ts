import { type DBSchema, type IDBPDatabase, openDB } from 'idb';

export { type Database, type Change, type Channel, openDatabase, createChannel };

/**
 * What the browser keeps. Keys and requests are stored as they are encoded (see `records.ts`), so that
 * whatever an older release or another script wrote is parsed strictly when it is read.
 */
interface Schema extends DBSchema {
  /** By address. */
  tabs: { key: string; value: unknown };
  /** By tab and number. */
  jobs: { key: [string, number]; value: unknown };
  /** By name: settings, the development wallet's account, lists. */
  values: { key: string; value: unknown };
  /** A log as far as it was read, by tab and position from 0: a cache, checked when it was read. */
  logs: { key: [string, number]; value: unknown };
  /** A job as it was last shown, by tab and number: a cache. */
  views: { key: [string, number]; value: unknown };
}
type Database = IDBPDatabase<Schema>;

const VERSION = 1;

/** @param name one database a name; tests have their own */
const openDatabase = (name = 'runproof'): Promise<Database> =>
  openDB<Schema>(name, VERSION, {
    // Each release adds a step and changes none: whoever comes from two releases ago walks all.
    upgrade(database, from) {
      if (from < 1)
        for (const store of ['tabs', 'jobs', 'values', 'logs', 'views'] as const)
          database.createObjectStore(store);
    },
    // A newer release in another tab of the browser must not wait for this one.
    blocking: (_, __, event) => (event.target as IDBDatabase).close(),
  });

/** What one browser tab tells the others: read it again. */
type Change = 'tabs' | 'jobs' | 'settings' | 'wallet';

interface Channel {
  tell(change: Change): void;
  /** @returns ends listening */
  listen(listener: (change: Change) => void): () => void;
  close(): void;
}

const CHANGES: readonly unknown[] = ['tabs', 'jobs', 'settings', 'wallet'] satisfies Change[];

function createChannel(name = 'runproof'): Channel {
  const channel = new BroadcastChannel(name);
  const listeners = new Set<(change: Change) => void>();
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (CHANGES.includes(data)) for (const listener of listeners) listener(data as Change);
  };
  return {
    tell(change) {
      channel.postMessage(change);
      for (const listener of listeners) listener(change);
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => channel.close(),
  };
}
