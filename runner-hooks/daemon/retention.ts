import { rm } from 'node:fs/promises';
import type { Context } from './context.ts';
import { resultFolder } from './run.ts';

export { tidyUp };

const AT_ONCE = 100;

/** Removes the results of jobs that ended long ago, and all that is known of refused ones. */
async function tidyUp(context: Context): Promise<void> {
  const { journal, policy, now } = context;
  for (const job of journal.jobs.endedBefore(now() - policy.retention, AT_ONCE)) {
    await rm(resultFolder(context, job), { recursive: true, force: true });
    journal.jobs.tidied(job);
  }
}
