export { EVENTS, type EventName, type Counter, sumCounters };

import { TASK_CLOCK, type Counter } from '../../contracts/formats/perf.ts';

/**
 * What is counted, in this order, and in which unit it is published. Asked for by name, because
 * `perf stat`'s own choice differs between machines.
 *
 * Each costs every process that the job starts some two microseconds, for the kernel copies all of
 * them at a fork and adds them up at an exit: so none that says what another says already. And none
 * that happens in the kernel alone, as `context-switches` do: perf counts zero for an ordinary user.
 */
const EVENTS = {
  [TASK_CLOCK]: 'ns',
  'page-faults': 'count',
  cycles: 'count',
  instructions: 'count',
  branches: 'count',
  'branch-misses': 'count',
  'cache-references': 'count',
  'cache-misses': 'count',
} as const;
type EventName = keyof typeof EVENTS;

/** One counter over several phases; supported where every phase could count it. */
function sumCounters(phases: readonly (readonly Counter[])[]): Counter[] {
  return Object.entries(EVENTS).map(([name, unit]) => {
    const values = phases.map((counters) => counters.find((c) => c.name === name)?.value);
    const all = values.filter((value) => value !== undefined);
    const supported = all.length === phases.length && phases.length > 0;
    return { name, unit, value: supported ? all.reduce((a, b) => a + b, 0n) : undefined };
  });
}
