import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { quoted } from '../../../contracts/formats/shell-word.ts';
import {
  type Verdict,
  playJob as playByExecutor,
} from '../../../scripts/network/gitlab/executor.ts';
import * as response from '../../../scripts/network/gitlab/job-response.ts';
import { shellScript } from '../../../scripts/network/gitlab/stages.ts';

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

type Job = response.JobResponse;
type Variable = response.Variable;

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

/** A job as gitlab.com sends it, for a repository with one commit. */
const jobResponse = (
  { repository, commit }: { repository: string; commit: string },
  script: readonly string[],
  variables: readonly Variable[] = []
): Job =>
  response.jobResponse({
    ...{ repository, commit, script, variables, ref: 'refs/heads/main', pipeline: 4711 },
    ...{ id: 1_000_000 + Math.floor(Math.random() * 1_000_000), name: 'build', seconds: 3_600 },
    ...{ token: 'glcbt-64_sEcReTjObToKeN', source: 'push', actor: 'ada', path: '.gitlab-ci.yml' },
  });

/** Plays one job as GitLab Runner does, and keeps what each call of the executor has printed. */
async function playJob(
  { entry, stageName, gracefulKillMilliseconds = 600_000, ...runner }: RunnerConfig,
  job: Job,
  { cancel }: { readonly cancel?: Cancel } = {}
): Promise<Played> {
  const calls: Called[] = [];
  let [stdout, stderr] = ['', ''];
  const ended = new AbortController();
  const executor = {
    ...{ ...runner, graceMilliseconds: gracefulKillMilliseconds, scriptName: stageName },
    commands: {
      ...{ config: [entry, 'config'], prepare: [entry, 'prepare'] },
      ...{ run: [entry, 'run'], cleanup: [entry, 'cleanup'] },
    },
  };
  const verdict = await playByExecutor(executor, job, {
    ended: ended.signal,
    onOutput({ stream, chunk, pid }) {
      if (stream === 'stderr') stderr += chunk.toString();
      else stdout += chunk.toString();
      if (cancel === undefined || ended.signal.aborted || !stdout.includes(cancel.whenSaid)) return;
      if (cancel.kill !== undefined) {
        process.kill(-pid, 'SIGKILL');
        process.kill(cancel.kill, 'SIGKILL');
      }
      ended.abort();
    },
    onCall(stage, called) {
      calls.push({ stage, verdict: called, stdout, stderr });
      [stdout, stderr] = ['', ''];
    },
  });
  const log = calls
    .filter(({ stage }) => stage !== 'cleanup')
    .map((one) => (one.stage === 'config' ? '' : one.stdout) + one.stderr)
    .join('');
  return { calls, verdict, log };
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
    CI_COMMIT_SHA: job.git_info.sha,
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
