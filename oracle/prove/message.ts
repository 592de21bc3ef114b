export {
  type ToChild,
  type FromChild,
  type Progress,
  ToChildSchema,
  FromChildSchema,
  parseMessage,
};

import * as v from 'valibot';
import { OracleError } from '../error.ts';
import { JobSchema, PartialSchema, ResultSchema } from './job.ts';

/** What travels between a process and its prover, over Node's IPC with structured clones. */

const id = v.pipe(v.number(), v.integer(), v.minValue(1));
const text = v.pipe(v.string(), v.maxLength(10_000));

const ProgressSchema = v.strictObject({
  /** What is being done, such as `compiling JobLog`. */
  what: text,
  done: v.pipe(v.number(), v.minValue(0)),
  of: v.pipe(v.number(), v.minValue(0)),
  /** Worth keeping: a later job may resume from it. */
  partial: v.optional(PartialSchema),
});

const ToChildSchema = v.strictObject({ type: v.literal('prove'), id, job: JobSchema });
const FromChildSchema = v.variant('type', [
  v.strictObject({ type: v.literal('progress'), id, progress: ProgressSchema }),
  v.strictObject({ type: v.literal('done'), id, result: ResultSchema }),
  v.strictObject({ type: v.literal('failed'), id, reason: text }),
]);

type ToChild = v.InferOutput<typeof ToChildSchema>;
type FromChild = v.InferOutput<typeof FromChildSchema>;
type Progress = v.InferOutput<typeof ProgressSchema>;

/** @throws {OracleError} `PROVER_PROTOCOL` */
function parseMessage<const S extends v.GenericSchema>(
  schema: S,
  message: unknown
): v.InferOutput<S> {
  const result = v.safeParse(schema, message, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new OracleError(
    'PROVER_PROTOCOL',
    `${v.getDotPath(issue) ?? 'the message'}: ${issue.message}`
  );
}
