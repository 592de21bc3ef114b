import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { parseKey } from '../../contracts/formats/key.ts';
import { JournalError } from './error.ts';

export { lockKey, lockFolder, type Lock };

interface Lock {
  release(): void;
}

/** Where a person's daemons meet, whichever folders they work in. */
const lockFolder = (): string =>
  process.env.XDG_RUNTIME_DIR ?? join(homedir(), '.local', 'state', 'runproof');

/**
 * Lets one process of this machine work with a runner key (R4). Node has no `flock`; SQLite's
 * exclusive lock on an empty database is one, and the kernel drops it however the process ends, so
 * no stale lock is ever left to remove.
 *
 * @throws {JournalError} `LOCKED`
 */
function lockKey(key: string, folder: string): Lock {
  parseKey(key);
  const path = join(folder, `runproof-${key}.lock`);
  let db: Database.Database;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    db = new Database(path, { timeout: 0 });
  } catch (cause) {
    throw new JournalError('IO', `the lock ${path} cannot be opened; check its folder`, { cause });
  }
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    db.close();
    throw new JournalError(
      'LOCKED',
      `another daemon already works with the runner key ${key}; stop it, or give this one a key of its own`,
      { cause }
    );
  }
  return { release: () => void db.close() };
}
