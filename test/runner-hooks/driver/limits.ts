import type { Limits } from '../../../contracts/formats/job.ts';

export { LIMITS };

/** Of the service in both worlds. */
const LIMITS: Limits = {
  ...{ seconds: 60, memoryBytes: 2 ** 30, processes: 256 },
  ...{ outputBytes: 2 ** 20, logBytes: 2 ** 16, network: true },
};
