import { Bool, Field, Provable, Struct } from 'o1js';
import { BOUND } from '../formats/amount.ts';
import { halves } from '../formats/field.ts';
import { MAX_PHASES } from '../formats/job.ts';
import type { Execution as PlainExecution } from '../formats/execution.ts';
import { hashIn } from './domain.ts';
import { assertBelow } from './range.ts';

export { Digest, PhaseRecord, Execution };

/**
 * A SHA-256 digest in two 128-bit halves. The halves are not range-checked: such a digest is only
 * ever absorbed into a commitment that its signer opens outside the circuit, and a half that is too
 * large opens to no digest at all.
 */
class Digest extends Struct({ high: Field, low: Field }) {
  static fromBytes(bytes: Uint8Array): Digest {
    const [high, low] = halves(bytes);
    return new Digest({ high: Field(high), low: Field(low) });
  }

  toFields(): [Field, Field] {
    return [this.high, this.low];
  }
}

/** What one phase did; see `formats/execution.ts`. */
class PhaseRecord extends Struct({
  /** Phases fill the list from the front; the rest is padding. */
  isUsed: Bool,
  script: Digest,
  exitStatus: Field,
  milliseconds: Field,
  taskClock: Field,
}) {
  static padding(): PhaseRecord {
    const zero = Field(0);
    return new PhaseRecord({
      isUsed: Bool(false),
      script: new Digest({ high: zero, low: zero }),
      exitStatus: zero,
      milliseconds: zero,
      taskClock: zero,
    });
  }

  /** Bounds each part, so that the packed element has one reading. 18 rows. */
  pack(): Field {
    assertBelow(this.exitStatus, 16);
    assertBelow(this.milliseconds, 48);
    assertBelow(this.taskClock, BOUND.taskClock);
    return this.exitStatus
      .add(this.milliseconds.mul(1n << 16n))
      .add(this.taskClock.mul(1n << 64n))
      .seal();
  }
}

/** The phases of a job between source and output. */
class Execution extends Struct({
  source: Digest,
  phases: Provable.Array(PhaseRecord, MAX_PHASES),
  output: Digest,
}) {
  static from({ source, phases, output }: PlainExecution): Execution {
    return new Execution({
      source: Digest.fromBytes(source),
      phases: Array.from({ length: MAX_PHASES }, (_, i) => {
        const phase = phases[i];
        if (phase === undefined) return PhaseRecord.padding();
        return new PhaseRecord({
          isUsed: Bool(true),
          script: Digest.fromBytes(phase.script),
          exitStatus: Field(phase.exitStatus),
          milliseconds: Field(phase.milliseconds),
          taskClock: Field(phase.taskClock),
        });
      }),
      output: Digest.fromBytes(output),
    });
  }

  /**
   * The chain from source and input over the used phases to the output, and the sum of the used
   * phases' task clocks (below 4·2^56). A used phase after an unused one is refused, so a list of
   * phases has one form. About 330 rows.
   */
  fold(input: Digest): { chain: Field; taskClock: Field } {
    let chain = hashIn('executionStart', ...this.source.toFields(), ...input.toFields());
    let taskClock = Field(0);
    let before = Bool(true);
    for (const phase of this.phases) {
      phase.isUsed.and(before.not()).assertFalse('a phase follows an unused one');
      const link = hashIn('executionPhase', chain, ...phase.script.toFields(), phase.pack());
      chain = Provable.if(phase.isUsed, link, chain);
      taskClock = taskClock.add(phase.isUsed.toField().mul(phase.taskClock));
      before = phase.isUsed;
    }
    return {
      chain: hashIn('executionEnd', chain, ...this.output.toFields()),
      taskClock: taskClock.seal(),
    };
  }
}
