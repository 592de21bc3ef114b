export { type TakenRun, takeRun };

import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCountersFile } from '../../contracts/formats/counters-file.ts';
import type { PhaseRecord } from '../../contracts/formats/execution.ts';
import type { Origin } from '../../contracts/formats/origin.ts';
import type { Counter } from '../../contracts/formats/perf.ts';
import { type Profile, parseProfile } from '../../contracts/formats/profile.ts';
import type { Outcome } from '../journal/outcome.ts';
import { RESULT } from '../result/layout.ts';
import { asSpoolErrors } from './durable.ts';
import { FILES, listRuns, openRun, putAway } from './spool.ts';
import { voidTicket } from './ticket.ts';

/** What a bought run was on this machine, as its hooks saw it. */
interface TakenRun {
  readonly id: string;
  /** As it claimed the ticket, and with the digest of the workflow's file where a checkout showed it. */
  readonly origin: Origin;
  /** Counters, exit status, and when it ended. */
  readonly outcome: Outcome;
  /** With what each has counted. */
  readonly phases: readonly (PhaseRecord & { readonly counters: readonly Counter[] })[];
  /** Masked. */
  readonly profile: Profile;
  /** Path of the masked log, where the hook had one and was asked to keep it. */
  readonly log: string | undefined;
  /** Folder of the outputs that the hook was given; empty where it was given none. */
  readonly outputs: string;
  /** Removes run and ticket: what was taken is written down elsewhere. Asked for twice, it does nothing. */
  putAway(): Promise<void>;
}

/**
 * The run that came with a ticket, once it has ended. It stays in the spool until it is put away, so a
 * driver that is killed takes it again.
 *
 * @returns `undefined` for one that has not begun, or not ended
 * @throws {RecordError} `SPOOL`
 */
const takeRun = (spool: string, ticket: string): Promise<TakenRun | undefined> =>
  asSpoolErrors(spool, async () => {
    for (const id of await listRuns(spool)) {
      const run = await openRun(spool, id);
      if (run.record.ticket !== ticket) continue;
      const ended = (await run.events()).find((event) => event.kind === 'ended');
      if (ended === undefined) return undefined;
      const result = join(run.folder, FILES.result);
      const log = join(result, RESULT.log);
      const hasLog = await access(log).then(
        () => true,
        () => false
      );
      const counted = parseCountersFile(await readFile(join(result, RESULT.counters)));
      let isPutAway = false;
      return {
        id,
        origin: {
          ...run.record.origin,
          workflow: { ...run.record.origin.workflow, sha256: ended.origin.workflow.sha256 },
        },
        outcome: ended.outcome,
        phases: ended.outcome.phases.map((phase, i) => ({
          ...phase,
          counters: counted.phases[i]?.counters ?? [],
        })),
        profile: parseProfile(await readFile(join(result, RESULT.profile))),
        log: hasLog ? log : undefined,
        outputs: join(result, RESULT.outputs),
        putAway: async () => {
          if (isPutAway) return;
          // In this order: a run without its ticket is anybody's to put away.
          await putAway(spool, run);
          await voidTicket(spool, ticket);
          isPutAway = true;
        },
      };
    }
    return undefined;
  });
