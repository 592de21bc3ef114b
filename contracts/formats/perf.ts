import { assertUint } from './bytes.ts';
import { FormatError } from './error.ts';
import { fromText, halves } from './field.ts';
import { hashIn } from './poseidon.ts';

export {
  PERF_DEPTH,
  TASK_CLOCK,
  TASK_CLOCK_UNIT,
  PROFILE_INDEX,
  type Counter,
  counterLeaf,
  perfLevels,
  perfRoot,
  perfPath,
};

/** One measured quantity. What a machine cannot count is unsupported, never zero. */
interface Counter {
  readonly name: string;
  readonly unit: string;
  /** `undefined`: this machine does not support it. */
  readonly value: bigint | undefined;
}

/** Levels of the counter tree: 31 counters and the profile. */
const PERF_DEPTH = 5;
const LEAVES = 2 ** PERF_DEPTH;

/** The counter that is paid by stands first, so that a tree has one place for it. */
const TASK_CLOCK = 'task-clock';
const TASK_CLOCK_UNIT = 'ns';

/** The profile's digest stands last. */
const PROFILE_INDEX = LEAVES - 1;
const EMPTY_LEAF = 0n;

/** Poseidon over name, unit, value and whether the machine supported it. */
const counterLeaf = ({ name, unit, value }: Counter): bigint =>
  hashIn(
    'counter',
    fromText(name),
    fromText(unit),
    assertUint(value ?? 0n, 64, name),
    BigInt(value !== undefined)
  );

/** All levels of the tree, leaves first. */
function perfLevels(
  counters: readonly Counter[],
  profile: Uint8Array
): readonly (readonly bigint[])[] {
  if (counters[0]?.name !== TASK_CLOCK || counters[0].unit !== TASK_CLOCK_UNIT)
    throw new FormatError(
      'SHAPE',
      `the first counter has to be ${TASK_CLOCK} in ${TASK_CLOCK_UNIT}`
    );
  if (counters.length > PROFILE_INDEX)
    throw new FormatError('RANGE', `${counters.length} counters, at most ${PROFILE_INDEX} allowed`);
  if (new Set(counters.map(({ name }) => name)).size !== counters.length)
    throw new FormatError('SHAPE', 'two counters have the same name');
  const leaves = Array.from({ length: LEAVES }, (_, i) =>
    counters[i] === undefined ? EMPTY_LEAF : counterLeaf(counters[i])
  );
  leaves[PROFILE_INDEX] = hashIn('profile', ...halves(profile));
  const levels = [leaves];
  for (let level = leaves; level.length > 1; levels.push(level))
    level = Array.from({ length: level.length / 2 }, (_, i) =>
      hashIn('perfNode', level[2 * i]!, level[2 * i + 1]!)
    );
  return levels;
}

const perfRoot = (counters: readonly Counter[], profile: Uint8Array): bigint =>
  perfLevels(counters, profile)[PERF_DEPTH]![0]!;

/** Siblings from leaf `index` up to the root. */
function perfPath(
  counters: readonly Counter[],
  profile: Uint8Array,
  index: number
): readonly bigint[] {
  assertUint(index, PERF_DEPTH, 'leaf index');
  return perfLevels(counters, profile)
    .slice(0, PERF_DEPTH)
    .map((level, height) => level[(index >> height) ^ 1]!);
}
