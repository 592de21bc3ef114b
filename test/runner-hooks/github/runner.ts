import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  type Said,
  HOOK_SHELL,
  WORKER,
  WORKER_LOOP,
  commander,
  createRunnerFolder,
  environmentIn,
  finishLog,
  killTracked,
  quoted,
} from '../../../scripts/network/github/worker.ts';

export { type TestRunner, type TestJob, type Said, WORKER, createRunner };

interface TestJob {
  /** Of the `Runner.Worker`. */
  readonly pid: number;
  readonly trackingId: string;
  readonly workspace: string;
  /** What the job-started hook did, as the step's log has it; `undefined` where none is configured. */
  readonly started: Said | undefined;
  /** A `run:` step. */
  step(script: string): Promise<Said>;
  /** The job-completed hook, the orphans' end, the result in the log, and the worker's exit. */
  complete(result?: 'Succeeded' | 'Failed' | 'Canceled'): Promise<Said | undefined>;
  /** As when the machine's owner restarts the runner's service, or the kernel runs out of memory. */
  kill(): Promise<void>;
}

interface TestRunner {
  readonly folder: string;
  startJob(options?: {
    readonly environment?: Readonly<Record<string, string | undefined>>;
    readonly payload?: unknown;
    /** A development build's worker has another name. */
    readonly workerName?: string;
  }): Promise<TestJob>;
}

/** The variables of actions/runner 2.3xx (`GitHubContext.cs`, `RunnerContext.cs`). */
const VARIABLES = {
  GITHUB_ACTION: '__run',
  GITHUB_ACTOR: 'ada',
  GITHUB_ACTOR_ID: '1',
  GITHUB_API_URL: 'https://api.github.com',
  GITHUB_EVENT_NAME: 'push',
  GITHUB_JOB: 'build',
  GITHUB_REF: 'refs/heads/main',
  GITHUB_REF_NAME: 'main',
  GITHUB_REF_TYPE: 'branch',
  GITHUB_REPOSITORY: 'library/library',
  GITHUB_RUN_ATTEMPT: '1',
  GITHUB_RUN_ID: '4711',
  GITHUB_RUN_NUMBER: '7',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
  GITHUB_WORKFLOW: 'Build',
  GITHUB_WORKFLOW_REF: 'library/library/.github/workflows/build.yml@refs/heads/main',
  GITHUB_WORKFLOW_SHA: '0123456789abcdef0123456789abcdef01234567',
  RUNNER_ARCH: 'X64',
  RUNNER_ENVIRONMENT: 'self-hosted',
  RUNNER_NAME: 'lab-1',
  RUNNER_OS: 'Linux',
};

/**
 * A runner's folder, and a process tree as a runner's: a worker of its own for each job, by the name of the
 * real one, whose children are hooks and steps. It writes the worker's diagnostic log, as the real one does.
 */
async function createRunner(
  folder: string,
  atEnd: (undo: () => void) => void,
  { uid }: { readonly uid?: number } = {}
): Promise<TestRunner> {
  const owner = uid === undefined ? {} : { uid, gid: uid };
  await createRunnerFolder(folder);
  if (uid !== undefined) execFileSync('chown', ['-R', `${uid}:${uid}`, folder]);
  return {
    folder,
    async startJob({ environment = {}, payload = {}, workerName = WORKER } = {}) {
      const workspace = join(folder, '_work/library/library');
      await mkdir(workspace, { recursive: true });
      const temporary = join(folder, '_work/_temp');
      const event = join(temporary, '_github_workflow', `event-${randomUUID()}.json`);
      await writeFile(event, JSON.stringify(payload));
      const log = join(folder, '_diag', `Worker_20261121-${String(Date.now()).slice(-6)}-utc.log`);
      const trackingId = `github_${randomUUID()}`;
      const program = join(folder, 'bin', workerName);
      if (!existsSync(program)) await copyFile('/bin/bash', program);
      const owned = environmentIn(await readFile(join(folder, '.env'), 'utf8').catch(() => ''));
      if (uid !== undefined) execFileSync('chown', ['-R', `${uid}:${uid}`, join(folder, '_work')]);
      const worker = spawn(program, ['-c', WORKER_LOOP, log], {
        ...owner,
        cwd: join(folder, 'bin'),
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { PATH: process.env.PATH, HOME: folder, ...owned },
      });
      atEnd(() => void worker.kill('SIGKILL'));
      const run = commander(worker);
      const added: Record<string, string> = {};
      let files = 0;
      const start = async (command: string): Promise<Said> => {
        const file = join(temporary, '_runner_file_commands', `set_env_${randomUUID()}_${files++}`);
        await writeFile(file, '');
        if (uid !== undefined) await chown(file, uid, uid);
        const variables = {
          ...{ PATH: process.env.PATH, HOME: folder, GITHUB_ACTIONS: 'true', CI: 'true' },
          ...owned,
          ...added,
          ...VARIABLES,
          ...{ GITHUB_ENV: file, GITHUB_EVENT_PATH: event, GITHUB_WORKSPACE: workspace },
          ...{ RUNNER_TEMP: temporary, RUNNER_TRACKING_ID: trackingId, ...environment },
        };
        const words = Object.entries(variables).flatMap(([name, value]) =>
          value === undefined ? [] : [quoted(`${name}=${value}`)]
        );
        // Standard input is closed, output is the step's.
        const said = await run(
          `cd ${quoted(workspace)}; env -i ${words.join(' ')} ${command} </dev/null 2>&1`
        );
        Object.assign(added, environmentIn(await readFile(file, 'utf8')));
        return said;
      };
      const hook = async (name: string): Promise<Said | undefined> =>
        owned[name] === undefined ? undefined : start(`${HOOK_SHELL} ${owned[name]}`);
      const started = await hook('ACTIONS_RUNNER_HOOK_JOB_STARTED');
      return {
        ...{ pid: worker.pid!, trackingId, workspace, started },
        step: (script) => start(`bash -e -c ${quoted(script)}`),
        async complete(result = 'Succeeded') {
          const completed = await hook('ACTIONS_RUNNER_HOOK_JOB_COMPLETED');
          await killTracked(trackingId, worker.pid!);
          await run(finishLog(log, result));
          worker.stdin.end();
          if (worker.exitCode === null) await once(worker, 'exit');
          return completed;
        },
        async kill() {
          worker.kill('SIGKILL');
          if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
        },
      };
    },
  };
}
