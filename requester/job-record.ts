import { sha256 } from '@noble/hashes/sha2.js';
import * as v from 'valibot';
import type { Command } from '../contracts/chain/command.ts';
import { fromHex, toHex } from '../contracts/formats/bytes.ts';
import { REQUEST_BYTES, encodeRequest, parseRequest } from '../contracts/formats/request.ts';
import type { JobRecord, JobRecordState } from './store.ts';

export { type JobRecordJson, CommandSchema, encodeJobRecord, parseJobRecord, ended };

/** Our own writing, sent again as it is: the node judges the rest. */
const CommandSchema = v.pipe(
  v.looseObject({
    feePayer: v.looseObject({ authorization: v.string() }),
    accountUpdates: v.array(v.looseObject({})),
    memo: v.string(),
  }),
  v.transform((command) => command as unknown as Command)
);
const JobRecordSchema = v.strictObject({
  version: v.literal(1),
  state: v.picklist(['reserved', 'signed', 'delivered', 'refused']),
  request: v.nullable(v.pipe(v.string(), v.length(2 * REQUEST_BYTES))),
  transaction: v.nullable(v.pipe(v.string(), v.maxLength(128))),
  command: v.optional(CommandSchema),
});
type JobRecordJson = v.InferOutput<typeof JobRecordSchema>;

/** All but the envelope, which is bytes and has its own hash in the request. */
const encodeJobRecord = ({ state, request, transaction, command }: JobRecord): JobRecordJson => ({
  version: 1,
  state,
  request: request === undefined ? null : toHex(encodeRequest(request)),
  transaction: transaction ?? null,
  ...(command === undefined ? {} : { command }),
});

/** @throws for whatever is not the record of that job */
function parseJobRecord(json: unknown, tab: string, sequence: number): JobRecord {
  const { state, request, transaction, command } = v.parse(JobRecordSchema, json);
  return {
    sequence,
    state,
    ...(request === null ? {} : readRequest(request, tab, sequence)),
    ...(transaction === null ? {} : { transaction }),
    ...(command === undefined ? {} : { command }),
  };
}

function readRequest(hex: string, tab: string, sequence: number) {
  const block = fromHex(hex, REQUEST_BYTES);
  const request = parseRequest(block);
  if (request.terms.tab !== tab || request.sequence !== sequence) throw new Error('of another job');
  return { request, digest: toHex(sha256(block)) };
}

/** The record once nothing is left to deliver: without what was kept for that. */
const ended = (
  { sequence, request, digest, transaction }: JobRecord,
  state: Exclude<JobRecordState, 'signed'>,
  rung = transaction
): JobRecord => ({
  sequence,
  state,
  ...(request === undefined ? {} : { request }),
  ...(digest === undefined ? {} : { digest }),
  ...(rung === undefined ? {} : { transaction: rung }),
});
