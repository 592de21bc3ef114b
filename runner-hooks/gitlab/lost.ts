export { endLost };

import { EXIT } from '../../contracts/formats/job.ts';
import { reopen } from '../record/begin.ts';
import { RecordError } from '../record/error.ts';
import { forgetInput } from '../record/ticket.ts';
import type { Call } from './executor.ts';
import type { JobFolder } from './job-folder.ts';
import { masksOf, readJobResponse } from './job-response.ts';

/** Ends the record of a job whose script was killed with us, and forgets its secrets. */
async function endLost({ settings, environment }: Call, { state }: JobFolder): Promise<void> {
  const { spool } = settings;
  if (state.run !== undefined)
    try {
      const response = await readJobResponse(state.response).catch(() => undefined);
      const masks = response === undefined ? 'lost' : masksOf(response, environment);
      await (await reopen(spool, state.run)).end({ exitStatus: EXIT.signalled + 9, masks });
    } catch (error) {
      // It has ended and was published, which is how nearly all are found.
      if (!(error instanceof RecordError && error.code === 'UNKNOWN')) throw error;
    }
  if (state.ticket !== undefined) await forgetInput(spool, state.ticket);
}
