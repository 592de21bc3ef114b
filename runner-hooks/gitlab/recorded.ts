export { recordScript };

import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { join } from 'node:path';
import { EXIT } from '../../contracts/formats/job.ts';
import { begin } from '../record/begin.ts';
import { RecordError } from '../record/error.ts';
import type { RunHandle } from '../record/run.ts';
import { type Ticket, claimTicket } from '../record/ticket.ts';
import { TICKET_VARIABLE } from '../record/ticket-name.ts';
import { SandboxError } from '../sandbox/error.ts';
import { GitlabError } from './error.ts';
import type { Call } from './executor.ts';
import { type JobResponse, masksOf, scriptOf, valueOf } from './job-response.ts';
import { originOf } from './origin.ts';
import { type Stage, type StageOutcome, runStage } from './stage.ts';
import { workflowDigest } from './workflow.ts';

type Common = Omit<Stage, 'network' | 'ticket' | 'meter'>;

const MAX_LOG_BYTES = 16 * 2 ** 20;

/**
 * Runs the job's own script under perf, and leaves its record in the spool. A job that nobody bought
 * never fails because of its record: without one it runs all the same, and its log says why.
 *
 * @throws {GitlabError} `TICKET` @throws {SandboxError}
 */
async function recordScript(
  call: Call,
  response: JobResponse,
  common: Common
): Promise<StageOutcome> {
  const { settings, say } = call;
  const { ticket, handle } = await beginRun(call, response, common);
  const { timeout } = response.runner_info;
  const stage: Stage = {
    ...common,
    limits: { ...common.limits, ...(timeout > 0 && { seconds: timeout }), ...boughtLimits(ticket) },
    network: ticket?.limits.network === false ? 'none' : settings.network.script,
    ticket,
  };
  if (handle === undefined) return runStage(stage);
  const log = createScriptLog(join(common.job.path, 'script.log'), settings, ticket);
  let outcome: StageOutcome | undefined;
  try {
    const exitStatus = await handle.phase('script', sha256(scriptOf(response)), async (phase) => {
      const onOutput = (chunk: Buffer): void => {
        log.write(chunk);
        stage.onOutput(chunk);
      };
      outcome = await runMeasured({ ...stage, onOutput }, phase.meter, say);
      if (call.cancelled.aborted) outcome = { ...outcome, exitStatus: EXIT.signalled + 15 };
      return outcome.exitStatus;
    });
    await log.end();
    await handle.end({
      ...{ exitStatus, masks: masksOf(response, call.environment) },
      ...(log.path === undefined ? {} : { log: log.path }),
    });
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    say(`the receipt will be incomplete: ${error.message}.`);
  }
  return outcome ?? runStage(stage);
}

/** A record, where there can be one; and the ticket that was claimed for it, where the job came with one. */
async function beginRun(
  { settings, say }: Call,
  response: JobResponse,
  common: Common
): Promise<{ handle?: RunHandle; ticket?: Ticket }> {
  const { spool, publishLog } = settings;
  const seconds = response.runner_info.timeout || common.limits.seconds;
  const id = valueOf(response, TICKET_VARIABLE);
  try {
    const digest = await workflowDigest(response, common);
    const origin = originOf(response, new URL(settings.url), digest);
    const ticket = id === undefined ? undefined : await claimTicket(spool, id, origin);
    if (ticket !== undefined)
      await common.job.update({ ticket: ticket.id, offline: !ticket.limits.network });
    const handle = await begin(spool, origin, {
      ...{ seconds, publishLog: publishLog || ticket !== undefined },
      ...(ticket && { ticket: ticket.id }),
    });
    await common.job.update({ run: handle.id });
    return { handle, ...(ticket && { ticket }) };
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    if (id !== undefined) throw new GitlabError('TICKET', error.message, { cause: error });
    say(`this job leaves no receipt: ${error.message}.`);
    return {};
  }
}

/** Where perf is missing or forbidden the script runs without, and its counters are unsupported. */
async function runMeasured(
  stage: Stage,
  meter: readonly string[],
  say: Call['say']
): Promise<StageOutcome> {
  try {
    return await runStage({ ...stage, meter });
  } catch (error) {
    // Thrown before the script has begun, so that it never runs twice.
    if (!(error instanceof SandboxError && error.code === 'unsupported')) throw error;
    const outcome = await runStage(stage);
    say(`nothing could be counted: ${error.message}.`);
    return outcome;
  }
}

const boughtLimits = (ticket: Ticket | undefined): Partial<Stage['limits']> => {
  if (ticket === undefined) return {};
  const { seconds, memoryBytes, processes, logBytes } = ticket.limits;
  return { seconds, memoryBytes, processes, logBytes };
};

/** The log as it comes, where somebody wants it; it is masked when the run ends. */
function createScriptLog(
  path: string,
  { publishLog }: Call['settings'],
  ticket: Ticket | undefined
): { path: string | undefined; write: (chunk: Buffer) => void; end: () => Promise<void> } {
  if (!publishLog && ticket === undefined)
    return { path: undefined, write: () => undefined, end: () => Promise.resolve() };
  const stream = createWriteStream(path, { mode: 0o600 });
  // A full disk costs the log, and nothing else.
  stream.on('error', () => undefined);
  let left = MAX_LOG_BYTES;
  return {
    path,
    write: (chunk) => {
      if (left > 0 && !stream.errored) stream.write(chunk.subarray(0, left));
      left -= chunk.length;
    },
    end: async () => {
      stream.end();
      await finished(stream).catch(() => undefined);
    },
  };
}

const sha256 = (text: string): Uint8Array => createHash('sha256').update(text).digest();
