import type { PhaseRecord } from '../../../contracts/formats/execution.ts';

export { laneOf };

/** Thinner than this nobody sees it. In percent of the lane. */
const THINNEST = 0.6;

/** Where a phase's bar begins and how long it is, in percent of all phases. */
function laneOf(
  phases: readonly Pick<PhaseRecord, 'milliseconds'>[],
  index: number
): { readonly left: string; readonly width: string } {
  const sum = (of: typeof phases): number =>
    of.reduce((total, { milliseconds }) => total + Number(milliseconds), 0);
  const all = sum(phases) || 1;
  const width = Math.max(THINNEST, (100 * Number(phases[index]!.milliseconds)) / all);
  const left = Math.min(100 - width, (100 * sum(phases.slice(0, index))) / all);
  return { left: `${left.toFixed(2)}%`, width: `${width.toFixed(2)}%` };
}
