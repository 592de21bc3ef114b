import type { Counter } from '../contracts/formats/perf.ts';
import type { RunNote } from '../contracts/formats/run-note.ts';
import type { Policy, Ruling } from './policy.ts';

export { checkBudgets, median, deviation };

/**
 * What a run counted, against fixed budgets and against what the same job counted before. Runs are noisy
 * and some are outliers, so both sides of the comparison are robust: the median, and the median
 * absolute deviation from it, which half of the earlier runs would have to be wrong to move.
 *
 * @param before earlier runs of the same job, oldest first
 */
function checkBudgets(
  { budgets = [], regression }: Pick<Policy, 'budgets' | 'regression'>,
  note: RunNote,
  before: readonly RunNote[]
): readonly Ruling[] {
  return [
    ...budgets.map(({ counter, most }): Ruling => {
      const value = valueOf(note.counters, counter);
      return {
        id: 'budget',
        // What was not counted was not shown to be within its budget.
        ok: value !== undefined && value <= BigInt(most),
        detail: `${counter} ${value ?? 'was not counted'}, at most ${most}`,
      };
    }),
    ...(regression?.counters.map((counter) => compare(regression, counter, note, before)) ?? []),
  ];
}

function compare(
  { runs, window, deviations, slack }: NonNullable<Policy['regression']>,
  counter: string,
  note: RunNote,
  before: readonly RunNote[]
): Ruling {
  const value = valueOf(note.counters, counter);
  const said = (ok: boolean, detail: string): Ruling => ({ id: 'regression', ok, detail });
  const known = before
    .map(({ counters }) => valueOf(counters, counter))
    .filter((earlier) => earlier !== undefined)
    .slice(-window);
  if (known.length < runs)
    return said(true, `${counter}: ${known.length} earlier runs, judged from ${runs} on`);
  if (value === undefined) return said(false, `${counter} was not counted, though it was before`);
  const middle = median(known);
  const noise = deviation(known);
  const room = Math.max(deviations * noise, (slack / 100) * middle);
  const most = Math.ceil(middle + room);
  return said(
    Number(value) <= most,
    `${counter} ${value}, at most ${most} (median ${middle} and deviation ${noise} of ${known.length} runs)`
  );
}

const valueOf = (counters: readonly Counter[], counter: string): bigint | undefined =>
  counters.find(({ name }) => name === counter)?.value;

/** As doubles: a counter's last bits are noise. */
function median(values: readonly (bigint | number)[]): number {
  const sorted = values.map(Number).sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Median absolute deviation from the median. */
function deviation(values: readonly (bigint | number)[]): number {
  const middle = median(values);
  return median(values.map((value) => Math.abs(Number(value) - middle)));
}
