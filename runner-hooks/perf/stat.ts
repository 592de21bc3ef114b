export { MAX_STAT_BYTES, parseStat };

import * as v from 'valibot';
import { TASK_CLOCK } from '../../contracts/formats/perf.ts';
import { PerfError } from './error.ts';
import { EVENTS, type Counter } from './events.ts';

/** Eight lines of some 200 bytes. */
const MAX_STAT_BYTES = 64 * 1024;

const Line = v.object({
  'counter-value': v.pipe(v.string(), v.maxLength(40)),
  unit: v.picklist(['msec', '']),
  event: v.pipe(v.string(), v.maxLength(80)),
});
type Line = v.InferOutput<typeof Line>;

/** What perf writes for an event the machine lacks, and for one that never got its turn. */
const ABSENT = ['<not supported>', '<not counted>'];

/** `task-clock:u`, `cycles:u`, …: perf appends what it had to leave out. */
const MODIFIER = /:[ukhHGpPSDI]+$/;

/**
 * Reads a report of `perf stat -j -o` (perf-stat(1), "JSON FORMAT"): exactly {@link EVENTS}, each
 * once, in order. Clocks come in milliseconds with six decimals and are given in nanoseconds.
 * @throws {PerfError} `format`, `no-task-clock`
 */
function parseStat(text: string): Counter[] {
  if (text.length > MAX_STAT_BYTES)
    throw new PerfError(
      'format',
      `perf's report has ${text.length} characters, at most ${MAX_STAT_BYTES} expected`
    );
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const expected = Object.entries(EVENTS);
  if (lines.length !== expected.length)
    throw new PerfError(
      'format',
      `perf reported ${lines.length} events instead of ${expected.length}; use perf 5.13 or newer`
    );
  const counters = expected.map(([name, unit], i) => {
    const line = parseLine(lines[i]!);
    if (line.event.replace(MODIFIER, '') !== name)
      throw new PerfError('format', `perf reported ${line.event} where ${name} was asked for`);
    return { name, unit, value: parseValue(line, unit) };
  });
  if (counters[0]!.value === undefined)
    throw new PerfError(
      'no-task-clock',
      `perf could not count ${TASK_CLOCK}, by which jobs are paid; set kernel.perf_event_paranoid to 2 or lower`
    );
  return counters;
}

function parseLine(line: string): Line {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), Line), line);
  if (!result.success)
    throw new PerfError('format', `perf wrote a line that is no counter: ${line.slice(0, 200)}`);
  return result.output;
}

function parseValue(line: Line, unit: Counter['unit']): bigint | undefined {
  const text = line['counter-value'];
  if (ABSENT.includes(text)) return undefined;
  const number = /^(0|[1-9]\d{0,18})(?:\.(\d{6}))?$/.exec(text);
  const [, whole, decimals = '000000'] = number ?? [];
  const clock = line.unit === 'msec';
  // A fraction of a count would mean that perf scaled it in a way we do not know.
  if (number === null || clock !== (unit === 'ns') || (!clock && Number(decimals) !== 0))
    throw new PerfError('format', `perf gave ${line.event} as ${text} ${line.unit}`);
  const value = BigInt(clock ? whole! + decimals : whole!);
  if (value >> 64n !== 0n)
    throw new PerfError('format', `perf gave ${line.event} as ${text}, more than 64 bits`);
  return value;
}
