import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export {
  type Job,
  type Variable,
  type Played,
  type RunnerConfig,
  playJob,
  playUntilKilled,
  playShell,
  jobResponse,
};

interface Variable {
  key: string;
  value: string;
  public?: boolean;
  masked?: boolean;
  file?: boolean;
  raw?: boolean;
}

interface Step {
  name: string;
  script: string[];
  timeout?: number;
  when?: string;
  allow_failure?: boolean;
}

/** As `POST /api/v4/jobs/request` answers; what the tests change of it. */
type Job = ReturnType<typeof jobResponse>;

interface RunnerConfig {
  /** `config_exec` and its like: one entry, with `config`, `prepare`, `run` and `cleanup` as arguments. */
  readonly entry: string;
  /** Of the runner's own process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Where the runner's temporary folders lie. */
  readonly tmp: string;
  /** Whose process the runner is, by number; ours unless given. */
  readonly user?: number;
  readonly gracefulKillMilliseconds?: number;
  /** As before release 17: the stage by its name in the source. */
  readonly stageName?: 'step_script' | 'build_script';
  /** As before release 17.9. */
  readonly hasExitCodeFile?: boolean;
}

/** How the runner takes the end of a call (`executors/custom/command/command.go`). */
type Verdict =
  | { readonly kind: 'success' }
  | { readonly kind: 'build failure'; readonly code: number }
  | { readonly kind: 'system failure' }
  | { readonly kind: 'unknown failure'; readonly code: number | null };

interface Called {
  readonly stage: string;
  readonly verdict: Verdict;
  readonly stdout: string;
  readonly stderr: string;
}

interface Played {
  readonly calls: readonly Called[];
  /** What GitLab shows of the job. */
  readonly verdict: Verdict;
  /** The job's log: all but the configuration and the cleanup. */
  readonly log: string;
}

interface Cancel {
  readonly whenSaid: string;
  /** The runner itself dies, at once and with its children. */
  readonly kill?: number;
}

const BUILD_FAILURE = 1;
const SYSTEM_FAILURE = 2;

/** A job as gitlab.com sends it, for a repository with one commit. */
function jobResponse(
  { repository, commit }: { repository: string; commit: string },
  script: readonly string[],
  variables: readonly Variable[] = []
) {
  const url = new URL(repository);
  const token = 'glcbt-64_sEcReTjObToKeN';
  url.username = 'gitlab-ci-token';
  url.password = token;
  const own = (key: string, value: string): Variable => ({ key, value, public: true });
  return {
    id: 1_000_000 + Math.floor(Math.random() * 1_000_000),
    token,
    allow_git_fetch: true,
    job_info: {
      name: 'build',
      stage: 'test',
      project_id: 42,
      project_name: 'library',
      pipeline_id: 4711,
      user_id: 7,
      time_in_queue_seconds: 1,
    } as Record<string, unknown>,
    git_info: {
      repo_url: url.href,
      repo_object_format: 'sha1',
      ref: 'main',
      sha: commit,
      before_sha: '0'.repeat(40),
      ref_type: 'branch',
      refspecs: [
        '+refs/pipelines/4711:refs/pipelines/4711',
        '+refs/heads/main:refs/remotes/origin/main',
      ],
      depth: 20,
      protected: true,
    } as Record<string, unknown>,
    runner_info: { timeout: 3_600 },
    inputs: [],
    variables: [
      own('CI_PIPELINE_ID', '4711'),
      own('CI_PIPELINE_SOURCE', 'push'),
      own('CI_CONFIG_PATH', '.gitlab-ci.yml'),
      own('CI_PROJECT_ID', '42'),
      own('GITLAB_USER_LOGIN', 'ada'),
      { key: 'CI_JOB_TOKEN', value: token, public: false, masked: true },
      ...variables,
    ] as Variable[] | null,
    steps: [
      {
        name: 'script',
        script: [...script],
        timeout: 3_600,
        when: 'on_success',
        allow_failure: false,
      },
    ] as Step[],
    image: null,
    services: [],
    artifacts: null,
    cache: [],
    credentials: [],
    dependencies: [],
    hooks: [] as { name: 'pre_get_sources_script' | 'post_get_sources_script'; script: string[] }[],
    features: {
      trace_sections: true,
      token_mask_prefixes: ['glpat-', 'glcbt-'],
      failure_reasons: [],
    },
    policy_options: {},
  };
}

/** One call of the executor, in a process group of its own, with what the runner gives it. */
function startCall(
  config: RunnerConfig,
  folder: string,
  job: Job,
  jobEnvironment: Readonly<Record<string, string>>,
  args: readonly string[]
) {
  const custom = (job.variables ?? []).map(
    ({ key, value }) => [`CUSTOM_ENV_${key}`, value] as const
  );
  const environment = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    ...config.environment,
    TMPDIR: folder,
    BUILD_FAILURE_EXIT_CODE: `${BUILD_FAILURE}`,
    SYSTEM_FAILURE_EXIT_CODE: `${SYSTEM_FAILURE}`,
    ...(config.hasExitCodeFile !== false && {
      BUILD_EXIT_CODE_FILE: join(folder, 'build_exit_code'),
    }),
    JOB_RESPONSE_FILE: join(folder, 'response.json'),
    ...jobEnvironment,
    ...Object.fromEntries(custom),
    CUSTOM_ENV_CI_JOB_SERVICES: '',
  };
  const stdin = openSync('/dev/null', 'r');
  const child = spawn(config.entry, args, {
    ...{ cwd: folder, env: environment, detached: true },
    ...(config.user !== undefined && { uid: config.user, gid: config.user }),
    stdio: [stdin, 'pipe', 'pipe'],
  });
  closeSync(stdin);
  return child;
}

async function call(
  config: RunnerConfig,
  folder: string,
  job: Job,
  jobEnvironment: Readonly<Record<string, string>>,
  args: readonly string[],
  cancel?: Cancel
): Promise<Called> {
  const child = startCall(config, folder, job, jobEnvironment, args);
  let [stdout, stderr] = ['', ''];
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdout!.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    // Once: SIGTERM to the group, and SIGKILL after the grace (`helpers/process/killer.go`).
    if (cancel === undefined || !stdout.includes(cancel.whenSaid)) return;
    if (cancel.kill !== undefined) {
      process.kill(-child.pid!, 'SIGKILL');
      process.kill(cancel.kill, 'SIGKILL');
    }
    cancel = undefined;
    process.kill(-child.pid!, 'SIGTERM');
    setTimeout(() => {
      if (child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid!, 'SIGKILL');
    }, config.gracefulKillMilliseconds ?? 600_000).unref();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { stage: args.at(-1)!, verdict: await verdictOf(code, folder), stdout, stderr };
}

async function own({ user }: RunnerConfig, ...paths: readonly string[]): Promise<void> {
  if (user !== undefined) for (const path of paths) await chown(path, user, user);
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

/**
 * Plays one job as GitLab Runner does (`common/build.go`, `executors/custom/custom.go`): configuration,
 * preparation, the stages of a job in order, and the cleanup whatever came before.
 */
async function playJob(
  config: RunnerConfig,
  job: Job,
  options: { readonly cancel?: Cancel } = {}
): Promise<Played> {
  const folder = await mkdtemp(join(config.tmp, 'custom-executor'));
  await writeFile(join(folder, 'response.json'), `${JSON.stringify(job)}\n`, { mode: 0o600 });
  await own(config, folder, join(folder, 'response.json'));
  const calls: Called[] = [];
  let environment: Record<string, string> = {};
  const make = async (args: string[], cancel?: Cancel): Promise<Called> => {
    const called = await call(config, folder, job, environment, args, cancel);
    calls.push(called);
    return called;
  };
  const finish = async (verdict: Verdict): Promise<Played> => {
    await make(['cleanup']);
    await rm(folder, { recursive: true, force: true });
    const log = calls
      .filter(({ stage }) => stage !== 'cleanup')
      .map(({ stage, stdout, stderr }) => (stage === 'config' ? '' : stdout) + stderr)
      .join('');
    return { calls, verdict, log };
  };
  const configured = await make(['config']);
  if (configured.verdict.kind !== 'success') return finish(configured.verdict);
  const answer = JSON.parse(configured.stdout) as {
    builds_dir: string;
    job_env?: Record<string, string>;
  };
  environment = answer.job_env ?? {};
  const prepared = await make(['prepare']);
  if (prepared.verdict.kind !== 'success') return finish(prepared.verdict);

  const stage = async (name: string, body: string): Promise<Verdict> => {
    const place = await mkdtemp(join(folder, 'script'));
    const script = join(place, 'script.');
    await writeFile(script, shellScript(body), { mode: 0o700 });
    await own(config, place, script);
    const cancel = name.endsWith('_script') ? options.cancel : undefined;
    return (await make(['run', script, name], cancel)).verdict;
  };
  const scripts = scriptsOf(job, answer.builds_dir);
  let verdict = await stage('prepare_script', scripts.prepare);
  if (verdict.kind !== 'success') return finish(verdict);
  verdict = await stage('get_sources', scripts.sources);
  if (verdict.kind === 'success')
    for (const { name, body } of scripts.steps) {
      if (verdict.kind !== 'success') break;
      verdict = await stage(
        name === 'script' ? (config.stageName ?? 'build_script') : `step_${name}`,
        body
      );
    }
  if (scripts.after !== undefined) await stage('after_script', scripts.after);
  await stage('cleanup_file_variables', scripts.cleanup);
  return finish(verdict);
}

/**
 * Plays a job in a process of its own, and kills that process with all that runs below it once the
 * script has said `started`: as a runner that is killed, or a machine that goes down.
 */
async function playUntilKilled(config: RunnerConfig, job: Job): Promise<Job> {
  const source = `
    import { playJob } from ${JSON.stringify(import.meta.url)};
    const { config, job } = JSON.parse(process.argv[1]);
    await playJob(config, job, { cancel: { whenSaid: 'started\\n', kill: process.pid } });`;
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', source, JSON.stringify({ config, job })],
    { stdio: 'inherit' }
  );
  await once(child, 'close');
  return job;
}

/**
 * Plays the script of a job as the shell executor does (`executors/shell`): bash in a group of its own reads
 * it from its standard input, `pre_build_script` and `post_build_script` around what the job says.
 */
async function playShell(
  hooks: { readonly pre_build_script?: string; readonly post_build_script?: string },
  job: Job,
  {
    project,
    variables = {},
    cancel,
  }: {
    readonly project: string;
    readonly variables?: Readonly<Record<string, string>>;
    readonly cancel?: Cancel;
  }
): Promise<{ readonly code: number | null; readonly log: string }> {
  const predefined: Record<string, string> = {
    CI_JOB_ID: `${job.id}`,
    CI_JOB_NAME: 'build',
    CI_PROJECT_PATH: 'library',
    CI_COMMIT_SHA: String(job.git_info.sha),
    CI_COMMIT_REF_NAME: 'main',
    CI_PROJECT_DIR: project,
    CI_JOB_TIMEOUT: '3600',
    ...variables,
  };
  const own = (job.variables ?? []).map(({ key, value }): [string, string] => [key, value]);
  const exports = [...own, ...Object.entries(predefined)].map(
    ([key, value]) => `export ${quoted(key)}=${quoted(value)}`
  );
  const { pre_build_script: before, post_build_script: after } = hooks;
  const script = job.steps.find(({ name }) => name === 'script')!.script;
  const body = [
    ...exports,
    `cd ${quoted(project)}`,
    ...[before, ...script, after].flatMap((line) => (line === undefined ? [] : [line])),
  ].join('\n');
  const child = spawn('bash', [], {
    ...{ cwd: '/', detached: true, stdio: ['pipe', 'pipe', 'pipe'] },
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8' },
  });
  child.stdin.end(shellScript(body));
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (cancel === undefined || !log.includes(cancel.whenSaid)) return;
      cancel = undefined;
      process.kill(-child.pid!, 'SIGTERM');
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, log };
}

/** `BashWriter.Finish`: the script is a string that a subshell evaluates, without standard input. */
const shellScript = (body: string): string =>
  [
    '#!/usr/bin/env bash',
    '',
    "trap 'exit 1' TERM",
    '',
    'case "$(set -o)" in *"pipefail"*) set -o pipefail;; esac; set -o errexit',
    'set +o noclobber',
    `(trap 'exit 1' TERM; eval ${quoted(body)}) < /dev/null`,
    'exit 0',
    '',
  ].join('\n');

const quoted = (text: string): string => `'${text.replaceAll("'", `'"'"'`)}'`;

function scriptsOf(job: Job, builds: string) {
  const { repo_url, sha, refspecs } = job.git_info as {
    repo_url: string;
    sha: string;
    refspecs: string[];
  };
  const project = builds + new URL(repo_url).pathname.replace(/\.git$/, '');
  const temporary = `${project}.tmp`;
  const exports = [
    ...(job.variables ?? []).map(({ key, value, file }) =>
      file === true
        ? `mkdir -p "${temporary}"\nprintf '%s' ${quoted(value)} > "${temporary}/${key}"\nexport ${quoted(key)}="${temporary}/${key}"`
        : `export ${quoted(key)}=${quoted(value)}`
    ),
    `export CI_PROJECT_DIR=${quoted(project)}`,
    `export GITLAB_ENV=${quoted(`${temporary}/gitlab_runner_env`)}`,
    `mkdir -p "${temporary}"`,
    `touch "${temporary}/gitlab_runner_env"`,
    `while read -r line; do export "$line"; done < "${temporary}/gitlab_runner_env"`,
  ].join('\n');
  const commands = (script: readonly string[]): string =>
    script.map((line) => `echo ${quoted(`$ ${line.split('\n')[0]}`)}\n${line}`).join('\n');
  const user = (script: readonly string[]): string =>
    [exports, `cd ${quoted(project)}`, commands(script)].join('\n');
  const hook = (name: string): string[] =>
    job.hooks.filter((one) => one.name === name).flatMap(({ script }) => script);
  const after = job.steps.find(({ name }) => name === 'after_script');
  return {
    prepare: `rm -f "${temporary}/gitlab_runner_env"\necho "Running on $(hostname)..."`,
    sources: [
      exports,
      'export GIT_TERMINAL_PROMPT=0',
      ...hook('pre_get_sources_script'),
      `rm -r -f "${temporary}/git-template"`,
      `mkdir -p "${temporary}/git-template"`,
      `git config -f "${temporary}/git-template/config" init.defaultBranch none`,
      `git config -f "${temporary}/git-template/config" fetch.recurseSubmodules false`,
      `git init ${quoted(project)} --template "${temporary}/git-template"`,
      `cd ${quoted(project)}`,
      `git remote add origin ${quoted(repo_url)}`,
      `git -c 'http.userAgent=gitlab-runner 18.3.0 linux/amd64' fetch origin --no-recurse-submodules ${refspecs.map(quoted).join(' ')} --depth 20`,
      `git -c submodule.recurse=false checkout -f -q ${sha}`,
      'git clean -ffdx',
      ...hook('post_get_sources_script'),
    ].join('\n'),
    steps: job.steps
      .filter(({ name }) => name !== 'after_script')
      .map(({ name, script }) => ({ name, body: user(script) })),
    after: after && user(after.script),
    cleanup: `rm -f ${(job.variables ?? [])
      .filter(({ file }) => file)
      .map(({ key }) => `"${temporary}/${key}"`)
      .join(' ')}`,
  };
}
