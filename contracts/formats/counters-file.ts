import * as v from 'valibot';
import { MAX_PHASES } from './job.ts';
import { check, decimal, parseJson } from './json.ts';
import { type Counter, PROFILE_INDEX } from './perf.ts';

export { MAX_COUNTERS_BYTES, type CountersFile, encodeCountersFile, parseCountersFile };

const MAX_COUNTERS_BYTES = 64 * 1024;

/** `perf/counters.json` of a result: what the whole job counted, and each phase. */
interface CountersFile {
  readonly counters: readonly Counter[];
  readonly phases: readonly { readonly name: string; readonly counters: readonly Counter[] }[];
}

const name = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,30}$/, 'expected a short name'));
const Counters = v.pipe(
  v.array(v.strictObject({ name, unit: name, value: v.nullable(decimal((1n << 64n) - 1n)) })),
  v.maxLength(PROFILE_INDEX)
);
const CountersFileSchema = v.strictObject({
  version: v.literal(1),
  counters: Counters,
  phases: v.pipe(v.array(v.strictObject({ name, counters: Counters })), v.maxLength(MAX_PHASES)),
});

type CounterJson = v.InferOutput<typeof Counters>[number];

const toJson = ({ name: of, unit, value }: Counter): CounterJson => ({
  name: of,
  unit,
  value: value?.toString() ?? null,
});
const fromJson = ({ value, ...rest }: CounterJson): Counter => ({
  ...rest,
  value: value === null ? undefined : BigInt(value),
});

/** For canonical JSON. */
const encodeCountersFile = ({ counters, phases }: CountersFile): object =>
  ({
    version: 1,
    counters: counters.map(toJson),
    phases: phases.map((phase) => ({ name: phase.name, counters: phase.counters.map(toJson) })),
  }) satisfies v.InferOutput<typeof CountersFileSchema>;

/** @throws FormatError */
function parseCountersFile(bytes: Uint8Array): CountersFile {
  const file = check(CountersFileSchema, parseJson(bytes, MAX_COUNTERS_BYTES), 'counters');
  return {
    counters: file.counters.map(fromJson),
    phases: file.phases.map((phase) => ({
      name: phase.name,
      counters: phase.counters.map(fromJson),
    })),
  };
}
