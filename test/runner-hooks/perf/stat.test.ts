import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENTS, sumCounters } from '../../../runner-hooks/perf/events.ts';
import { parseStat } from '../../../runner-hooks/perf/stat.ts';

/** As perf 6.1 writes it, on a machine with a hardware counter unit at `perf_event_paranoid` 2. */
const HARDWARE = `# started on Fri Nov 20 19:20:36 2026

{"counter-value" : "824.717479", "unit" : "msec", "event" : "task-clock:u", "event-runtime" : 824717479, "pcnt-running" : 100.00, "metric-value" : 0.585909, "metric-unit" : "CPUs utilized"}
{"counter-value" : "3372.000000", "unit" : "", "event" : "page-faults:u", "event-runtime" : 824717479, "pcnt-running" : 100.00, "metric-value" : 4.088673, "metric-unit" : "K/sec"}
{"counter-value" : "2474152437.000000", "unit" : "", "event" : "cycles:u", "event-runtime" : 549811652, "pcnt-running" : 66.00, "metric-value" : 3.000000, "metric-unit" : "GHz"}
{"counter-value" : "6185381092.000000", "unit" : "", "event" : "instructions:u", "event-runtime" : 549811652, "pcnt-running" : 66.00, "metric-value" : 2.500000, "metric-unit" : "insn per cycle"}
{"counter-value" : "1236076218.000000", "unit" : "", "event" : "branches:u", "event-runtime" : 549811652, "pcnt-running" : 66.00, "metric-value" : 1.498788, "metric-unit" : "G/sec"}
{"counter-value" : "6180381.000000", "unit" : "", "event" : "branch-misses:u", "event-runtime" : 549811652, "pcnt-running" : 66.00, "metric-value" : 0.500000, "metric-unit" : "of all branches"}
{"counter-value" : "<not supported>", "unit" : "", "event" : "cache-references:u", "event-runtime" : 0, "pcnt-running" : 100.00, "metric-value" : 0.000000, "metric-unit" : ""}
{"counter-value" : "<not counted>", "unit" : "", "event" : "cache-misses:u", "event-runtime" : 0, "pcnt-running" : 0.00, "metric-value" : 0.000000, "metric-unit" : ""}
`;

const thrown = (text: string): unknown => {
  try {
    return parseStat(text);
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('a report of perf stat', () => {
  it('gives every event once, clocks in nanoseconds, and no value for what was not counted', () => {
    expect(parseStat(HARDWARE)).toEqual([
      { name: 'task-clock', unit: 'ns', value: 824_717_479n },
      { name: 'page-faults', unit: 'count', value: 3372n },
      { name: 'cycles', unit: 'count', value: 2_474_152_437n },
      { name: 'instructions', unit: 'count', value: 6_185_381_092n },
      { name: 'branches', unit: 'count', value: 1_236_076_218n },
      { name: 'branch-misses', unit: 'count', value: 6_180_381n },
      { name: 'cache-references', unit: 'count', value: undefined },
      { name: 'cache-misses', unit: 'count', value: undefined },
    ]);
  });

  it('keeps every nanosecond of a clock that no float could hold', () => {
    const long = HARDWARE.replace('824.717479', '9007199254740.993000'.slice(0, 20));
    expect(parseStat(long)[0]!.value).toBe(9_007_199_254_740_993_000n);
  });

  it('is refused when anything is missing, doubled, renamed, negative, fractional or in other units', () => {
    const lines = HARDWARE.trimEnd().split('\n');
    const change = (from: string | RegExp, to: string): string => HARDWARE.replace(from, to);
    const bad = [
      '',
      lines.slice(0, -1).join('\n'),
      [...lines, lines.at(-1)].join('\n'),
      [...lines.slice(0, 2), lines[3], lines[2], ...lines.slice(4)].join('\n'),
      change('page-faults:u', 'page-faults:u2'),
      change('"824.717479"', '"-1.000000"'),
      change('"824.717479"', '"824.7174"'),
      change('"824.717479"', '"1e3"'),
      change('"824.717479"', '"99999999999999.000000"'),
      change('"unit" : "msec"', '"unit" : ""'),
      change('"3372.000000"', '"3372.500000"'),
      change('"3372.000000"', '"03372.000000"'),
      change('"3372.000000"', '3372'),
      change('{"counter', '[{"counter'),
      HARDWARE + ' '.repeat(70_000),
    ];
    for (const text of bad)
      expect([text.slice(0, 80), thrown(text)]).toEqual([expect.anything(), 'format']);
    expect(thrown(change('824.717479', '<not supported>'))).toBe('no-task-clock');
  });

  it('never passes for another when bytes of it change', () => {
    fc.assert(
      fc.property(
        fc.nat(HARDWARE.length - 1),
        fc.string({ minLength: 1, maxLength: 1 }),
        (at, c) => {
          const result = thrown(HARDWARE.slice(0, at) + c + HARDWARE.slice(at + 1));
          if (typeof result === 'string') return;
          expect((result as { name: string }[]).map(({ name }) => name)).toEqual(
            Object.keys(EVENTS)
          );
        }
      )
    );
  });

  it('adds up over phases, and is supported only where all of them are', () => {
    const counters = parseStat(HARDWARE);
    const without = counters.map((c) => (c.name === 'cycles' ? { ...c, value: undefined } : c));
    const sum = sumCounters([counters, without]);
    expect(sum[0]).toEqual({ name: 'task-clock', unit: 'ns', value: 1_649_434_958n });
    expect(sum.find(({ name }) => name === 'cycles')!.value).toBeUndefined();
    expect(sum.find(({ name }) => name === 'branches')!.value).toBe(2_472_152_436n);
  });
});
