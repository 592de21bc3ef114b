import { randomBytes } from 'node:crypto';
import { Field, Provable } from 'o1js';
import {
  recordWitnesses,
  withFaultyWitness,
  type Mutation,
  type WitnessRecord,
} from '../../contracts/provable/witness.ts';
import { runAndCheckGates } from './gates.ts';

export { acceptedFaults, accepts, MUTATIONS };

/** What a cheating prover may try on any value. */
const MUTATIONS: Record<string, (x: bigint) => bigint> = {
  '+1': (x) => x + 1n,
  '-1': (x) => x - 1n,
  'bit 7 flipped': (x) => x ^ 128n,
  '+2^32': (x) => x + (1n << 32n),
  zero: () => 0n,
  random: () => BigInt(`0x${randomBytes(31).toString('hex')}`),
  'p-1': () => Field.ORDER - 1n,
};

interface AcceptedFaults {
  /** Faults that change what the circuit outputs: each of them is a forgery. */
  readonly forged: string[];
  /** Labels of which some fault is accepted but changes nothing. */
  readonly harmless: string[];
}

/**
 * Replaces every witness of `circuit` by a faulty one, in turn, and tells which of them it accepts.
 * `circuit` runs on fixed inputs and returns what it outputs. Of a label that occurs often, a
 * middle, the first and the last one are tried, of a vector its first and last element.
 */
async function acceptedFaults(
  circuit: () => Field[],
  { mutations = MUTATIONS, occurrences = 3 } = {}
): Promise<AcceptedFaults> {
  let honest: bigint[] = [];
  const records = await recordWitnesses(() => runAndCheckGates(() => readInto(circuit())));
  const expected = honest.join();
  function readInto(outputs: Field[]): void {
    Provable.asProver(() => (honest = outputs.map((x) => x.toBigInt())));
  }

  const forged: string[] = [];
  const harmless = new Set<string>();
  for (const { label, occurrence, index } of records.flatMap((r) => targets(r, occurrences))) {
    for (const [name, change] of Object.entries(mutations)) {
      const changed = { from: 0n, to: 0n };
      const mutate: Mutation = (fields) => {
        Object.assign(changed, {
          from: fields[index],
          to: Field(change(fields[index]!)).toBigInt(),
        });
        return fields.with(index, changed.to);
      };
      const isAccepted = await accepts(() => readInto(circuit()), label, mutate, occurrence);
      if (!isAccepted || changed.from === changed.to) continue;
      if (honest.join() === expected) harmless.add(label);
      else forged.push(`${label}[${occurrence}] ${name}`);
    }
  }
  return { forged, harmless: [...harmless] };
}

/** Whether `circuit` holds although the prover replaced a witness. Errors of other kinds are thrown. */
async function accepts(
  circuit: () => void,
  label: string,
  mutate: Mutation,
  occurrence = 0
): Promise<boolean> {
  try {
    await withFaultyWitness(label, mutate, () => runAndCheckGates(circuit), { occurrence });
    return true;
  } catch (error) {
    if (error instanceof Error && error.message.includes('Constraint unsatisfied')) return false;
    throw error;
  }
}

function targets(
  { label, occurrences, size }: WitnessRecord,
  limit: number
): { label: string; occurrence: number; index: number }[] {
  const last = occurrences - 1;
  const picked = new Set([Math.ceil(last / 2), 0, last].slice(0, limit));
  const indexes = new Set([0, size - 1]);
  return [...picked].flatMap((occurrence) =>
    [...indexes].map((index) => ({ label, occurrence, index }))
  );
}
