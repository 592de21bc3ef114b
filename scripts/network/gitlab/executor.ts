export { type Executor, type Said, type Verdict, playJob };

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobResponse } from './job-response.ts';
import { shellScript, stagesOf } from './stages.ts';

/** A custom executor, and the GitLab Runner that calls it. */
interface Executor {
  /** `config_exec` and its like, each with its arguments. */
  readonly commands: Readonly<Record<'config' | 'prepare' | 'run' | 'cleanup', readonly string[]>>;
  /** Where the runner's temporary folders lie. */
  readonly tmp: string;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMilliseconds: number;
  /** Of the runner's own process. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Whose process the runner is, by number; ours unless given. */
  readonly user?: number | undefined;
  /** How it calls the job's own script: the first by its source before release 17, the second since. */
  readonly scriptName?: 'step_script' | 'build_script' | undefined;
  /** False before release 17.9. */
  readonly hasExitCodeFile?: boolean | undefined;
}

/** How the runner takes the end of a call (`executors/custom/command/command.go`). */
type Verdict =
  | { readonly kind: 'success' }
  | { readonly kind: 'build failure'; readonly code: number }
  | { readonly kind: 'system failure' }
  | { readonly kind: 'unknown failure'; readonly code: number | null };

/** What a call of the executor has printed. */
interface Said {
  readonly stage: string;
  readonly stream: 'stdout' | 'stderr';
  readonly chunk: Buffer;
  /** Of the executor, which leads a process group. */
  readonly pid: number;
}

interface PlayOptions {
  /** Ends the call that runs, and all that comes but what is always done. */
  readonly ended?: AbortSignal | undefined;
  readonly onOutput: (said: Said) => void;
  readonly onCall?: (stage: string, verdict: Verdict) => void;
}

const BUILD_FAILURE = 1;
const SYSTEM_FAILURE = 2;
/** Of the configuration, which the runner reads. */
const MAX_CONFIG_BYTES = 2 ** 20;

/**
 * Plays one job as GitLab Runner does (`common/build.go`, `executors/custom/custom.go`): configuration,
 * preparation, the job's stages in their order, and the cleanup whatever came before.
 *
 * @returns what GitLab shows of the job
 */
async function playJob(
  executor: Executor,
  job: JobResponse,
  { ended, onOutput, onCall }: PlayOptions
): Promise<Verdict> {
  const folder = await mkdtemp(join(executor.tmp, 'custom-executor'));
  const response = join(folder, 'response.json');
  await writeFile(response, `${JSON.stringify(job)}\n`, { mode: 0o600 });
  await own(executor, folder, response);
  let environment: Record<string, string> = {};
  const call = async (
    stage: string,
    words: readonly string[],
    signal: AbortSignal | undefined,
    listen = onOutput
  ): Promise<Verdict> => {
    const listener = (said: Omit<Said, 'stage'>): void => listen({ ...said, stage });
    const verdict = await callOnce(executor, { folder, job, environment }, words, signal, listener);
    onCall?.(stage, verdict);
    return verdict;
  };
  const { config, prepare, run, cleanup } = executor.commands;
  const play = async ({ name, body }: { name: string; body: string }, signal?: AbortSignal) => {
    const place = await mkdtemp(join(folder, 'script'));
    const script = join(place, 'script.');
    await writeFile(script, shellScript(body), { mode: 0o700 });
    await own(executor, place, script);
    return call(name, [...run, script, name], signal);
  };
  try {
    const answer: Buffer[] = [];
    const configured = await call('config', config, ended, (said) => {
      if (said.stream === 'stdout') answer.push(said.chunk);
      onOutput(said);
    });
    if (configured.kind !== 'success') return configured;
    const { builds_dir: builds, job_env: variables = {} } = configurationIn(Buffer.concat(answer));
    environment = variables;
    const prepared = await call('prepare', prepare, ended);
    if (prepared.kind !== 'success') return prepared;

    let verdict: Verdict = { kind: 'success' };
    for (const stage of stagesOf(job, builds, executor.scriptName ?? 'build_script')) {
      if (stage.when === 'always') await play(stage);
      else if (verdict.kind === 'success' && !ended?.aborted) verdict = await play(stage, ended);
      if (stage.when === 'required' && verdict.kind !== 'success') return verdict;
    }
    return verdict;
  } finally {
    await call('cleanup', cleanup, undefined);
    await rm(folder, { recursive: true, force: true });
  }
}

/** One call of the executor, in a process group of its own, with what the runner gives it. */
async function callOnce(
  executor: Executor,
  {
    folder,
    job,
    environment,
  }: { folder: string; job: JobResponse; environment: Readonly<Record<string, string>> },
  [program, ...args]: readonly string[],
  signal: AbortSignal | undefined,
  onOutput: (said: Omit<Said, 'stage'>) => void
): Promise<Verdict> {
  const { user, graceMilliseconds, hasExitCodeFile = true } = executor;
  const custom = (job.variables ?? []).map(({ key, value }) => [`CUSTOM_ENV_${key}`, value]);
  const stdin = openSync('/dev/null', 'r');
  const child = spawn(program!, args, {
    ...{ cwd: folder, detached: true, stdio: [stdin, 'pipe', 'pipe'] },
    ...(user === undefined ? {} : { uid: user, gid: user }),
    env: {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME, ...executor.environment },
      ...{ TMPDIR: folder, BUILD_FAILURE_EXIT_CODE: `${BUILD_FAILURE}` },
      SYSTEM_FAILURE_EXIT_CODE: `${SYSTEM_FAILURE}`,
      ...(hasExitCodeFile ? { BUILD_EXIT_CODE_FILE: join(folder, 'build_exit_code') } : {}),
      JOB_RESPONSE_FILE: join(folder, 'response.json'),
      ...environment,
      ...(Object.fromEntries(custom) as Record<string, string>),
      CUSTOM_ENV_CI_JOB_SERVICES: '',
    },
  });
  closeSync(stdin);
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream]!.on('data', (chunk: Buffer) => onOutput({ stream, chunk, pid: child.pid! }));
  let timer: NodeJS.Timeout | undefined;
  const send = (name: NodeJS.Signals): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(-child.pid, name);
    } catch {
      // The group has just ended.
    }
  };
  // Once: the group is told, and killed after its grace (`helpers/process/killer.go`).
  const onAbort = (): void => {
    send('SIGTERM');
    timer = setTimeout(() => send('SIGKILL'), graceMilliseconds);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return await verdictOf(code, folder);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

async function verdictOf(code: number | null, folder: string): Promise<Verdict> {
  if (code === 0) return { kind: 'success' };
  if (code === SYSTEM_FAILURE) return { kind: 'system failure' };
  if (code !== BUILD_FAILURE) return { kind: 'unknown failure', code };
  const text = await readFile(join(folder, 'build_exit_code'), 'utf8').catch(() => undefined);
  if (text === undefined) return { kind: 'build failure', code: BUILD_FAILURE };
  const [line = ''] = text.split('\n');
  if (!/^[+-]?\d+$/.test(line)) return { kind: 'unknown failure', code };
  return { kind: 'build failure', code: Number(line) };
}

interface Configuration {
  readonly builds_dir: string;
  readonly job_env?: Record<string, string>;
}

function configurationIn(answer: Buffer): Configuration {
  if (answer.length > MAX_CONFIG_BYTES)
    throw new Error(`the executor's configuration has ${answer.length} bytes`);
  return JSON.parse(answer.toString()) as Configuration;
}

async function own({ user }: Executor, ...paths: readonly string[]): Promise<void> {
  if (user !== undefined) for (const path of paths) await chown(path, user, user);
}
