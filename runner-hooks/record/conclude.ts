export { conclude };

import { fromHex } from '../../contracts/formats/bytes.ts';
import { type Counter, TASK_CLOCK } from '../../contracts/formats/perf.ts';
import type { Outcome } from '../journal/outcome.ts';
import { randomBlinding } from '../daemon/receipt.ts';
import { sumCounters } from '../perf/events.ts';
import { maskOrigin, needlesOf } from './mask.ts';
import { type RunPhase, layOutRun } from './result.ts';
import type { RunEnd } from './run.ts';
import type { RunEvent, SpooledRun } from './spool.ts';

/**
 * Fixes all that the receipt will rest on: what the phases counted, the result directory, and the origin
 * as it may be shown. From here on nothing of the run changes any more, and no secret is left in it.
 */
async function conclude(
  run: SpooledRun,
  events: readonly RunEvent[],
  end: RunEnd,
  /** Of its ticket; `undefined` where they are gone: then no text of the job is kept. */
  secrets: readonly string[] | undefined,
  counted: readonly Counter[] | undefined,
  now: { readonly at: number; readonly boot: string }
): Promise<void> {
  const { record } = run;
  const finishedAt = end.finishedAt ?? Date.now();
  const phases = events.flatMap((event): RunPhase[] => {
    if (event.kind === 'phase')
      return [
        {
          ...{ name: event.name, exitStatus: event.exitStatus, meter: event.meter },
          script: fromHex(event.script, 32),
          milliseconds: BigInt(event.milliseconds),
          ...taskClockOf(event.counters.map(readCounter)),
        },
      ];
    if (event.kind !== 'attached') return [];
    const elapsed =
      event.boot === now.boot ? now.at - event.at : Math.max(0, finishedAt - record.startedAt);
    return [
      {
        ...{ name: event.name, exitStatus: end.exitStatus, meter: event.meter },
        script: fromHex(event.script === UNKNOWN ? (end.workflow ?? UNKNOWN) : event.script, 32),
        milliseconds: BigInt(elapsed),
        ...taskClockOf(counted ?? []),
      },
    ];
  });
  const needles = end.masks === 'lost' ? needlesOf([], undefined) : needlesOf(end.masks, secrets);
  const { workflow } = record.origin;
  const sha256 = workflow.sha256 ?? end.workflow ?? null;
  const origin = maskOrigin({ ...record.origin, workflow: { ...workflow, sha256 } }, needles);
  const counters = sumCounters(phases.map((phase) => phase.counters));
  const profile = await layOutRun(run, {
    ...{ origin, phases, counters, end, needles },
    ...{ startedAt: record.startedAt, finishedAt },
  });
  const outcome: Outcome = {
    exitStatus: end.exitStatus,
    source: fromHex(record.source, 32),
    phases,
    counters,
    profile,
    blinding: randomBlinding(),
    amount: 0n,
    finishedAt: Math.floor(finishedAt / 1000),
  };
  await run.append({ kind: 'ended', origin, outcome });
}

/** What stands for the digest of a script that could not be read when perf was attached. */
const UNKNOWN = '00'.repeat(32);

const readCounter = ({ value, ...rest }: { name: string; unit: string; value: string | null }) => ({
  ...rest,
  value: value === null ? undefined : BigInt(value),
});

const taskClockOf = (counters: readonly Counter[]) => ({
  counters,
  taskClock: counters.find(({ name }) => name === TASK_CLOCK)?.value ?? 0n,
});
