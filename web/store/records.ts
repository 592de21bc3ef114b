import { sha256 } from '@noble/hashes/sha2.js';
import * as v from 'valibot';
import { publicKeyOf } from '../../contracts/chain/sign.ts';
import { Reader, Writer, fromHex, toHex } from '../../contracts/formats/bytes.ts';
import { MAX_ENVELOPE_BYTES } from '../../contracts/formats/envelope.ts';
import { isKey } from '../../contracts/formats/key.ts';
import { REQUEST_BYTES, encodeRequest, parseRequest } from '../../contracts/formats/request.ts';
import { TERMS_BYTES, readTerms, writeTerms } from '../../contracts/formats/terms.ts';
import { RequesterError } from '../../requester/error.ts';
import type { JobRecord, TabKeys } from '../../requester/store.ts';
import { parseCommand } from '../wallet/command.ts';

export { TabRow, JobRow, encodeTab, parseTab, encodeJob, parseJob };

const hex = (bytes: number) =>
  v.pipe(v.string(), v.length(2 * bytes), v.regex(/^[0-9a-f]*$/, 'expected hex digits'));

/** A tab's keys as stored and exported: canonical bytes in hex. */
const TabRow = v.strictObject({
  version: v.literal(1),
  terms: hex(TERMS_BYTES),
  requestKey: v.pipe(v.string(), v.maxLength(64)),
  identity: v.pipe(v.string(), v.regex(/^AGE-SECRET-KEY-[0-9A-Z-]{1,4096}$/)),
});
type TabRow = v.InferOutput<typeof TabRow>;

const JobRow = v.strictObject({
  version: v.literal(1),
  tab: v.pipe(v.string(), v.check(isKey, 'expected an address')),
  sequence: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 32 - 1)),
  state: v.picklist(['reserved', 'signed', 'delivered', 'refused']),
  request: v.nullable(hex(REQUEST_BYTES)),
  envelope: v.nullable(
    v.pipe(v.string(), v.maxLength(2 * MAX_ENVELOPE_BYTES), v.regex(/^([0-9a-f]{2})*$/))
  ),
  /** JSON of the signed transaction that rings for it. */
  command: v.nullable(v.pipe(v.string(), v.maxLength(2 ** 20))),
  transaction: v.nullable(v.pipe(v.string(), v.maxLength(128))),
});
type JobRow = v.InferOutput<typeof JobRow>;

const encodeTab = ({ terms, requestKey, identity }: TabKeys): TabRow => ({
  version: 1,
  terms: toHex(writeTerms(new Writer(), terms).finish()),
  requestKey: requestKey.privateKey,
  identity,
});

/** @throws RequesterError `TAB_FILE`; what it holds is kept out of the sentence */
function parseTab(row: unknown, tab?: string): TabKeys {
  try {
    const { terms: bytes, requestKey, identity } = v.parse(TabRow, row);
    const terms = readTerms(new Reader(fromHex(bytes, TERMS_BYTES)));
    const publicKey = publicKeyOf(requestKey);
    if (terms.requestKey !== publicKey || (tab ?? terms.tab) !== terms.tab)
      throw new Error('of another tab or key');
    return { terms, requestKey: { publicKey, privateKey: requestKey }, identity };
  } catch (cause) {
    throw new RequesterError(
      'TAB_FILE',
      `The keys kept for ${tab ?? 'a tab'} are damaged; import them from your key file.`,
      { cause }
    );
  }
}

const encodeJob = (tab: string, job: JobRecord): JobRow => ({
  version: 1,
  tab,
  sequence: job.sequence,
  state: job.state,
  request: job.request === undefined ? null : toHex(encodeRequest(job.request)),
  envelope: job.envelope === undefined ? null : toHex(job.envelope),
  command: job.command === undefined ? null : JSON.stringify(job.command),
  transaction: job.transaction ?? null,
});

/** @throws RequesterError `JOB_FILE` */
function parseJob(row: unknown, tab: string, sequence: number): JobRecord {
  try {
    const { state, request, envelope, command, transaction, ...of } = v.parse(JobRow, row);
    if (of.tab !== tab || of.sequence !== sequence) throw new Error('of another job');
    return {
      sequence,
      state,
      ...(request === null ? {} : readRequest(request, tab, sequence)),
      ...(envelope === null ? {} : { envelope: fromHex(envelope, envelope.length / 2) }),
      ...(command === null ? {} : { command: parseCommand(command) }),
      ...(transaction === null ? {} : { transaction }),
    };
  } catch (cause) {
    throw new RequesterError(
      'JOB_FILE',
      `What is kept of job ${sequence} of ${tab} is damaged; import your key file.`,
      { cause }
    );
  }
}

function readRequest(bytes: string, tab: string, sequence: number) {
  const block = fromHex(bytes, REQUEST_BYTES);
  const request = parseRequest(block);
  if (request.terms.tab !== tab || request.sequence !== sequence) throw new Error('of another job');
  return { request, digest: toHex(sha256(block)) };
}
