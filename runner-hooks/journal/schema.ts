import type { Database } from 'better-sqlite3';
import { JournalError } from './error.ts';

export { migrate, VERSION };

/**
 * One entry a version, applied in order and never edited once released. Digests and object ids are
 * lower-case hex, amounts decimal text (SQLite's integers are signed), times Unix milliseconds.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE holder (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    key TEXT NOT NULL, pid INTEGER NOT NULL, host TEXT NOT NULL, since INTEGER NOT NULL
  ) STRICT;

  -- The inbox entry names a tab and a digest, and anybody may write one: a digest alone is no
  -- identity, or a rival could ring first under another tab and shut the real request out.
  CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    service TEXT NOT NULL, tab TEXT NOT NULL, digest TEXT NOT NULL,
    state TEXT NOT NULL,
    sequence INTEGER, maximum TEXT, attempts INTEGER NOT NULL DEFAULT 0,
    refusal TEXT, reason TEXT,
    outcome TEXT, amount TEXT, output TEXT, result TEXT, receipt BLOB,
    note TEXT, head TEXT, parent TEXT, settlement INTEGER,
    tidied INTEGER NOT NULL DEFAULT 0,
    seen INTEGER NOT NULL, changed INTEGER NOT NULL,
    UNIQUE (service, tab, digest)
  ) STRICT;
  CREATE INDEX jobs_by_state ON jobs (state, tab);
  CREATE INDEX jobs_by_digest ON jobs (digest);
  -- One job a sequence number and tab, whatever two requests a requester signs for it.
  CREATE UNIQUE INDEX jobs_by_sequence ON jobs (tab, sequence)
    WHERE state NOT IN ('seen', 'fetched', 'refused');

  CREATE TABLE steps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job INTEGER NOT NULL REFERENCES jobs (id),
    "from" TEXT NOT NULL, "to" TEXT NOT NULL, at INTEGER NOT NULL, reason TEXT
  ) STRICT;
  CREATE INDEX steps_by_job ON steps (job);

  CREATE TABLE cursors (service TEXT PRIMARY KEY, cursor TEXT NOT NULL) STRICT;

  CREATE TABLE tabs (
    address TEXT PRIMARY KEY, service TEXT NOT NULL, terms BLOB NOT NULL,
    head TEXT NOT NULL, expiry INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  CREATE TABLE settlements (
    id INTEGER PRIMARY KEY AUTOINCREMENT, tab TEXT NOT NULL,
    state TEXT NOT NULL, "transaction" TEXT, head TEXT, paid TEXT, reason TEXT,
    began INTEGER NOT NULL, changed INTEGER NOT NULL
  ) STRICT;
  -- A tab's head moves by one settlement at a time.
  CREATE UNIQUE INDEX settlements_under_way ON settlements (tab) WHERE state IN ('planned', 'sent');

  CREATE TABLE orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, service TEXT NOT NULL, tab TEXT NOT NULL, digest TEXT NOT NULL,
    state TEXT NOT NULL, block BLOB, refusal TEXT, reason TEXT, "transaction" TEXT,
    attempts INTEGER NOT NULL DEFAULT 0, seen INTEGER NOT NULL, changed INTEGER NOT NULL,
    UNIQUE (service, tab, kind, digest)
  ) STRICT;
  CREATE INDEX orders_by_state ON orders (state);

  CREATE TABLE blocks (
    job INTEGER NOT NULL REFERENCES jobs (id), kind TEXT NOT NULL,
    digest TEXT NOT NULL, bytes BLOB NOT NULL,
    PRIMARY KEY (job, kind)
  ) STRICT;
  CREATE INDEX blocks_by_digest ON blocks (digest);
  `,
  'CREATE INDEX orders_by_digest ON orders (digest);',
  'ALTER TABLE jobs ADD COLUMN epoch INTEGER;',
];

const VERSION = MIGRATIONS.length;

/** Brings a database up to {@link VERSION}, each step in a transaction of its own. */
function migrate(db: Database): void {
  const found = db.pragma('user_version', { simple: true }) as number;
  if (found > VERSION)
    throw new JournalError(
      'VERSION',
      `the journal has version ${found} and this release knows ${VERSION}; run the newer release`
    );
  for (let version = found; version < VERSION; version++)
    db.transaction(() => {
      db.exec(MIGRATIONS[version]!);
      db.pragma(`user_version = ${version + 1}`);
    }).immediate();
}
