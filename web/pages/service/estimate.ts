import type { JobView } from '../../store/jobs.ts';

export { lastCost };

/**
 * Nanomina that the newest job of a service cost whoever uses this browser: what the next one is likely
 * to cost, where the parameters are alike. `undefined` where none has been charged for.
 *
 * @param jobs newest first
 */
const lastCost = (
  jobs: readonly Pick<JobView, 'service' | 'outcome'>[],
  service: string
): bigint | undefined =>
  jobs.find((job) => job.service === service && (job.outcome?.amount ?? 0n) > 0n)?.outcome?.amount;
