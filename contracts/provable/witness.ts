import { Field, Provable, ProvableType } from 'o1js';

export { witness, withFaultyWitness, recordWitnesses, type Mutation, type WitnessRecord };

/**
 * Introduces the prover's own input into a circuit; the only place where this project does so.
 * Nothing but what `type.check()` asserts is known about the result: the prover chooses it freely.
 *
 * @param label names the value in tests, as `gadget.value`; it may occur many times in a circuit
 * @param compute the honest value; runs when proving only
 */
function witness<T>(label: string, type: ProvableType<T>, compute: () => T): T {
  const replace = door?.(label, type);
  if (replace === undefined) return Provable.witness<ProvableType<T>, T>(type, compute);
  return Provable.witness<ProvableType<T>, T>(type, () => replace(compute()) as T);
}

/** Maps the field elements of an honest witness to those of a cheating prover. */
type Mutation = (fields: bigint[]) => bigint[];

/** One label of a circuit, how often it occurs, and of how many field elements. */
interface WitnessRecord {
  readonly label: string;
  readonly occurrences: number;
  readonly size: number;
}

type Door = (label: string, type: ProvableType) => ((honest: unknown) => unknown) | undefined;

/** Closed (undefined) but in tests: it opens for the length of one `run`. */
let door: Door | undefined;

/**
 * For tests: runs `run` as a prover would who replaces the `occurrence`-th (from 0) witness called
 * `label`. It throws if no such witness was asked for, since then nothing was tested. One at a time,
 * as circuits run one at a time.
 */
async function withFaultyWitness<R>(
  label: string,
  mutate: Mutation,
  run: () => R | Promise<R>,
  { occurrence = 0 }: { occurrence?: number } = {}
): Promise<R> {
  let seen = 0;
  const isTarget = (name: string): boolean => name === label && seen++ === occurrence;
  const faulty: Door = (name, type) =>
    isTarget(name) ? (honest) => mutateValue(type, honest, mutate) : undefined;
  const result = await withDoor(faulty, run);
  if (seen <= occurrence)
    throw Error(`the circuit has ${seen} witnesses called ${label}, so none was replaced`);
  return result;
}

/** For tests: the labels of all witnesses that `run` introduces, in order of their first one. */
async function recordWitnesses(run: () => unknown): Promise<WitnessRecord[]> {
  const records = new Map<string, WitnessRecord>();
  await withDoor((label, type) => {
    const size = ProvableType.get(type).sizeInFields();
    const occurrences = (records.get(label)?.occurrences ?? 0) + 1;
    records.set(label, { label, occurrences, size });
    return undefined;
  }, run);
  return [...records.values()];
}

async function withDoor<R>(opened: Door, run: () => R | Promise<R>): Promise<R> {
  if (door !== undefined) throw Error('another test replaces or records witnesses right now');
  door = opened;
  try {
    return await run();
  } finally {
    door = undefined;
  }
}

function mutateValue(type: ProvableType, honest: unknown, mutate: Mutation): unknown {
  const codec = ProvableType.get(type);
  const fields = codec.toFields(honest).map((field) => field.toBigInt());
  return codec.fromFields(mutate(fields).map(Field), codec.toAuxiliary(honest));
}
