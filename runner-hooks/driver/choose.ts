export { type HostedForge, chooseDriver };

import type { Forge } from './forge.ts';
import { JobError } from './error.ts';
import type { Driver } from './job.ts';

/** A driver of the jobs that one forge starts here. */
interface HostedForge extends Pick<Forge, 'name' | 'host'> {
  readonly run: Driver;
}

/** One driver for all that a provider sells: a job goes to the driver and host that its service names. */
const chooseDriver =
  (local: Driver, forges: readonly HostedForge[]): Driver =>
  async (request, settings) => {
    const { driver, source } = request;
    if (driver === 'local') return local(request, settings);
    const { host } = new URL(source.repository);
    const forge = forges.find((one) => one.name === driver && one.host === host);
    if (forge === undefined)
      throw new JobError('input', `this provider has no runner for ${driver} jobs of ${host}`);
    return forge.run(request, settings);
  };
