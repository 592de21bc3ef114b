import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { MinaNetworkError } from './errors.ts';

export { MemoryJournal, openJournal };
export type { Entry, Journal };

const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Hash = v.pipe(v.string(), v.maxLength(64));

const EntrySchema = v.variant('kind', [
  v.strictObject({
    kind: v.literal('genesis'),
    version: v.literal(1),
    genesis: v.strictObject({
      seed: v.string(),
      timestamp: Count,
      accounts: Count,
      balance: v.string(),
      slotTime: Count,
      k: Count,
    }),
  }),
  /** Let into the pool, after all its signatures and proofs were verified. */
  v.strictObject({ kind: v.literal('command'), hash: Hash, json: v.string() }),
  v.strictObject({
    kind: v.literal('block'),
    slot: Count,
    timestamp: Count,
    salt: v.string(),
    stateHash: Hash,
    included: v.array(Hash),
    dropped: v.array(Hash),
  }),
  v.strictObject({ kind: v.literal('slots'), advance: Count }),
  v.strictObject({ kind: v.literal('reorg'), depth: Count, reapply: v.boolean() }),
  v.strictObject({ kind: v.literal('acquire'), publicKey: v.string() }),
  v.strictObject({ kind: v.literal('release'), publicKey: v.string() }),
]);

/** One line of the journal. */
type Entry = v.InferOutput<typeof EntrySchema>;

interface Journal {
  readonly entries: readonly Entry[];
  /** Durable when it returns. */
  append(entry: Entry): void;
  close(): void;
}

/** For networks that are gone when they stop. */
class MemoryJournal implements Journal {
  readonly entries: Entry[] = [];
  append(entry: Entry): void {
    this.entries.push(entry);
  }
  close(): void {
    /* nothing is open */
  }
}

/** Hexadecimal digits of a line's checksum, which covers all lines up to it. */
const CHECKSUM = 16;

/**
 * A file of lines `<checksum> <JSON>`. The checksum is the start of SHA-256 over the line before's
 * checksum and this line, so that a line lost, moved or changed shows.
 */
class FileJournal implements Journal {
  private closed = false;
  readonly entries: Entry[];

  constructor(
    private readonly file: number,
    private readonly lock: string,
    private position: { size: number; checksum: string; entries: Entry[] }
  ) {
    this.entries = position.entries;
  }

  append(entry: Entry): void {
    const json = JSON.stringify(entry);
    const checksum = checksumOf(this.position.checksum, json);
    const line = Buffer.from(`${checksum} ${json}\n`);
    try {
      for (let done = 0; done < line.length;)
        done += writeSync(this.file, line, done, line.length - done, this.position.size + done);
      fsyncSync(this.file);
    } catch (error) {
      // A half-written line must not stay in front of a later whole one.
      ftruncateSync(this.file, this.position.size);
      throw error;
    }
    this.position = { ...this.position, size: this.position.size + line.length, checksum };
    this.entries.push(entry);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    closeSync(this.file);
    releaseLock(this.lock);
  }
}

/**
 * Opens or creates `journal` in a folder that one process at a time may use.
 * @throws MinaNetworkError `JOURNAL_DAMAGED`, `JOURNAL_VERSION`, `DATA_FOLDER_IN_USE`
 */
function openJournal(folder: string): Journal {
  mkdirSync(folder, { recursive: true });
  const lock = takeLock(folder);
  try {
    const path = join(folder, 'journal');
    const content = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    const position = readLines(content);
    const file = openSync(path, existsSync(path) ? 'r+' : 'w+');
    // What a crash cut short was never answered for: drop it.
    ftruncateSync(file, position.size);
    fsyncSync(file);
    return new FileJournal(file, lock, position);
  } catch (error) {
    releaseLock(lock);
    throw error;
  }
}

function readLines(content: Buffer): { size: number; checksum: string; entries: Entry[] } {
  const entries: Entry[] = [];
  let checksum = '';
  let start = 0;
  for (;;) {
    const end = content.indexOf('\n', start);
    if (end === -1) return { size: start, checksum, entries };
    const line = content.toString('utf8', start, end);
    const json = line.slice(CHECKSUM + 1);
    checksum = checksumOf(checksum, json);
    if (line.slice(0, CHECKSUM + 1) !== `${checksum} `)
      throw new MinaNetworkError(
        'JOURNAL_DAMAGED',
        `line ${entries.length + 1} of the journal (byte ${start}) does not fit its checksum; ` +
          'restore the folder from a copy or remove it to begin a new chain.'
      );
    entries.push(parseEntry(json, entries.length + 1));
    start = end + 1;
  }
}

function parseEntry(json: string, line: number): Entry {
  const result = v.safeParse(EntrySchema, JSON.parse(json));
  if (result.success) return result.output;
  throw new MinaNetworkError(
    'JOURNAL_VERSION',
    `line ${line} of the journal is whole but not of this version: ${result.issues[0].message}; ` +
      'use the version that wrote it, or remove the folder to begin a new chain.'
  );
}

const checksumOf = (before: string, json: string): string =>
  bytesToHex(sha256(new TextEncoder().encode(`${before} ${json}`))).slice(0, CHECKSUM);

/** Locks of this process, whose id alone can't tell a running network from one that crashed before. */
const held = new Set<string>();

function takeLock(folder: string): string {
  const lock = join(resolve(folder), 'lock');
  for (;;) {
    try {
      writeFileSync(lock, `${process.pid}\n`, { flag: 'wx' });
      held.add(lock);
      return lock;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = Number(readFileSync(lock, 'utf8'));
    if (owner === process.pid ? held.has(lock) : isAlive(owner))
      throw new MinaNetworkError(
        'DATA_FOLDER_IN_USE',
        `process ${owner} holds ${lock}; stop it, or use another folder.`
      );
    rmSync(lock, { force: true });
  }
}

function releaseLock(lock: string): void {
  held.delete(lock);
  rmSync(lock, { force: true });
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
