import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { sha256 } from '@noble/hashes/sha2.js';
import { fromHex, toHex } from '../../contracts/formats/bytes.ts';
import {
  REQUEST_BYTES,
  type SignedRequest,
  encodeRequest,
  parseRequest,
} from '../../contracts/formats/request.ts';
import { createFile, replaceFile } from './durable-file.ts';
import { RequesterError } from './error.ts';

export { type JobFile, type JobFileState, reserveSequence, writeJob, readJob, listJobs };

type JobFileState = 'reserved' | 'signed' | 'delivered' | 'refused';

/** What the requester knows of a job it asked for: `<tabs>/<tab>/<sequence>.json`. */
interface JobFile {
  readonly sequence: number;
  readonly state: JobFileState;
  /** Once signed. */
  readonly request?: SignedRequest;
  /** SHA-256 of the request block in hex, by which a provider's endpoint knows it. */
  readonly digest?: string;
  readonly transaction?: string;
}

const JobFileSchema = v.strictObject({
  version: v.literal(1),
  state: v.picklist(['reserved', 'signed', 'delivered', 'refused']),
  request: v.nullable(v.pipe(v.string(), v.length(2 * REQUEST_BYTES))),
  transaction: v.nullable(v.pipe(v.string(), v.maxLength(128))),
});
const MAX_BYTES = 4 * 1024;
const NAME = /^([1-9][0-9]{0,9})\.json$/;

const pathOf = (folder: string, tab: string, sequence: number): string =>
  join(folder, tab, `${sequence}.json`);

/**
 * Takes the next number of a tab, durably and before it is used. The file's creation is the
 * reservation: two processes at once get two numbers, and one that dies burns its own.
 *
 * @param top highest settled number, for a tab file that was used on another machine before
 */
function reserveSequence(folder: string, tab: string, top: number): number {
  const highest = Math.max(top, ...numbersIn(folder, tab));
  for (let sequence = highest + 1; ; sequence++) {
    try {
      createFile(pathOf(folder, tab, sequence), encode({ sequence, state: 'reserved' }));
      return sequence;
    } catch (error) {
      if (!(error instanceof RequesterError) || error.code !== 'EXISTS') throw error;
    }
  }
}

const writeJob = (folder: string, tab: string, job: JobFile): void =>
  replaceFile(pathOf(folder, tab, job.sequence), encode(job));

/** @returns `undefined` where no such job was asked for from here. @throws RequesterError `JOB_FILE` */
function readJob(folder: string, tab: string, sequence: number): JobFile | undefined {
  const path = pathOf(folder, tab, sequence);
  if (!existsSync(path)) return undefined;
  try {
    if (statSync(path).size > MAX_BYTES) throw new Error('too long');
    const json: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const { state, request, transaction } = v.parse(JobFileSchema, json);
    return {
      sequence,
      state,
      ...(request === null ? {} : readRequest(request, tab, sequence)),
      ...(transaction === null ? {} : { transaction }),
    };
  } catch (cause) {
    throw new RequesterError('JOB_FILE', `${path} is not the file of that job; remove it.`, {
      cause,
    });
  }
}

/** All jobs that were asked for from here, by number. */
const listJobs = (folder: string, tab: string): readonly JobFile[] =>
  numbersIn(folder, tab)
    .sort((a, b) => a - b)
    .map((sequence) => readJob(folder, tab, sequence)!);

const numbersIn = (folder: string, tab: string): number[] => {
  const jobs = join(folder, tab);
  if (!existsSync(jobs)) return [];
  return readdirSync(jobs).flatMap((name) => {
    const number = NAME.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
};

function readRequest(hex: string, tab: string, sequence: number) {
  const block = fromHex(hex, REQUEST_BYTES);
  const request = parseRequest(block);
  if (request.terms.tab !== tab || request.sequence !== sequence) throw new Error('of another job');
  return { request, digest: toHex(sha256(block)) };
}

const encode = ({ state, request, transaction }: JobFile): string =>
  `${JSON.stringify({
    version: 1,
    state,
    request: request === undefined ? null : toHex(encodeRequest(request)),
    transaction: transaction ?? null,
  } satisfies v.InferOutput<typeof JobFileSchema>)}\n`;
