export { type ForgeSettings, START_SECONDS, runOnForge };

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowDefinition } from '../../contracts/formats/job.ts';
import { removeTree } from '../sandbox/folders.ts';
import { createLog } from '../sandbox/log.ts';
import { type TakenRun, takeRun } from '../record/take.ts';
import {
  type Claim,
  type Ticket,
  claimOf,
  dispatchOf,
  findTicket,
  leaveTicket,
  noteDispatch,
  voidTicket,
} from '../record/ticket.ts';
import { ForgeError, JobError } from './error.ts';
import type { Forge, ForgeRun } from './forge.ts';
import { outcomeOf } from './forge-outcome.ts';
import type { Driver, JobRequest } from './job.ts';
import { Declined, refusal } from './refusal.ts';
import { hiddenIn, parseSecrets } from './room.ts';

interface ForgeSettings {
  /** Of the runner on this machine that takes the run. */
  readonly spool: string;
  /** How long a run may wait for that runner. Default 15 minutes. */
  readonly startSeconds?: number;
  /** Between two looks at a run. Default 5. */
  readonly pollSeconds?: number;
  /** How long hooks may take to report after the forge has seen the end. Default 180. */
  readonly hookSeconds?: number;
  /** Until a forge lists a run that it has just made. Default 30. */
  readonly listSeconds?: number;
}

/** What is under way of a job. */
interface Errand extends Required<ForgeSettings> {
  readonly forge: Forge;
  readonly ticket: Ticket;
  readonly ref: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * A driver whose jobs a forge starts on this machine: it leaves a ticket for the runner's hooks, asks the
 * forge for the run, follows it, and holds what the forge says of it against what the hooks saw here.
 *
 * The ticket is there before the run is asked for, and is found again by the job: so a driver that is
 * killed finds its run and asks for no second one. A run that never starts, is of another commit or
 * file, or was seen by no hook here is an outcome (`EXIT.refused`).
 *
 * @param connect makes the client of one job, which ends with the signal
 */
const runOnForge =
  (
    connect: (signal: AbortSignal | undefined) => Forge | Promise<Forge>,
    settings: ForgeSettings
  ): Driver =>
  async (request, { folder, signal, onLog, onProgress }) => {
    const forge = await connect(signal);
    const { job, repository } = ordered(request, forge);
    const hidden = hiddenIn(parseSecrets(request.secrets ?? {}), request);
    const log = createLog(request.limits.logBytes, hidden, onLog);
    const run = join(folder, `run-${process.pid}-${Date.now()}-${(counter += 1)}`);
    const outputs = join(run, 'outputs');
    await mkdir(outputs, { recursive: true, mode: 0o700 });
    const errand = { ...DEFAULTS, ...settings, forge, ref: job.ref, signal };
    let ticket: Ticket | undefined;
    let taken: TakenRun | undefined;
    const discard = async (): Promise<void> => {
      await taken?.putAway();
      if (ticket !== undefined) await voidTicket(settings.spool, ticket.id);
      await removeTree(run);
    };
    try {
      onProgress?.({ step: 'dispatch' });
      ticket = await findTicket(settings.spool, request.id);
      const isNew = ticket === undefined;
      ticket ??= await leave(errand, request, job, repository);
      const asked = await askedFor({ ...errand, ticket }, isNew);
      onProgress?.({ step: 'wait' });
      const end = await follow({ ...errand, ticket }, asked, () =>
        onProgress?.({ step: 'follow' })
      );
      onProgress?.({ step: 'collect' });
      taken = await takeWithin({ ...errand, ticket }, end.claim);
      const found = { ...end, ticket, taken, log, place: { run, outputs, discard } };
      return await outcomeOf(forge, found, { ...request, job });
    } catch (error) {
      if (error instanceof Declined) return refusal(error.message, log, { outputs, discard });
      await removeTree(run);
      throw signal?.aborted ? new ForgeError('aborted', 'stopped', { cause: error }) : error;
    }
  };

const START_SECONDS = 900;
const DEFAULTS = { startSeconds: START_SECONDS, pollSeconds: 5, hookSeconds: 180, listSeconds: 30 };
let counter = 0;

/** @throws {JobError} `input` for a job of another driver or host */
function ordered(
  { job, source, driver }: JobRequest,
  { name, host }: Forge
): { job: WorkflowDefinition; repository: string } {
  const address = new URL(source.repository);
  if (!('workflow' in job) || driver !== name || address.host !== host)
    throw new JobError(
      'input',
      `this provider runs no ${driver} jobs of ${address.host}; its ${name} is ${host}`
    );
  return { job, repository: address.pathname.replace(/^\/+|(\.git)?\/*$/g, '') };
}

/** Looks at what the run would be of before anything is asked for. */
async function leave(
  { forge, spool, startSeconds }: Omit<Errand, 'ticket'>,
  { id, source, limits, parameters, secrets = {} }: JobRequest,
  { workflow, ref }: WorkflowDefinition,
  repository: string
): Promise<Ticket> {
  const { commit } = source;
  const [stands, sha256] = await orDecline(() =>
    Promise.all([forge.commitOf(repository, ref), forge.digestOf(repository, workflow, commit)])
  );
  if (stands === undefined) throw new Declined(`${repository} has no ${ref} any more`);
  if (stands !== commit)
    throw new Declined(`${ref} of ${repository} is at ${stands} now, not at ${commit}`);
  if (sha256 === undefined) throw new Declined(`${workflow} is not in ${repository} at ${commit}`);
  return leaveTicket(spool, {
    ...{ job: id, forge: forge.name, host: forge.host, repository, commit },
    ...{ workflow: { path: workflow, sha256 }, limits, parameters, secrets },
    expiresAt: Date.now() + startSeconds * 1000,
  });
}

/** What the forge will say again however often it is asked. */
async function orDecline<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ForgeError) || !['not-found', 'refused'].includes(error.code))
      throw error;
    throw new Declined(error.message, { cause: error });
  }
}

/** The run's number, or `undefined` where only the claim will tell. Asks for no second run. */
async function askedFor(
  { forge, ticket, ref, spool, listSeconds, signal }: Errand,
  isNew: boolean
): Promise<string | undefined> {
  const known = await dispatchOf(spool, ticket.id);
  if (known !== undefined) return known;
  // Another process was killed here, and may have asked a moment ago.
  const settled = ticket.createdAt + 1000 * listSeconds - Date.now();
  if (!isNew && settled > 0) await sleep(settled, undefined, { ...(signal && { signal }) });
  const found = isNew ? 'none' : await orDecline(() => forge.find(ticket));
  if (found === 'unclear') return undefined;
  // Asked for too late, no hook would take it.
  if (found === 'none' && Date.now() > ticket.expiresAt)
    throw new Declined('the forge could not be asked for the run in time');
  const run = found === 'none' ? await orDecline(() => forge.dispatch(ticket, ref)) : found.run;
  if (run !== undefined) await noteDispatch(spool, ticket.id, run);
  return run;
}

interface End {
  readonly claim: Claim;
  readonly run: ForgeRun;
  /** It took longer than it may, and was cancelled for that. */
  readonly isLate: boolean;
}

/** Until the run has ended. Cancels one that no runner took, and one that takes too long. */
async function follow(
  errand: Errand,
  asked: string | undefined,
  onStart: () => void
): Promise<End> {
  const { forge, ticket, spool, signal, pollSeconds, hookSeconds } = errand;
  let claim: Claim | undefined;
  let isLate = false;
  for (;;) {
    if (claim === undefined) {
      claim = await claimOf(spool, ticket.id);
      if (claim !== undefined) onStart();
    }
    if (claim !== undefined && asked !== undefined && claim.origin.run !== asked)
      throw new Declined(`run ${claim.origin.run} used the ticket of run ${asked}`);
    const number = claim?.origin.run ?? asked;
    const run = number && (await orDecline(() => forge.look(ticket, number, claim?.origin)));
    const now = Date.now();
    if (run && run.commit !== ticket.commit) {
      await cancel(errand, number);
      throw new Declined(`the forge ran commit ${run.commit}, not ${ticket.commit}`);
    }
    if (claim === undefined && (now > ticket.expiresAt || (run && run.conclusion !== undefined))) {
      // A hook may have come between the two looks.
      if ((await claimOf(spool, ticket.id)) !== undefined) continue;
      if (run && run.conclusion !== undefined)
        throw new Declined(`the run ended (${run.conclusion}), and no hook of this machine saw it`);
      if (number !== undefined) await cancel(errand, number);
      throw new Declined(`no runner of this machine took the run in ${errand.startSeconds} s`);
    }
    if (claim !== undefined && run) {
      if (run.conclusion !== undefined) return { claim, run, isLate };
      const end = claim.at + 1000 * ticket.limits.seconds;
      if (now > end && !isLate) {
        isLate = true;
        await cancel(errand, claim.origin.run);
      }
      // The forge may take its time over a cancelled run; the hooks say when it is gone.
      if (now > end + 1000 * hookSeconds && (await takeRun(spool, ticket.id)) !== undefined)
        return { claim, run: { ...run, conclusion: 'timeout' }, isLate };
    }
    await sleep(1000 * pollSeconds, undefined, { ...(signal && { signal }) });
  }
}

/** As far as it can be done: the ticket ends anyway, and a run that is over cannot be cancelled. */
async function cancel({ forge, ticket }: Errand, run: string | undefined): Promise<void> {
  try {
    if (run !== undefined) await forge.cancel(ticket, run);
  } catch (error) {
    if (!(error instanceof ForgeError) || error.code === 'aborted') throw error;
  }
}

/** What the hooks saw of it. */
async function takeWithin(
  { spool, ticket, hookSeconds, pollSeconds, signal }: Errand,
  { origin }: Claim
): Promise<TakenRun> {
  const end = Date.now() + 1000 * hookSeconds;
  for (;;) {
    const taken = await takeRun(spool, ticket.id);
    if (taken !== undefined) return taken;
    if (Date.now() > end)
      throw new Declined(`no hook of this machine saw the end of run ${origin.run}`);
    const wait = Math.min(250, 1000 * pollSeconds);
    await sleep(wait, undefined, { ...(signal && { signal }) });
  }
}
