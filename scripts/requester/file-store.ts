import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { equalBytes } from '../../contracts/formats/bytes.ts';
import { MAX_ENVELOPE_BYTES } from '../../contracts/formats/envelope.ts';
import { isKey, parseKey } from '../../contracts/formats/key.ts';
import { RequesterError } from '../../requester/error.ts';
import { encodeJobRecord, parseJobRecord } from '../../requester/job-record.ts';
import type { JobRecord, TabKeys, TabStore } from '../../requester/store.ts';
import { encodeTabKeys, parseTabKeys } from '../../requester/tab-keys.ts';
import { createFile, replaceFile } from './durable-file.ts';

export { fileStore };

const MAX_TAB_BYTES = 16 * 1024;
/** A job with the transaction that rings for it, which may open the tab as well. */
const MAX_JOB_BYTES = 256 * 1024;
const JOB_NAME = /^([1-9][0-9]{0,9})\.json$/;

/**
 * Keys and jobs in files that only their owner reads: `<folder>/<tab>.json` and beside it, job by job,
 * `<folder>/<tab>/<sequence>.json` with `<sequence>.envelope` until it is delivered.
 */
const fileStore = (folder: string): TabStore => ({
  createTab: async (keys) =>
    createFile(
      tabPath(folder, keys.terms.tab),
      `${JSON.stringify(encodeTabKeys(keys), null, 2)}\n`
    ),
  readTab: async (tab) => readTab(folder, tab),
  dropTab: async (tab) => {
    rmSync(tabPath(folder, tab));
    rmSync(join(folder, tab), { recursive: true, force: true });
  },
  listTabs: async () => listTabs(folder),
  reserveSequence: async (tab, top) => reserveSequence(folder, tab, top),
  writeJob: async (tab, job) => writeJob(folder, tab, job),
  readJob: async (tab, sequence) => readJob(folder, tab, sequence),
  listJobs: async (tab) =>
    numbersIn(folder, tab)
      .sort((a, b) => a - b)
      .map((sequence) => readJob(folder, tab, sequence)!),
});

const tabPath = (folder: string, tab: string): string => join(folder, `${tab}.json`);
const jobPath = (folder: string, tab: string, sequence: number): string =>
  join(folder, tab, `${sequence}.json`);
const envelopePath = (folder: string, tab: string, sequence: number): string =>
  join(folder, tab, `${sequence}.envelope`);

function readTab(folder: string, tab: string): TabKeys {
  parseKey(tab);
  const path = tabPath(folder, tab);
  if (!existsSync(path))
    throw new RequesterError(
      'TAB_FILE',
      `${path} does not exist; only who opened the tab can use it, so copy the file here.`
    );
  const { mode, size } = statSync(path);
  if ((mode & 0o077) !== 0)
    throw new RequesterError('TAB_FILE', `${path} can be read by others; run chmod 600 on it.`);
  try {
    if (size > MAX_TAB_BYTES) throw new Error(`it has ${size} bytes`);
    return parseTabKeys(JSON.parse(readFileSync(path, 'utf8')), tab);
  } catch (cause) {
    // The cause may quote the file, which holds keys: it is kept out of the sentence.
    throw new RequesterError('TAB_FILE', `${path} is not the file of that tab; restore it.`, {
      cause,
    });
  }
}

const listTabs = (folder: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.json'))
        .map((name) => name.slice(0, -'.json'.length))
        .filter(isKey)
        .sort()
    : [];

/**
 * The file's creation is the reservation: two processes at once get two numbers, and one that dies
 * burns its own.
 */
function reserveSequence(folder: string, tab: string, top: number): number {
  const highest = Math.max(top, ...numbersIn(folder, tab));
  for (let sequence = highest + 1; ; sequence++) {
    try {
      createFile(jobPath(folder, tab, sequence), encode({ sequence, state: 'reserved' }));
      return sequence;
    } catch (error) {
      if (!(error instanceof RequesterError) || error.code !== 'EXISTS') throw error;
    }
  }
}

/** An envelope is on disk before the record that needs it, and goes after it is needed no more. */
function writeJob(folder: string, tab: string, job: JobRecord): void {
  const path = envelopePath(folder, tab, job.sequence);
  if (job.envelope !== undefined && !existsSync(path)) replaceFile(path, job.envelope);
  replaceFile(jobPath(folder, tab, job.sequence), encode(job));
  if (job.envelope === undefined) rmSync(path, { force: true });
}

function readJob(folder: string, tab: string, sequence: number): JobRecord | undefined {
  const path = jobPath(folder, tab, sequence);
  if (!existsSync(path)) return undefined;
  try {
    if (statSync(path).size > MAX_JOB_BYTES) throw new Error('too long');
    const job = parseJobRecord(JSON.parse(readFileSync(path, 'utf8')), tab, sequence);
    const envelope = readEnvelope(folder, tab, job);
    return envelope === undefined ? job : { ...job, envelope };
  } catch (cause) {
    throw new RequesterError('JOB_FILE', `${path} is not the file of that job; remove it.`, {
      cause,
    });
  }
}

/** `undefined` where it is gone, or is another one: then it can't be delivered any more. */
function readEnvelope(folder: string, tab: string, job: JobRecord): Uint8Array | undefined {
  const path = envelopePath(folder, tab, job.sequence);
  if (job.request === undefined || !existsSync(path)) return undefined;
  if (statSync(path).size > MAX_ENVELOPE_BYTES) return undefined;
  const envelope = new Uint8Array(readFileSync(path));
  return equalBytes(sha256(envelope), job.request.envelope) ? envelope : undefined;
}

const numbersIn = (folder: string, tab: string): number[] => {
  const jobs = join(folder, tab);
  if (!existsSync(jobs)) return [];
  return readdirSync(jobs).flatMap((name) => {
    const number = JOB_NAME.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
};

const encode = (job: JobRecord): string => `${JSON.stringify(encodeJobRecord(job))}\n`;
