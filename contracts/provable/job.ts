import { Field, Provable, PublicKey, Signature, Struct, UInt32, UInt64 } from 'o1js';
import { amountOf } from './amount.ts';
import { Digest, Execution } from './execution.ts';
import { hashIn } from './domain.ts';
import { commitId } from './log-commit.ts';
import { TaskClock } from './perf.ts';
import { assertBelow } from './range.ts';
import { Receipt, Word256 } from './receipt.ts';
import { Terms } from './terms.ts';
import { admit } from './window.ts';

export { Job, Cursor, foldJob };

/** One entry of a log with all that shows what it is worth. */
class Job extends Struct({
  sequence: UInt32,
  envelope: Digest,
  maximum: UInt64,
  validUntil: UInt32,
  requestSignature: Signature,
  execution: Execution,
  taskClock: TaskClock,
  exitStatus: Field,
  blinding: Field,
  result: Word256,
  finishedAt: UInt32,
  runnerSignature: Signature,
  tree: Provable.Array(Field, 5),
}) {}

/** Where a fold over a log stands. */
class Cursor extends Struct({ head: Field, log: Field, window: Field, total: UInt64 }) {}

/**
 * One step of the log: what has to hold for `job` to follow on `cursor` under `terms`, in the order
 * of the specification. Needs `terms.assertBounds()` once before.
 *
 * @param commitment of the terms, computed once for all jobs of a proof
 * @returns the cursor behind the job; its total fails to be made if it exceeds 64 bits
 */
function foldJob(
  terms: Terms,
  commitment: Field,
  runner: PublicKey,
  cursor: Cursor,
  job: Job
): Cursor {
  const request = requestCommitment(commitment, job);
  job.requestSignature
    .verify(terms.requestKey, [request])
    .assertTrue('the request is not signed by the tab’s request key');
  job.maximum.assertLessThanOrEqual(terms.cap, 'the request exceeds the cap per job');

  const { chain, taskClock } = job.execution.fold(job.envelope);
  taskClock.assertEquals(job.taskClock.nanoseconds, 'the phases do not add up to the counter');
  const amount = amountOf(terms, job.taskClock.nanoseconds, job.exitStatus, job.maximum);
  const body = bodyCommitment(chain, job.taskClock.root(), job, amount);

  const receipt = new Receipt({
    sequence: job.sequence,
    request,
    result: job.result,
    body,
    amount,
    finishedAt: job.finishedAt,
  });
  const receiptCommitment = receipt.commitment();
  job.runnerSignature
    .verify(runner, [receiptCommitment])
    .assertTrue('the receipt is not signed by the runner');

  return new Cursor({
    head: commitId(cursor.head, job.tree, job.finishedAt, receipt.digest()),
    log: hashIn('log', cursor.log, receiptCommitment),
    window: admit(cursor.window, job.sequence),
    total: cursor.total.add(amount),
  });
}

/** Equal to `requestCommitment` in `formats/request.ts`; the parts are 32, 64 and 32 bits by type. */
function requestCommitment(terms: Field, job: Job): Field {
  const packed = job.sequence.value
    .add(job.maximum.value.mul(1n << 32n))
    .add(job.validUntil.value.mul(1n << 96n))
    .seal();
  return hashIn('request', terms, ...job.envelope.toFields(), packed);
}

/** Equal to `bodyCommitment` in `formats/receipt.ts`. */
function bodyCommitment(execution: Field, perf: Field, job: Job, amount: UInt64): Field {
  assertBelow(job.exitStatus, 16);
  return hashIn('body', execution, perf, job.exitStatus, amount.value, job.blinding);
}
