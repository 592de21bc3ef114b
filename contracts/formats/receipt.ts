import { Reader, assertUint } from './bytes.ts';
import { FormatError } from './error.ts';
import { assertCanonical, halves } from './field.ts';
import { readMagic, writeMagic } from './magic.ts';
import { hashIn } from './poseidon.ts';

export {
  RECEIPT_BYTES,
  type Receipt,
  type Body,
  encodeReceipt,
  parseReceipt,
  bodyCommitment,
  receiptCommitment,
  extendLog,
  OPENING_LOG,
};

/** What a runner signs for a finished job. One raw block; its CID is how the job is known. */
interface Receipt {
  readonly sequence: number;
  /** See `requestCommitment`. Below 2^254, as `body`. */
  readonly request: bigint;
  /** Digest of the result directory's root block (dag-pb). */
  readonly result: Uint8Array;
  /** See {@link bodyCommitment}. */
  readonly body: bigint;
  readonly amount: bigint;
  /** Unix time in seconds. */
  readonly finishedAt: number;
}

/** What the receipt's body commits to. */
interface Body {
  readonly execution: bigint;
  readonly perf: bigint;
  readonly exitStatus: number;
  readonly amount: bigint;
  /** Random, so that a body which is shown in part keeps the rest to itself. */
  readonly blinding: bigint;
}

/**
 * 4 magic and version, 4 sequence, 32 request, 32 result, 32 body, 8 amount, 4 finish time. All in
 * whole 32-bit words, so that a circuit hashes and reads the same 29 words; with its padding the
 * block takes two SHA-256 compressions, which end at 119 bytes.
 */
const RECEIPT_BYTES = 116;

const encodeReceipt = (receipt: Receipt): Uint8Array =>
  writeMagic('receipt')
    .uint(receipt.sequence, 4, 'sequence')
    .uint(assertCanonical(receipt.request, 'request commitment'), 32, 'request')
    .bytes(receipt.result, 32, 'result')
    .uint(assertCanonical(receipt.body, 'body commitment'), 32, 'body')
    .uint(receipt.amount, 8, 'amount')
    .uint(assertTime(receipt.finishedAt), 4, 'finish time')
    .finish();

function parseReceipt(block: Uint8Array): Receipt {
  const reader: Reader = readMagic('receipt', block);
  const sequence = Number(reader.uint(4));
  const request = assertCanonical(reader.uint(32), 'request commitment');
  const result = reader.bytes(32);
  const body = assertCanonical(reader.uint(32), 'body commitment');
  const amount = reader.uint(8);
  const finishedAt = assertTime(Number(reader.uint(4)));
  reader.end();
  return { sequence, request, result, body, amount, finishedAt };
}

const bodyCommitment = (body: Body): bigint =>
  hashIn(
    'body',
    body.execution,
    body.perf,
    assertUint(body.exitStatus, 16, 'exit status'),
    assertUint(body.amount, 64, 'amount'),
    body.blinding
  );

/** What the runner signs: the whole receipt as Poseidon sees it. */
const receiptCommitment = (receipt: Receipt): bigint =>
  hashIn(
    'receipt',
    receipt.request,
    ...halves(receipt.result),
    receipt.body,
    assertUint(receipt.sequence, 32, 'sequence') +
      (assertUint(receipt.amount, 64, 'amount') << 32n) +
      (assertUint(receipt.finishedAt, 32, 'finish time') << 96n)
  );

/** The Poseidon chain over settled receipts, held by the tab's account. */
const extendLog = (log: bigint, receipt: bigint): bigint => hashIn('log', log, receipt);
const OPENING_LOG = 0n;

/** Ten decimal digits, as the log's commits have room for: from 2001 to 2106. */
function assertTime(seconds: number): number {
  assertUint(seconds, 32, 'finish time');
  if (seconds < 1_000_000_000)
    throw new FormatError('RANGE', `finish time ${seconds} is before September 2001`);
  return seconds;
}
