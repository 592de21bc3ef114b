export { Declined, refusal };

import { createHash } from 'node:crypto';
import { encodeJson } from '../../contracts/formats/json.ts';
import { EXIT } from '../../contracts/formats/job.ts';
import { TASK_CLOCK } from '../../contracts/formats/perf.ts';
import { sumCounters } from '../perf/events.ts';
import { toSpeedscope } from '../perf/speedscope.ts';
import type { Log } from '../sandbox/log.ts';
import type { JobOutcome } from './job.ts';

/** Nothing will come of a job that can be sold, whatever is tried: free, with the reason. */
class Declined extends Error {}

/** A job of which nothing ran, or nothing that can be sold: free of charge, with the reason in its log. */
function refusal(
  reason: string,
  log: Log,
  place: Pick<JobOutcome, 'outputs' | 'discard'>
): JobOutcome {
  log.note(reason);
  const profile = toSpeedscope([]);
  return {
    ...place,
    exitStatus: EXIT.refused,
    reason,
    sourceDigest: new Uint8Array(32),
    phases: [],
    counters: sumCounters([]).map((c) => (c.name === TASK_CLOCK ? { ...c, value: 0n } : c)),
    milliseconds: 0,
    profile,
    profileDigest: createHash('sha256').update(encodeJson(profile)).digest(),
    log: log.end(),
    omitted: [],
  };
}
