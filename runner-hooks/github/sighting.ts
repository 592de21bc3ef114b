export { type Sighting, sightingOf };

import { readFileSync } from 'node:fs';
import type { EventFacts } from './event.ts';
import { masksIn } from './masks.ts';
import { type Report, type Stage, MAX_VALUE, VARIABLES } from './report.ts';
import { findWorker, spentBelow } from './worker.ts';

/** What a hook's process shows of its job: what is written down, and the values that never are. */
interface Sighting {
  readonly report: Report;
  readonly masks: readonly string[];
}

/**
 * The same, whoever looks: the hook itself, or the agent while the hook waits.
 *
 * @param from the hook's process, or one between it and the worker
 * @throws {GithubError} `WORKER`
 */
function sightingOf(
  stage: Stage,
  {
    from,
    environment,
    marketOnly,
    event,
  }: {
    readonly from: number;
    readonly environment: Environment;
    readonly marketOnly: boolean;
    readonly event: EventFacts;
  }
): Sighting {
  const masks = masksIn(environment);
  const worker = findWorker(from, environment.RUNNER_TRACKING_ID);
  const report: Report = {
    ...{ version: 1, stage, marketOnly, masks: masks.length },
    ...{ worker, spent: spentBelow(worker.pid) },
    boot: readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(),
    at: Date.now(),
    tick: Number(process.hrtime.bigint() / 1_000_000n),
    variables: variablesOf(environment),
    event,
  };
  return { report, masks };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Old runners lack some; a value that no runner sets is left out, and the agent misses it. */
const variablesOf = (environment: Environment): Report['variables'] =>
  Object.fromEntries(
    VARIABLES.flatMap((name) => {
      const value = environment[name];
      return value === undefined || value === '' || value.length > MAX_VALUE ? [] : [[name, value]];
    })
  );
