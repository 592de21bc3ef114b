import { randomBytes } from 'node:crypto';
import type { CID } from 'multiformats/cid';
import { fromHex } from '../../contracts/formats/bytes.ts';
import { type Execution, executionChain } from '../../contracts/formats/execution.ts';
import type { Note } from '../../contracts/formats/note.ts';
import { perfRoot } from '../../contracts/formats/perf.ts';
import {
  type Receipt,
  bodyCommitment,
  parseReceipt,
  receiptCommitment,
} from '../../contracts/formats/receipt.ts';
import { type SignedRequest, requestCommitment } from '../../contracts/formats/request.ts';
import type { Outcome } from '../journal/outcome.ts';
import type { RunnerKey } from './runner-key.ts';

export { randomBlinding, executionOf, receiptOf, noteOf };

/** Uniform below 2^253: well inside the field. */
const randomBlinding = (): bigint => BigInt(`0x${randomBytes(32).toString('hex')}`) >> 3n;

const executionOf = (outcome: Outcome, request: SignedRequest, output: Uint8Array): Execution => ({
  source: outcome.source,
  input: request.envelope,
  phases: outcome.phases,
  output,
});

/**
 * The receipt of an outcome whose files are published. The same again each time it is asked for.
 *
 * @param output digest of the outputs' root
 * @param result digest of the result directory's root
 */
function receiptOf(
  outcome: Outcome,
  request: SignedRequest,
  output: Uint8Array,
  result: Uint8Array
): Receipt {
  const body = bodyCommitment({
    execution: executionChain(executionOf(outcome, request, output)),
    perf: perfRoot(outcome.counters, outcome.profile),
    exitStatus: outcome.exitStatus,
    amount: outcome.amount,
    blinding: outcome.blinding,
  });
  return {
    sequence: request.sequence,
    request: requestCommitment(request),
    result,
    body,
    amount: outcome.amount,
    finishedAt: outcome.finishedAt,
  };
}

/** The note that carries a receipt, signed with the runner's key. */
function noteOf(
  {
    outcome,
    request,
    receipt: block,
    output,
    source,
    credentials = [],
  }: {
    outcome: Outcome;
    request: SignedRequest;
    receipt: Uint8Array;
    output: string;
    /** Commit of the source. */
    source: string;
    /** See {@link Note}. */
    credentials?: readonly string[];
  },
  key: RunnerKey,
  previous: CID | null
): Note {
  const receipt = parseReceipt(block);
  return {
    receipt,
    request,
    ...(credentials.length === 0 ? {} : { credentials }),
    runner: key.publicKey,
    signature: key.sign(receiptCommitment(receipt)),
    source,
    execution: executionOf(outcome, request, fromHex(output, 32)),
    exitStatus: outcome.exitStatus,
    counters: outcome.counters,
    profile: outcome.profile,
    blinding: outcome.blinding,
    previous,
  };
}
