import * as v from 'valibot';
import { fromHex, toHex } from '../../contracts/formats/bytes.ts';
import type { PhaseRecord } from '../../contracts/formats/execution.ts';
import type { Counter } from '../../contracts/formats/perf.ts';
import { JournalError } from './error.ts';

export { type Outcome, outcomeText, parseOutcome };

/** All of a run that its receipt rests on, fixed before anything of it is published. */
interface Outcome {
  readonly exitStatus: number;
  /** SHA-256 of the source as `git archive` writes it; zeros where it was never had. */
  readonly source: Uint8Array;
  readonly phases: readonly PhaseRecord[];
  readonly counters: readonly Counter[];
  /** SHA-256 of the profile as published. */
  readonly profile: Uint8Array;
  /** Below 2^254. */
  readonly blinding: bigint;
  readonly amount: bigint;
  /** Unix seconds. */
  readonly finishedAt: number;
}

const digest = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{64}$/),
  v.transform((text) => fromHex(text, 32))
);
const number = v.pipe(
  v.string(),
  v.regex(/^[0-9]{1,80}$/),
  v.transform((text) => BigInt(text))
);

const OutcomeSchema = v.strictObject({
  exitStatus: v.number(),
  source: digest,
  phases: v.array(
    v.strictObject({
      name: v.string(),
      script: digest,
      exitStatus: v.number(),
      milliseconds: number,
      taskClock: number,
    })
  ),
  counters: v.array(
    v.strictObject({
      name: v.string(),
      unit: v.string(),
      value: v.pipe(
        v.nullable(number),
        v.transform((value) => value ?? undefined)
      ),
    })
  ),
  profile: digest,
  blinding: number,
  amount: number,
  finishedAt: v.number(),
});

/** Written field by field: a driver knows more of a phase than its record, and its bytes may be Buffers. */
const outcomeText = (outcome: Outcome): string =>
  JSON.stringify({
    exitStatus: outcome.exitStatus,
    source: toHex(outcome.source),
    phases: outcome.phases.map(({ name, script, exitStatus, milliseconds, taskClock }) => ({
      name,
      script: toHex(script),
      exitStatus,
      milliseconds: String(milliseconds),
      taskClock: String(taskClock),
    })),
    counters: outcome.counters.map(({ name, unit, value }) => ({
      name,
      unit,
      value: value === undefined ? null : String(value),
    })),
    profile: toHex(outcome.profile),
    blinding: String(outcome.blinding),
    amount: String(outcome.amount),
    finishedAt: outcome.finishedAt,
  });

function parseOutcome(text: string): Outcome {
  try {
    return v.parse(OutcomeSchema, JSON.parse(text));
  } catch (cause) {
    throw new JournalError('CORRUPT', 'an outcome in the journal cannot be read', { cause });
  }
}
