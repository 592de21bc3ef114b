export { type Call, config, prepare, run, cleanup };

import { readFile, stat } from 'node:fs/promises';
import { assertTaken } from './admission.ts';
import { GitlabError } from './error.ts';
import { createJob, openJob, removeJob, sweepJobs } from './job-folder.ts';
import { readJobResponse } from './job-response.ts';
import { INSIDE } from './room.ts';
import type { ExecutorSettings } from './settings.ts';
import { type StageOutcome, isMeasured, networkOf, runStage } from './stage.ts';

/** One call of the executor by GitLab Runner. */
interface Call {
  readonly settings: ExecutorSettings;
  readonly environment: NodeJS.ProcessEnv;
  /** The process that calls: the runner. */
  readonly runner: number;
  /** What the job says. */
  readonly write: (chunk: Uint8Array) => void;
  /** A sentence of ours for the job's log. */
  readonly say: (sentence: string) => void;
  /** Aborted when the runner wants the call to end. */
  readonly cancelled: AbortSignal;
}

/** Loaded by the few calls that need it: every call is a process of its own, which the job waits for. */
const record = () => import('./recorded.ts');
const lost = () => import('./lost.ts');

const MAX_SCRIPT_BYTES = 16 * 2 ** 20;

/**
 * `config_exec`: decides whether the job is taken, makes its folder, and says where the job is to find
 * things. Jobs that a killed runner has left behind are cleaned up first.
 *
 * @returns what the runner reads as JSON
 * @throws {GitlabError} `REFUSED`, `RESPONSE`, `RUNNER`, `FOLDER`
 */
async function config(call: Call, version: string): Promise<object> {
  const { settings } = call;
  await sweepJobs(settings.folder, async (job) => (await lost()).endLost(call, job));
  const response = await readJobResponse(responseFile(call));
  assertTaken(settings, response);
  await createJob(settings.folder, {
    ...{ id: response.id, response: responseFile(call), runner: call.runner },
  });
  return {
    builds_dir: INSIDE.builds,
    cache_dir: INSIDE.cache,
    builds_dir_is_shared: false,
    shell: 'bash',
    driver: { name: 'Runproof', version },
  };
}

/** `prepare_exec`: tells whoever reads the log. @throws {GitlabError} `FOLDER`, `RUNNER` */
async function prepare(call: Call): Promise<void> {
  const job = await openJob(call.settings.folder, responseFile(call));
  const { script } = call.settings.network;
  call.say(
    `the script runs in a sandbox (network: ${script}), under perf, and leaves a signed receipt.`
  );
  const { image, services } = await readJobResponse(job.state.response);
  if ((image?.name ?? '') !== '' || (services ?? []).length > 0)
    call.say(
      'images and services are not used here; the script sees the programs of this machine.'
    );
}

/**
 * `run_exec`: one of the runner's scripts in the sandbox, the job's own under perf.
 * @throws {GitlabError} @throws {SandboxError}
 */
async function run(call: Call, path: string, stage: string): Promise<StageOutcome> {
  const { settings } = call;
  const job = await openJob(settings.folder, responseFile(call));
  const common = {
    ...{ job, settings, onOutput: call.write, cancelled: call.cancelled },
    script: await readScript(path),
    limits: settings.limits,
  };
  const outcome = isMeasured(stage)
    ? await (await record()).recordScript(call, await readJobResponse(job.state.response), common)
    : await runStage({
        ...common,
        network: networkOf(stage, {
          ...settings.network,
          ...(job.state.offline === true && { script: 'none' }),
        }),
      });
  if (outcome.breach !== undefined) call.say(`the job was stopped: ${outcome.breach}.`);
  return outcome;
}

/** `cleanup_exec`: nothing of the job is left, however far it came. */
async function cleanup(call: Call): Promise<void> {
  const job = await openJob(call.settings.folder, responseFile(call)).catch((error: unknown) => {
    // It was refused, or is cleaned up already.
    if (error instanceof GitlabError && error.code === 'FOLDER') return undefined;
    throw error;
  });
  if (job === undefined) return;
  if (job.state.run !== undefined || job.state.ticket !== undefined)
    await (await lost()).endLost(call, job);
  await removeJob(job);
}

/** Since GitLab Runner 14.0. */
function responseFile({ environment }: Pick<Call, 'environment'>): string {
  const path = environment.JOB_RESPONSE_FILE;
  if (path?.startsWith('/')) return path;
  throw new GitlabError(
    'RUNNER',
    'the runner names no JOB_RESPONSE_FILE; use GitLab Runner 14.0 or newer, with this as its custom executor'
  );
}

async function readScript(path: string): Promise<Uint8Array> {
  const { size } = await stat(path).catch((cause: unknown) => {
    throw new GitlabError('RUNNER', `there is no script ${path} to run`, { cause });
  });
  if (size <= MAX_SCRIPT_BYTES) return readFile(path);
  throw new GitlabError('RUNNER', `the script has ${size} bytes, over ${MAX_SCRIPT_BYTES}`);
}
