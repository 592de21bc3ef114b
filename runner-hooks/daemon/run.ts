import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { amountOf } from '../../contracts/formats/amount.ts';
import { utf8 } from '../../contracts/formats/bytes.ts';
import { EXIT } from '../../contracts/formats/job.ts';
import { writeOnlyTexts } from '../../contracts/formats/parameters.ts';
import { TASK_CLOCK, TASK_CLOCK_UNIT } from '../../contracts/formats/perf.ts';
import { type SignedRequest, parseRequest } from '../../contracts/formats/request.ts';
import { JobError } from '../driver/error.ts';
import type { JobOutcome } from '../driver/job.ts';
import type { Job } from '../journal/job.ts';
import type { Outcome } from '../journal/outcome.ts';
import { toSpeedscope } from '../perf/speedscope.ts';
import { assertTime } from './allowance.ts';
import type { Context } from './context.ts';
import { DaemonError, Refusal, isFatal } from './error.ts';
import type { Offer } from './offer.ts';
import { type Opened, openFor } from './opening.ts';
import { randomBlinding } from './receipt.ts';
import { layOutResult } from './result.ts';

export { run, resultFolder, requestOf };

const resultFolder = ({ parts }: Pick<Context, 'parts'>, job: Pick<Job, 'id'>): string =>
  join(parts.folder, 'results', `${job.id}`);

const requestOf = ({ journal }: Pick<Context, 'journal'>, job: Job): SignedRequest =>
  parseRequest(journal.blocks.get(job.id, 'request')!);

/**
 * Takes an accepted job to its outcome: runs it, or gives it up where it may not begin any more.
 *
 * A run that was interrupted has no outcome and no receipt, and starts again from scratch; once an
 * outcome is in the journal, the job never runs again. So a job has one receipt, whatever happens.
 *
 * @returns the job as `ran`, or as `accepted` where the run failed and may be tried again
 */
async function run(context: Context, job: Job): Promise<Job> {
  const { journal, policy, offers } = context;
  const request = requestOf(context, job);
  const options = { signal: context.within(policy.fetch) };
  const offer = await offers.current(job.service, options);
  let envelope: Opened | undefined;
  try {
    // The descriptor, the keys and the tab's end may have come closer while the job waited.
    const slot = await context.parts.chain.slot(options);
    const sealed = {
      envelope: journal.blocks.get(job.id, 'envelope')!,
      vault: journal.blocks.vaultOf(job.id),
      epoch: job.epoch ?? offer.keyset.epoch,
    };
    envelope = await openFor(context, offer, request, sealed, slot);
    assertTime(context, offer, journal.tabs.get(job.tab)!.expiry, slot);
    if (job.attempts >= policy.attempts)
      throw new Refusal('ATTEMPTS', `the job could not be run in ${job.attempts} attempts`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return await giveUp(context, job, { offer, request, envelope }, error.message);
  }
  const running = journal.jobs.transition(job, 'accepted', 'running', {
    attempts: job.attempts + 1,
  });
  context.emit({ kind: 'running', ...context.about(running), attempt: running.attempts });
  const startedAt = context.now();
  let outcome: JobOutcome;
  try {
    outcome = await drive(context, running, offer, envelope);
  } catch (error) {
    if (isFatal(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof JobError && error.code === 'input')
      return await giveUp(context, running, { offer, request, envelope }, reason);
    return interrupt(context, running, reason);
  }
  try {
    return await conclude(context, running, { offer, request, envelope }, outcome, startedAt);
  } finally {
    await outcome.discard();
  }
}

async function drive(
  context: Context,
  job: Job,
  { descriptor }: Offer,
  envelope: Opened
): Promise<JobOutcome> {
  const { driver, folder, mounts = [], driverSettings = {} } = context.parts;
  const { driver: name, source, job: definition, limits } = descriptor;
  const { parameters, secrets } = envelope;
  const hidden = hiddenParameters(descriptor, envelope);
  const outcome = await driver(
    {
      ...{ id: job.digest, driver: name, source, job: definition, limits },
      ...{ parameters, secrets, hidden, mounts },
    },
    {
      ...driverSettings,
      folder: join(folder, 'runs'),
      signal: context.deadline.signal,
      onProgress: (progress) =>
        context.emit({
          kind: 'progress',
          ...context.about(job),
          step: progress.step === 'phase' ? `phase ${progress.name}` : progress.step,
        }),
    }
  );
  const [paid] = outcome.counters;
  if (paid?.name === TASK_CLOCK && paid.value !== undefined) return outcome;
  await outcome.discard();
  throw new DaemonError('UNMEASURED', `the driver counted no ${TASK_CLOCK}; check perf`);
}

const hiddenParameters = (
  { parameters: schema }: Offer['descriptor'],
  { parameters }: Opened
): Uint8Array[] => writeOnlyTexts(schema, parameters).map((text) => utf8.encode(text));

/** Told to stop, or the machine failed: not the job's fault, so a stop costs it no attempt. */
function interrupt(context: Context, job: Job, reason: string): Job {
  const stopped = context.deadline.signal.aborted;
  const waiting = context.journal.jobs.transition(job, 'running', 'accepted', {
    attempts: stopped ? job.attempts - 1 : job.attempts,
    reason,
  });
  context.emit({ kind: 'interrupted', ...context.about(job), reason });
  return waiting;
}

interface Order {
  readonly offer: Offer;
  readonly request: SignedRequest;
  /** `undefined` where it does not open any more. */
  readonly envelope: Opened | undefined;
}

/** Lays the result out and writes the outcome down: what follows only carries it out. */
async function conclude(
  context: Context,
  job: Job,
  { offer, request, envelope }: Order,
  outcome: JobOutcome,
  startedAt: number
): Promise<Job> {
  const finishedAt = context.now();
  const sealed = offer.descriptor.result === 'sealed';
  const profile = await layOutResult(resultFolder(context, job), {
    descriptor: offer.descriptor,
    request,
    digest: job.digest,
    runner: context.parts.key.publicKey,
    outcome,
    startedAt,
    finishedAt,
    secrets: [
      ...Object.values(envelope?.secrets ?? {}).map((secret) => utf8.encode(secret)),
      ...(envelope === undefined ? [] : hiddenParameters(offer.descriptor, envelope)),
    ],
    recipient: sealed ? envelope?.reply : undefined,
  });
  const kept: Outcome = {
    exitStatus: outcome.exitStatus,
    source: outcome.sourceDigest,
    phases: outcome.phases.map(({ name, script, exitStatus, milliseconds, taskClock }) => ({
      ...{ name, script, exitStatus, milliseconds, taskClock },
    })),
    counters: outcome.counters,
    profile,
    blinding: randomBlinding(),
    amount: amountOf(
      request.terms.price,
      outcome.counters[0]!.value!,
      outcome.exitStatus,
      request.maximum
    ),
    finishedAt: Math.floor(finishedAt / 1000),
  };
  const ran = context.journal.jobs.transition(job, job.state, 'ran', {
    outcome: kept,
    amount: kept.amount,
    reason: outcome.reason ?? null,
  });
  const { exitStatus, amount } = kept;
  context.emit({ kind: 'ran', ...context.about(ran), exitStatus, amount });
  return ran;
}

/** A job that was accepted and cannot run gets a receipt as well, over nothing and free of charge. */
async function giveUp(context: Context, job: Job, order: Order, reason: string): Promise<Job> {
  const folder = join(context.parts.folder, 'runs', `refused-${job.id}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'outputs'), { recursive: true });
  const nothing: JobOutcome = {
    exitStatus: EXIT.refused,
    reason,
    sourceDigest: new Uint8Array(32),
    phases: [],
    counters: [{ name: TASK_CLOCK, unit: TASK_CLOCK_UNIT, value: 0n }],
    milliseconds: 0,
    profile: toSpeedscope([]),
    profileDigest: new Uint8Array(32),
    log: `${reason}\n`,
    outputs: join(folder, 'outputs'),
    omitted: [],
    discard: () => rm(folder, { recursive: true, force: true }),
  };
  try {
    return await conclude(context, job, order, nothing, context.now());
  } finally {
    await nothing.discard();
  }
}
