export { assertTaken };

import { TICKET_VARIABLE } from '../record/ticket-name.ts';
import { GitlabError } from './error.ts';
import { type JobResponse, valueOf } from './job-response.ts';
import { isFromFork } from './origin.ts';
import type { ExecutorSettings } from './settings.ts';

/** R7: nobody's code but what this runner's owner has agreed to run. @throws {GitlabError} `REFUSED` */
function assertTaken({ marketOnly, forks }: ExecutorSettings, response: JobResponse): void {
  if (marketOnly && valueOf(response, TICKET_VARIABLE) === undefined)
    throw new GitlabError('REFUSED', 'this runner takes only jobs that were bought on the market');
  if (isFromFork(response) !== false && (marketOnly || !forks))
    throw new GitlabError(
      'REFUSED',
      'this runner takes no merge request from a fork; run it in the fork, or ask the owner of the runner'
    );
}
