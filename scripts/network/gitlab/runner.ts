export { type JobEnd, type EmbeddedRunner, createRunner };

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import * as v from 'valibot';
import { type Executor, type Verdict, playJob } from './executor.ts';
import type { JobResponse } from './job-response.ts';

interface JobEnd {
  readonly status: 'success' | 'failed' | 'canceled';
  readonly failureReason:
    'script_failure' | 'runner_system_failure' | 'job_execution_timeout' | undefined;
}

/** A GitLab Runner with one runner in its configuration, which has a custom executor. */
interface EmbeddedRunner {
  /** Path of its `config.toml`. */
  readonly config: string;
  play(
    job: JobResponse,
    options: { readonly cancelled: AbortSignal; readonly onTrace: (chunk: Buffer) => void }
  ): Promise<JobEnd>;
}

const args = v.optional(v.array(v.string()), []);
const ConfigSchema = v.object({
  runners: v.tuple([
    v.object({
      executor: v.literal('custom'),
      custom: v.object({
        ...{ config_exec: v.string(), config_args: args, prepare_exec: v.string() },
        ...{ prepare_args: args, run_exec: v.string(), run_args: args },
        ...{ cleanup_exec: v.string(), cleanup_args: args },
        graceful_kill_timeout: v.optional(v.number(), 600),
      }),
    }),
  ]),
});

/** Registers a runner, with an executor that an installation replaces. */
async function createRunner(folder: string, url: string): Promise<EmbeddedRunner> {
  const config = join(folder, 'config.toml');
  const tmp = join(folder, 'tmp');
  await mkdir(tmp, { recursive: true, mode: 0o700 });
  await writeFile(
    config,
    `concurrent = 1\n\n[[runners]]\n  name = "embedded"\n  url = "${url}"\n  token = "glrt-embedded"\n  executor = "shell"\n`
  );
  let turn: Promise<unknown> = Promise.resolve();
  return {
    config,
    play(job, options) {
      const played = turn.then(async () => playWithin(await executorIn(config, tmp), job, options));
      turn = played.catch(() => undefined);
      return played;
    },
  };
}

/** Read again for each job, as the real one does when it has changed. */
async function executorIn(config: string, tmp: string): Promise<Executor> {
  const { runners } = v.parse(ConfigSchema, parse(await readFile(config, 'utf8')));
  const { custom } = runners[0];
  return {
    commands: {
      config: [custom.config_exec, ...custom.config_args],
      prepare: [custom.prepare_exec, ...custom.prepare_args],
      run: [custom.run_exec, ...custom.run_args],
      cleanup: [custom.cleanup_exec, ...custom.cleanup_args],
    },
    ...{ tmp, graceMilliseconds: 1000 * custom.graceful_kill_timeout },
  };
}

const LATE = 'the time of the job is over';

/** Until the job's own time is over, or somebody cancels it. */
async function playWithin(
  executor: Executor,
  job: JobResponse,
  { cancelled, onTrace }: Parameters<EmbeddedRunner['play']>[1]
): Promise<JobEnd> {
  const ended = new AbortController();
  const onCancel = (): void => ended.abort();
  cancelled.addEventListener('abort', onCancel, { once: true });
  if (cancelled.aborted) onCancel();
  const timer = setTimeout(() => ended.abort(LATE), 1000 * job.runner_info.timeout);
  try {
    const verdict = await playJob(executor, job, {
      ended: ended.signal,
      onOutput({ stage, stream, chunk }) {
        // The configuration's output is for the runner, the cleanup's for its own log.
        const isForRunner = stage === 'cleanup' || (stage === 'config' && stream === 'stdout');
        if (!isForRunner) onTrace(chunk);
      },
    });
    if (cancelled.aborted) return { status: 'canceled', failureReason: undefined };
    if (ended.signal.reason === LATE)
      return { status: 'failed', failureReason: 'job_execution_timeout' };
    return endOf(verdict);
  } finally {
    clearTimeout(timer);
    cancelled.removeEventListener('abort', onCancel);
  }
}

function endOf({ kind }: Verdict): JobEnd {
  if (kind === 'success') return { status: 'success', failureReason: undefined };
  const failureReason = kind === 'build failure' ? 'script_failure' : 'runner_system_failure';
  return { status: 'failed', failureReason };
}
