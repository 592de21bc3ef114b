import { assertUint } from './bytes.ts';
import { BOUND } from './amount.ts';
import { FormatError } from './error.ts';
import { halves } from './field.ts';
import { MAX_PHASES } from './job.ts';
import { hashIn } from './poseidon.ts';

export { type PhaseRecord, type Execution, executionChain };

/** What one phase did. */
interface PhaseRecord {
  readonly name: string;
  /** SHA-256 of the script's bytes. */
  readonly script: Uint8Array;
  /** See `EXIT`. */
  readonly exitStatus: number;
  readonly milliseconds: bigint;
  /** CPU time in nanoseconds. */
  readonly taskClock: bigint;
}

interface Execution {
  /** SHA-256 of the source as `git archive` writes it. */
  readonly source: Uint8Array;
  /** SHA-256 of the sealed envelope: the request's `envelope`. */
  readonly input: Uint8Array;
  readonly phases: readonly PhaseRecord[];
  /** Digest of the root of the published outputs. */
  readonly output: Uint8Array;
}

/**
 * Folds an execution into one field element: start(source, input), one link a phase (script digest,
 * `exitStatus + milliseconds·2^16 + taskClock·2^64`), end(output).
 */
function executionChain({ source, input, phases, output }: Execution): bigint {
  if (phases.length > MAX_PHASES)
    throw new FormatError('RANGE', `${phases.length} phases, at most ${MAX_PHASES} allowed`);
  const start = hashIn('executionStart', ...halves(source), ...halves(input));
  const chain = phases.reduce(
    (link, phase) => hashIn('executionPhase', link, ...halves(phase.script), packPhase(phase)),
    start
  );
  return hashIn('executionEnd', chain, ...halves(output));
}

const packPhase = ({ exitStatus, milliseconds, taskClock }: PhaseRecord): bigint =>
  assertUint(exitStatus, 16, 'exit status') +
  (assertUint(milliseconds, 48, 'duration') << 16n) +
  (assertUint(taskClock, BOUND.taskClock, 'task clock') << 64n);
