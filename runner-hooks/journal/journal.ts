import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Blocks } from './block.ts';
import { Cursors } from './cursor.ts';
import { JournalError } from './error.ts';
import { Jobs } from './job.ts';
import { ACTIVE } from './job-state.ts';
import { type Lock, lockFolder, lockKey } from './lock.ts';
import { Orders } from './order.ts';
import { Settlements } from './settlement.ts';
import { Store, type Trace } from './store.ts';
import { Tabs } from './tab.ts';

export { Journal, openJournal, type JournalOptions };

interface JournalOptions {
  /** Where daemons of one key meet; a folder of the user's by default. */
  readonly locks?: string;
  /** Unix milliseconds. */
  readonly now?: () => number;
  readonly trace?: Trace;
}

/**
 * What the daemon has seen, promised and done: the intent before each effect, the outcome after it.
 * One process at a time holds it.
 */
class Journal {
  readonly jobs: Jobs;
  readonly tabs: Tabs;
  readonly orders: Orders;
  readonly settlements: Settlements;
  readonly cursors: Cursors;
  readonly blocks: Blocks;

  constructor(
    readonly store: Store,
    private readonly lock: Lock,
    now: () => number
  ) {
    this.jobs = new Jobs(store, now);
    this.tabs = new Tabs(store);
    this.orders = new Orders(store, now);
    this.settlements = new Settlements(store, now);
    this.cursors = new Cursors(store);
    this.blocks = new Blocks(store);
  }

  /** Several changes as one transaction. */
  write<T>(name: string, action: () => T): T {
    return this.store.write(name, action);
  }

  close(): void {
    this.store.close();
    this.lock.release();
  }
}

/**
 * Opens, or begins, the journal in `folder` for the runner key `key` (B62…).
 *
 * @throws {JournalError} `LOCKED` (R4), `KEY`, `VERSION`, `CORRUPT`, `IO`, `FULL`
 */
function openJournal(
  folder: string,
  key: string,
  { locks = lockFolder(), now = Date.now, trace }: JournalOptions = {}
): Journal {
  const lock = lockKey(key, locks);
  let store: Store | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    store = new Store(join(folder, 'journal.sqlite'), trace);
    const journal = new Journal(store, lock, now);
    hold(journal, key, now());
    return journal;
  } catch (error) {
    store?.close();
    lock.release();
    throw error;
  }
}

/** Receipts of one key cannot be settled under another, so a journal changes hands only when empty. */
function hold(journal: Journal, key: string, now: number): void {
  const holder = journal.store.one<{ key: string }>('SELECT key FROM holder');
  const unsettled = journal.jobs.count(...ACTIVE);
  if (holder !== undefined && holder.key !== key && unsettled > 0)
    throw new JournalError(
      'KEY',
      `the journal holds ${unsettled} unsettled jobs of the runner key ${holder.key}; settle them first`
    );
  journal.write('holder', () =>
    journal.store.run(
      `INSERT INTO holder (one, key, pid, host, since) VALUES (1, ?, ?, ?, ?)
       ON CONFLICT (one) DO UPDATE SET key = excluded.key, pid = excluded.pid,
       host = excluded.host, since = excluded.since`,
      ...[key, process.pid, hostname(), now]
    )
  );
}
