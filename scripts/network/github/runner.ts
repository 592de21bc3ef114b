export { type RunnerJob, type JobResult, type EmbeddedRunner, createRunner };

import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { quoted } from '../../../contracts/formats/shell-word.ts';
import {
  type Said,
  type Worker,
  HOOK_SHELL,
  createRunnerFolder,
  environmentIn,
  startWorker,
} from './worker.ts';
import { type Workflow, type WorkflowStep, expand } from './workflow.ts';

/** A job as its forge hands it to a runner. */
interface RunnerJob {
  readonly server: string;
  readonly repository: string;
  readonly commit: string;
  readonly ref: string;
  readonly run: number;
  readonly attempt: number;
  readonly workflow: Workflow;
  readonly path: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly actor: string;
  readonly cancelled: AbortSignal;
}

interface JobResult {
  readonly conclusion: 'success' | 'failure' | 'cancelled' | 'timed_out';
  readonly log: string;
  readonly artifacts: readonly { name: string; archive: Uint8Array; digest: string }[];
}

/** A self-hosted runner's folder, as `config.sh` leaves it. */
interface EmbeddedRunner {
  readonly folder: string;
  play(job: RunnerJob): Promise<JobResult>;
}

const RESULTS: Record<JobResult['conclusion'], Parameters<Worker['end']>[0]> = {
  ...{ success: 'Succeeded', failure: 'Failed' },
  ...{ cancelled: 'Canceled', timed_out: 'Canceled' },
};

/**
 * Plays actions/runner on Linux: for each job a process of its own called `Runner.Worker`, below which
 * hooks and steps run with the real one's variables, files and shells, and which writes its diagnostic log.
 * Of actions it knows `checkout` and `upload-artifact`, of expressions names alone.
 */
async function createRunner(folder: string): Promise<EmbeddedRunner> {
  await createRunnerFolder(folder);
  let turn: Promise<unknown> = Promise.resolve();
  return {
    folder,
    // One job at a time, as the real one.
    play(job) {
      const played = turn.then(() => playJob(folder, job));
      turn = played.catch(() => undefined);
      return played;
    },
  };
}

async function playJob(folder: string, job: RunnerJob): Promise<JobResult> {
  const [[name, { steps, env = {}, ...rules }] = [] as never] = Object.entries(job.workflow.jobs);
  const short = job.repository.split('/').at(-1)!;
  const workspace = join(folder, '_work', short, short);
  await rm(workspace, { recursive: true, force: true });
  await mkdir(workspace, { recursive: true });
  const worker = await startWorker(folder);
  const { temporary } = worker;
  const owned = environmentIn(await readFile(join(folder, '.env'), 'utf8').catch(() => ''));
  const event = join(temporary, '_github_workflow', `event-${randomUUID()}.json`);
  await writeFile(event, JSON.stringify(payloadOf(job)));
  const lines: string[] = [];
  const values = {
    ...Object.fromEntries(
      Object.entries(job.inputs).map(([key, value]) => [`inputs.${key}`, value])
    ),
    ...{ 'github.sha': job.commit, 'github.ref': job.ref, 'github.workspace': workspace },
  };
  const log = (text: string): void => {
    const at = new Date().toISOString().replace('Z', '0000Z');
    for (const line of text.replace(/\n$/, '').split('\n')) lines.push(`${at} ${line}`);
  };
  const start = async (command: string): Promise<Said> => {
    const variables = {
      ...{ PATH: process.env.PATH, HOME: folder, GITHUB_ACTIONS: 'true', CI: 'true' },
      ...owned,
      ...Object.fromEntries(
        Object.entries(env).map(([k, value]) => [k, expand(`${value}`, values)])
      ),
      ...worker.added,
      ...variablesOf(job, name),
      ...{ GITHUB_EVENT_PATH: event, GITHUB_WORKSPACE: workspace },
    };
    const said = await worker.run(command, { folder: workspace, variables });
    if (said.output !== '') log(said.output);
    return said;
  };
  const hook = (variable: string): Promise<Said> | undefined => {
    const path = owned[variable];
    return path === undefined ? undefined : start(`${HOOK_SHELL} ${path}`);
  };
  const artifacts: { name: string; archive: Uint8Array; digest: string }[] = [];
  const play = async (step: WorkflowStep): Promise<number> => {
    if ('run' in step) {
      log(`##[group]Run ${step.run.split('\n')[0]}\n##[endgroup]`);
      const script = join(temporary, `${randomUUID()}.sh`);
      await writeFile(script, expand(step.run, values));
      return (await start(`bash -e ${quoted(script)}`)).status;
    }
    log(`##[group]Run ${step.uses}\n##[endgroup]`);
    if (step.uses.startsWith('actions/checkout@')) return (await start(checkout(job))).status;
    const given = step.with as { name?: string | number; path?: string | number };
    const archive = await archiveOf(workspace, expand(`${given.path ?? ''}`, values));
    if (archive === undefined) return 1;
    const digest = createHash('sha256').update(archive).digest('hex');
    artifacts.push({ name: `${given.name ?? 'artifact'}`, archive, digest });
    return 0;
  };

  let conclusion: JobResult['conclusion'] = 'success';
  const end = (why: 'cancelled' | 'timed_out'): void => {
    conclusion = why;
    worker.interrupt();
  };
  const onCancel = (): void => end('cancelled');
  job.cancelled.addEventListener('abort', onCancel);
  if (job.cancelled.aborted) onCancel();
  const seconds = 60 * (rules['timeout-minutes'] ?? 360);
  const timer = setTimeout(() => end('timed_out'), 1000 * seconds);
  /** Whatever has become of the job while a step ran. */
  const now = (): JobResult['conclusion'] => conclusion;
  const started = await hook('ACTIONS_RUNNER_HOOK_JOB_STARTED');
  if (started !== undefined && started.status !== 0) conclusion = 'failure';
  for (const step of steps) {
    if (now() !== 'success') break;
    const status = await play(step);
    if (status !== 0) log(`##[error]Process completed with exit code ${status}.`);
    if (status !== 0 && now() === 'success') conclusion = 'failure';
  }
  clearTimeout(timer);
  job.cancelled.removeEventListener('abort', onCancel);
  const completed = await hook('ACTIONS_RUNNER_HOOK_JOB_COMPLETED');
  if (completed !== undefined && completed.status !== 0 && now() === 'success')
    conclusion = 'failure';
  await worker.end(RESULTS[now()]);
  return { conclusion: now(), log: `${lines.join('\n')}\n`, artifacts };
}

/** `github.event` of a dispatch, as far as hooks and steps look at it. */
const payloadOf = ({ inputs, ref, path, repository, actor }: RunnerJob): object => ({
  ...{ inputs, ref, workflow: path },
  repository: { id: 1, name: repository.split('/').at(-1), full_name: repository, fork: false },
  sender: { login: actor, id: 1, type: 'User' },
});

/** The variables of actions/runner 2.3xx (`GitHubContext.cs`, `RunnerContext.cs`). */
const variablesOf = (job: RunnerJob, name: string): Record<string, string> => ({
  ...{ GITHUB_ACTION: '__run', GITHUB_ACTOR: job.actor, GITHUB_ACTOR_ID: '1' },
  ...{ GITHUB_API_URL: `${job.server}/api/v3`, GITHUB_SERVER_URL: job.server },
  ...{ GITHUB_EVENT_NAME: 'workflow_dispatch', GITHUB_JOB: name },
  ...{ GITHUB_REF: job.ref, GITHUB_REF_NAME: job.ref.replace(/^refs\/(heads|tags)\//, '') },
  GITHUB_REF_TYPE: job.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
  ...{ GITHUB_REPOSITORY: job.repository, GITHUB_SHA: job.commit },
  ...{ GITHUB_RUN_ATTEMPT: `${job.attempt}`, GITHUB_RUN_ID: `${job.run}`, GITHUB_RUN_NUMBER: '1' },
  GITHUB_WORKFLOW: job.workflow.name ?? job.path,
  GITHUB_WORKFLOW_REF: `${job.repository}/${job.path}@${job.ref}`,
  GITHUB_WORKFLOW_SHA: job.commit,
  ...{ RUNNER_ARCH: 'X64', RUNNER_ENVIRONMENT: 'self-hosted', RUNNER_NAME: 'embedded' },
  RUNNER_OS: 'Linux',
});

/** What `actions/checkout` asks of git. */
const checkout = ({ server, repository, commit }: RunnerJob): string =>
  `bash -e -c ${quoted(
    [
      'export GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0',
      'git init -q .',
      `git remote add origin ${quoted(`${server}/${repository}.git`)}`,
      `git -c protocol.version=2 fetch -q --no-tags --depth=1 origin ${commit}`,
      `git -c advice.detachedHead=false checkout -q --force ${commit}`,
    ].join('\n')
  )}`;

/** As `actions/upload-artifact`: a folder's content, or one file by its name. */
async function archiveOf(workspace: string, path: string): Promise<Uint8Array | undefined> {
  const root = join(workspace, path);
  const found = await stat(root).catch(() => undefined);
  if (found === undefined) return undefined;
  if (found.isFile()) return zipSync({ [path.split('/').at(-1)!]: await readFile(root) });
  const files: Record<string, Uint8Array> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    files[file.slice(root.length + 1)] = await readFile(file);
  }
  return zipSync(files);
}
