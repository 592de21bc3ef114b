export { type JobResponse, type JobEnd, type EmbeddedRunner, jobResponse, createRunner };

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import * as v from 'valibot';
import type { PipelineFile } from './pipeline-file.ts';

/** As `POST /api/v4/jobs/request` answers. */
type JobResponse = ReturnType<typeof jobResponse>;

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

const BUILD_FAILURE = 1;
const SYSTEM_FAILURE = 2;

const command = v.optional(v.array(v.string()), []);
const ConfigSchema = v.object({
  runners: v.tuple([
    v.object({
      executor: v.literal('custom'),
      custom: v.object({
        ...{ config_exec: v.string(), config_args: command, prepare_exec: v.string() },
        ...{ prepare_args: command, run_exec: v.string(), run_args: command },
        ...{ cleanup_exec: v.string(), cleanup_args: command },
        graceful_kill_timeout: v.optional(v.number(), 600),
      }),
    }),
  ]),
});
type Custom = v.InferOutput<typeof ConfigSchema>['runners'][0]['custom'];

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
      const played = turn.then(async () => {
        // Read again for each job, as the real one does when it has changed.
        const { runners } = v.parse(ConfigSchema, parse(await readFile(config, 'utf8')));
        return playJob(runners[0].custom, tmp, job, options);
      });
      turn = played.catch(() => undefined);
      return played;
    },
  };
}

type Verdict = 'success' | 'build failure' | 'system failure';

/**
 * Plays a job as GitLab Runner does (`common/build.go`, `executors/custom/custom.go`): configuration,
 * preparation, the job's stages in their order, and the cleanup whatever came before.
 */
async function playJob(
  custom: Custom,
  tmp: string,
  job: JobResponse,
  { cancelled, onTrace }: Parameters<EmbeddedRunner['play']>[1]
): Promise<JobEnd> {
  const folder = await mkdtemp(join(tmp, 'custom-executor'));
  await writeFile(join(folder, 'response.json'), JSON.stringify(job), { mode: 0o600 });
  const timeout = AbortSignal.timeout(1000 * job.runner_info.timeout);
  const ended = AbortSignal.any([cancelled, timeout]);
  let environment: Record<string, string> = {};
  const call = (
    name: 'config' | 'prepare' | 'run' | 'cleanup',
    args: readonly string[],
    signal?: AbortSignal
  ): Promise<{ verdict: Verdict; stdout: string }> =>
    callExecutor(folder, job, {
      words: [custom[`${name}_exec`], ...custom[`${name}_args`], ...args],
      ...{ environment, signal, grace: 1000 * custom.graceful_kill_timeout },
      // The configuration's output is for the runner, the cleanup's for its own log.
      onOutput: name === 'config' || name === 'cleanup' ? () => undefined : onTrace,
      onError: name === 'cleanup' ? () => undefined : onTrace,
    });
  const end = (verdict: Verdict): JobEnd => {
    if (cancelled.aborted) return { status: 'canceled', failureReason: undefined };
    if (timeout.aborted) return { status: 'failed', failureReason: 'job_execution_timeout' };
    if (verdict === 'success') return { status: 'success', failureReason: undefined };
    const failureReason = verdict === 'build failure' ? 'script_failure' : 'runner_system_failure';
    return { status: 'failed', failureReason };
  };
  try {
    const configured = await call('config', [], ended);
    if (configured.verdict !== 'success') return end(configured.verdict);
    const answer = JSON.parse(configured.stdout) as {
      builds_dir: string;
      job_env?: Record<string, string>;
    };
    environment = answer.job_env ?? {};
    let verdict = (await call('prepare', [], ended)).verdict;
    for (const { stage, body, isAlways } of stagesOf(job, answer.builds_dir)) {
      if (!isAlways && (verdict !== 'success' || ended.aborted)) continue;
      const own = await mkdtemp(join(folder, 'script'));
      const script = join(own, 'script.');
      await writeFile(script, shellScript(body), { mode: 0o700 });
      const said = (await call('run', [script, stage], isAlways ? undefined : ended)).verdict;
      if (verdict === 'success' && stage !== 'after_script') verdict = said;
    }
    return end(verdict);
  } finally {
    await call('cleanup', []);
    await rm(folder, { recursive: true, force: true });
  }
}

/** One call of the executor, in a process group of its own, with what the runner gives it. */
async function callExecutor(
  folder: string,
  job: JobResponse,
  options: {
    readonly words: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
    readonly signal: AbortSignal | undefined;
    readonly grace: number;
    readonly onOutput: (chunk: Buffer) => void;
    readonly onError: (chunk: Buffer) => void;
  }
): Promise<{ verdict: Verdict; stdout: string }> {
  const { words, signal } = options;
  const custom = job.variables.map(({ key, value }) => [`CUSTOM_ENV_${key}`, value] as const);
  const stdin = openSync('/dev/null', 'r');
  const child = spawn(words[0]!, words.slice(1), {
    ...{ cwd: folder, detached: true, stdio: [stdin, 'pipe', 'pipe'] },
    env: {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: folder },
      ...{ BUILD_FAILURE_EXIT_CODE: `${BUILD_FAILURE}` },
      ...{ SYSTEM_FAILURE_EXIT_CODE: `${SYSTEM_FAILURE}` },
      BUILD_EXIT_CODE_FILE: join(folder, 'build_exit_code'),
      JOB_RESPONSE_FILE: join(folder, 'response.json'),
      ...options.environment,
      ...Object.fromEntries(custom),
      CUSTOM_ENV_CI_JOB_SERVICES: '',
    },
  });
  closeSync(stdin);
  let stdout = '';
  child.stdout!.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    options.onOutput(chunk);
  });
  child.stderr!.on('data', options.onError);
  const send = (name: NodeJS.Signals): void => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, name);
  };
  // `helpers/process/killer.go`: the group is told, and killed after its grace.
  const onAbort = (): void => {
    send('SIGTERM');
    setTimeout(() => send('SIGKILL'), options.grace).unref();
  };
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted) onAbort();
  const [code] = (await once(child, 'close')) as [number | null];
  signal?.removeEventListener('abort', onAbort);
  const verdict =
    code === 0 ? 'success' : code === BUILD_FAILURE ? 'build failure' : 'system failure';
  return { verdict, stdout };
}

interface Variable {
  readonly key: string;
  readonly value: string;
  readonly public: boolean;
  readonly masked?: boolean;
}

/** A job as GitLab sends it. */
function jobResponse(job: {
  readonly server: string;
  readonly repository: string;
  readonly id: number;
  readonly token: string;
  readonly pipeline: number;
  readonly source: string;
  readonly commit: string;
  readonly ref: string;
  readonly path: string;
  readonly file: PipelineFile;
  readonly variables: Readonly<Record<string, string>>;
}) {
  const url = new URL(`${job.server}/${job.repository}.git`);
  Object.assign(url, { username: 'gitlab-ci-token', password: job.token });
  const name = job.ref.replace(/^refs\/(heads|tags)\//, '');
  const own = (key: string, value: string): Variable => ({ key, value, public: true });
  const [count = '60', unit = 'minutes'] = (job.file.timeout ?? '60 minutes').split(' ');
  const timeout = Number(count) * (unit === 'seconds' ? 1 : 60);
  const step = (title: string, script: readonly string[]) => ({
    ...{ name: title, script: [...script], timeout, when: 'on_success', allow_failure: false },
  });
  const { before_script: before, script, after_script: after } = job.file;
  return {
    ...{ id: job.id, token: job.token, allow_git_fetch: true },
    job_info: {
      ...{ name: job.file.name, stage: 'test', project_id: 42 },
      ...{ project_name: job.repository.split('/').at(-1)!, pipeline_id: job.pipeline, user_id: 7 },
    },
    git_info: {
      ...{ repo_url: url.href, repo_object_format: 'sha1', ref: name, sha: job.commit },
      ...{ before_sha: '0'.repeat(40), depth: 20, protected: true },
      ref_type: job.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
      refspecs: [`+refs/pipelines/${job.pipeline}:refs/pipelines/${job.pipeline}`],
    },
    runner_info: { timeout },
    inputs: [],
    variables: [
      ...[own('CI_PIPELINE_ID', `${job.pipeline}`), own('CI_PIPELINE_SOURCE', job.source)],
      ...[own('CI_CONFIG_PATH', job.path), own('CI_PROJECT_ID', '42')],
      ...[own('CI_JOB_ID', `${job.id}`), own('CI_COMMIT_SHA', job.commit)],
      ...[own('GITLAB_USER_LOGIN', 'runproof'), own('CI_API_V4_URL', `${job.server}/api/v4`)],
      { key: 'CI_JOB_TOKEN', value: job.token, public: false, masked: true },
      ...Object.entries(job.variables).map(([key, value]) => own(key, value)),
    ] as Variable[],
    steps: [
      step('script', [...before, ...script]),
      ...(after.length > 0 ? [step('after_script', after)] : []),
    ],
    artifacts: job.file.artifacts === undefined ? null : [job.file.artifacts],
    ...{ image: null, services: [], cache: [], credentials: [], dependencies: [] },
    features: { trace_sections: true, failure_reasons: ['script_failure'] },
    policy_options: {},
  };
}

interface StageScript {
  readonly stage: string;
  readonly body: string;
  /** Also after what failed. */
  readonly isAlways?: boolean;
}

/** The stages of `common/build.go` that have something to do, as the runner's bash writer has them. */
function stagesOf(job: JobResponse, builds: string): readonly StageScript[] {
  const { repo_url, sha, refspecs } = job.git_info;
  const project = builds + new URL(repo_url).pathname.replace(/\.git$/, '');
  const temporary = `${project}.tmp`;
  const exports = [
    ...job.variables.map(({ key, value }) => `export ${quoted(key)}=${quoted(value)}`),
    `export CI_PROJECT_DIR=${quoted(project)}`,
  ].join('\n');
  const user = (script: readonly string[]): string => {
    const commands = script.map((line) => `echo ${quoted(`$ ${line.split('\n')[0]}`)}\n${line}`);
    return [exports, `cd ${quoted(project)}`, ...commands].join('\n');
  };
  const after = job.steps.find(({ name }) => name === 'after_script');
  const paths = (job.artifacts ?? []).flatMap((one) => one.paths);
  return [
    { stage: 'prepare_script', body: `echo "Running on $(hostname)..."` },
    {
      stage: 'get_sources',
      body: [
        ...[exports, 'export GIT_TERMINAL_PROMPT=0', `mkdir -p ${quoted(temporary)}`],
        ...[`git init -q ${quoted(project)}`, `cd ${quoted(project)}`],
        `git remote add origin ${quoted(repo_url)}`,
        `git fetch -q origin --no-recurse-submodules ${refspecs.map(quoted).join(' ')} --depth 20`,
        ...[`git -c submodule.recurse=false checkout -f -q ${sha}`, 'git clean -ffdxq'],
      ].join('\n'),
    },
    { stage: 'step_script', body: user(job.steps[0]!.script) },
    ...(after === undefined
      ? []
      : [{ stage: 'after_script', body: user(after.script), isAlways: true }]),
    ...(paths.length === 0
      ? []
      : [
          {
            stage: 'upload_artifacts_on_success',
            body: uploader(project, temporary, exports, job, paths),
          },
        ]),
    { stage: 'cleanup_file_variables', body: `rm -rf ${quoted(temporary)}`, isAlways: true },
  ];
}

/** In place of `gitlab-runner artifacts-uploader`, which is the runner's own program: the same request. */
const uploader = (
  project: string,
  temporary: string,
  exports: string,
  { id }: JobResponse,
  paths: readonly string[]
): string =>
  [
    ...[exports, `cd ${quoted(project)}`],
    ...['export GIT_CONFIG_NOSYSTEM=1', `archive=${quoted(`${temporary}/artifacts.zip`)}`],
    'rm -f .git/index',
    `git -c core.autocrlf=false add -f -- ${paths.map(quoted).join(' ')}`,
    'git archive --format=zip -o "$archive" "$(git write-tree)"',
    `curl -sS --fail -H "JOB-TOKEN: $CI_JOB_TOKEN" -F "file=@$archive" "$CI_API_V4_URL/jobs/${id}/artifacts"`,
  ].join('\n');

/** `BashWriter.Finish`: the script is a string that a subshell evaluates, without standard input. */
const shellScript = (body: string): string =>
  [
    ...['#!/usr/bin/env bash', '', "trap 'exit 1' TERM", ''],
    'case "$(set -o)" in *"pipefail"*) set -o pipefail;; esac; set -o errexit',
    'set +o noclobber',
    `(trap 'exit 1' TERM; eval ${quoted(body)}) < /dev/null`,
    ...['exit 0', ''],
  ].join('\n');

const quoted = (text: string): string => `'${text.replaceAll("'", `'"'"'`)}'`;
