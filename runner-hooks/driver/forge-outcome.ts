export { type EndedRun, outcomeOf };

import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeJson } from '../../contracts/formats/json.ts';
import { EXIT, type Limits, type WorkflowDefinition } from '../../contracts/formats/job.ts';
import type { TakenRun } from '../record/take.ts';
import type { Claim, Ticket } from '../record/ticket.ts';
import { removeTree } from '../sandbox/folders.ts';
import type { Log } from '../sandbox/log.ts';
import { MAX_ARCHIVE_BYTES, unpackArchive } from './archive.ts';
import { ForgeError } from './error.ts';
import type { Forge, ForgeRun } from './forge.ts';
import type { JobOutcome } from './job.ts';
import { collectOutputs } from './outputs.ts';
import { Declined } from './refusal.ts';

/** A run that is over, as its forge and this machine's hooks tell it. */
interface EndedRun {
  readonly ticket: Ticket;
  readonly claim: Claim;
  readonly run: ForgeRun;
  readonly isLate: boolean;
  readonly taken: TakenRun;
  readonly log: Log;
  readonly place: { readonly run: string } & Pick<JobOutcome, 'outputs' | 'discard'>;
}

const OUTPUT_ENTRIES = 10_000;
const OUTPUT_DEPTH = 32;
const SIGTERM = 15;

/**
 * Measurements from the hooks, log and outputs from the forge, and an exit status that both agree on.
 * What the forge cannot give any more is left out, and said to be.
 *
 * @throws {ForgeError} but not for a log or an artifact that is gone
 * @throws {Declined} where forge and hooks contradict each other
 */
async function outcomeOf(
  forge: Forge,
  ended: EndedRun,
  { job, limits }: { readonly job: WorkflowDefinition; readonly limits: Limits }
): Promise<JobOutcome> {
  const { claim, taken, ticket, log, place } = ended;
  const { sha256 } = taken.origin.workflow;
  if (sha256 !== null && sha256 !== ticket.workflow.sha256)
    throw new Declined(`the run was of another ${ticket.workflow.path} than the service's`);
  const status = statusOf(ended);
  const said = await orGone(() => forge.log(ticket, claim.origin));
  if (said instanceof ForgeError) log.note(`the forge's log is missing: ${said.message}`);
  else log.write(said);
  const collected = await collect(forge, ended, { job, limits });
  collected.omitted.forEach(({ path, reason }) => log.note(`left out ${path}: ${reason}`));
  const overflow = collected.exceeded && status.exitStatus === 0;
  const { outcome, phases, profile } = taken;
  const reason = overflow ? collected.omitted.at(-1)?.reason : status.reason;
  if (reason !== undefined) log.note(reason);
  return {
    exitStatus: overflow ? EXIT.outputLimit : status.exitStatus,
    reason,
    sourceDigest: outcome.source,
    phases,
    counters: outcome.counters,
    milliseconds: phases.reduce((sum, phase) => sum + Number(phase.milliseconds), 0),
    profile,
    profileDigest: createHash('sha256').update(encodeJson(profile)).digest(),
    log: log.end(),
    outputs: place.outputs,
    omitted: collected.omitted,
    discard: place.discard,
  };
}

/** The hooks know the number, where the runner tells it to them; the forge knows who ended the run. */
function statusOf({ run, isLate, taken, ticket }: EndedRun): {
  exitStatus: number;
  reason: string | undefined;
} {
  const { exitStatus: seen } = taken.outcome;
  const isKnown = seen !== EXIT.unknown;
  if (isLate)
    return { exitStatus: EXIT.timeLimit, reason: `it took longer than ${ticket.limits.seconds} s` };
  switch (run.conclusion) {
    case 'success':
      if (isKnown && seen !== 0)
        throw new Declined(
          `the forge tells of success, and the hooks here saw exit status ${seen}`
        );
      return { exitStatus: 0, reason: undefined };
    case 'cancelled':
      return {
        exitStatus: isKnown && seen !== 0 ? seen : EXIT.signalled + SIGTERM,
        reason: 'it was cancelled at the forge',
      };
    case 'timeout':
      return {
        exitStatus: EXIT.timeLimit,
        reason: 'the forge ended it at a time limit of its own',
      };
    default:
      return { exitStatus: isKnown && seen !== 0 ? seen : 1, reason: undefined };
  }
}

type Omitted = { path: string; reason: string };

/** Unpacks what the job has left, and takes from it what was declared. */
async function collect(
  forge: Forge,
  { claim, run, ticket, place }: EndedRun,
  { job, limits }: { readonly job: WorkflowDefinition; readonly limits: Limits }
): Promise<{ omitted: Omitted[]; exceeded: boolean }> {
  if (job.outputs.length === 0) return { omitted: [], exceeded: false };
  // The forge keeps one set of artifacts a run, and does not say which try has left them.
  if (run.wasRetried)
    return {
      omitted: job.outputs.map((path) => ({ path, reason: 'the run was begun again by hand' })),
      exceeded: false,
    };
  const cap = Math.min(MAX_ARCHIVE_BYTES, limits.outputBytes + ARCHIVE_OVERHEAD);
  const omitted: Omitted[] = [];
  const found = await orGone(() => forge.artifacts(ticket, claim.origin, job.outputs, cap));
  const artifacts =
    found instanceof ForgeError
      ? job.outputs.map((path) => ({ path, missing: found.message }))
      : found;
  const work = join(place.run, 'work');
  await mkdir(work);
  const budget = { bytes: limits.outputBytes, entries: OUTPUT_ENTRIES, depth: OUTPUT_DEPTH };
  for (const artifact of artifacts) {
    if ('missing' in artifact) {
      omitted.push({ path: artifact.path, reason: artifact.missing });
      continue;
    }
    const target = join(work, artifact.folder);
    await mkdir(target, { recursive: true });
    const unpacked = await unpackArchive(artifact.archive, target, budget);
    omitted.push(...unpacked.omitted);
    if (unpacked.exceeded) return { omitted, exceeded: true };
  }
  const explained = new Set(omitted.map(({ path }) => path));
  const declared = job.outputs.filter((path) => !explained.has(path));
  const collected = await collectOutputs(work, declared, place.outputs, budget);
  await removeTree(work);
  return { omitted: [...omitted, ...collected.omitted], exceeded: collected.exceeded };
}

/** What a zip archive may take besides what is in it. */
const ARCHIVE_OVERHEAD = 4 * 2 ** 20;

/** What the forge does not have any more is no reason to lose what it has. */
async function orGone<T>(ask: () => Promise<T>): Promise<T | ForgeError> {
  try {
    return await ask();
  } catch (error) {
    const isGone =
      error instanceof ForgeError && ['not-found', 'too-large', 'answer'].includes(error.code);
    if (!isGone) throw error;
    return error;
  }
}
