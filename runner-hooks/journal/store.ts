import Database from 'better-sqlite3';
import { JournalError, type JournalCode } from './error.ts';
import { migrate } from './schema.ts';

export { Store, type Trace, type Value };

/** Told before and after each transaction; what it throws is thrown on. */
type Trace = (when: 'before' | 'after', write: string) => void;
type Value = string | number | Uint8Array | null;

/**
 * The database: WAL, and synchronous=FULL, so that a transaction that returned has reached the disk
 * and survives a power cut (R3). SQLite's failures leave it as {@link JournalError}.
 */
class Store {
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();
  #depth = 0;

  constructor(
    path: string,
    private readonly trace: Trace = () => undefined
  ) {
    this.#db = guarded(() => new Database(path));
    guarded(() => {
      this.#db.pragma('journal_mode = WAL');
      this.#db.pragma('synchronous = FULL');
      this.#db.pragma('foreign_keys = ON');
      migrate(this.#db);
    });
  }

  /** All or nothing; a write inside a write joins it. */
  write<T>(name: string, action: () => T): T {
    if (this.#depth > 0) return action();
    this.trace('before', name);
    this.#depth += 1;
    let result: T;
    try {
      result = guarded(() => this.#db.transaction(action).immediate());
    } finally {
      this.#depth -= 1;
    }
    this.trace('after', name);
    return result;
  }

  /** How many rows changed. Only inside {@link write}. */
  run(sql: string, ...values: Value[]): number {
    if (this.#depth === 0) throw new JournalError('CONFLICT', 'a change outside a transaction');
    return guarded(() => this.#statement(sql).run(...values).changes);
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as in better-sqlite3
  one<Row>(sql: string, ...values: Value[]): Row | undefined {
    return guarded(() => this.#statement(sql).get(...values) as Row | undefined);
  }

  all<Row>(sql: string, ...values: Value[]): Row[] {
    return guarded(() => this.#statement(sql).all(...values) as Row[]);
  }

  /** Bounds the file, as a full disk does. */
  limitPages(pages: number): void {
    this.#db.pragma(`max_page_count = ${pages}`);
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #statement(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#db.prepare(sql)));
    return statement;
  }
}

const FAILURES: readonly [prefix: string, code: JournalCode, advice: string][] = [
  ['SQLITE_FULL', 'FULL', 'the disk of the journal is full; make room and start the daemon again'],
  ['SQLITE_IOERR', 'IO', 'the disk of the journal failed; check it and start the daemon again'],
  ['SQLITE_READONLY', 'IO', 'the journal cannot be written; check its permissions'],
  ['SQLITE_CANTOPEN', 'IO', 'the journal cannot be opened; check its folder and permissions'],
  ['SQLITE_BUSY', 'LOCKED', 'another process holds the journal; stop it first'],
  ['SQLITE_CORRUPT', 'CORRUPT', 'the journal is damaged; restore it from a copy'],
  ['SQLITE_NOTADB', 'CORRUPT', 'the file is not a journal; restore it from a copy'],
];

function guarded<T>(action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (!(cause instanceof Database.SqliteError)) throw cause;
    const failure = FAILURES.find(([prefix]) => cause.code.startsWith(prefix));
    if (failure === undefined) throw cause;
    throw new JournalError(failure[1], failure[2], { cause });
  }
}
