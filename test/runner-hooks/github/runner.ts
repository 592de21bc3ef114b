import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quoted } from '../../../contracts/formats/shell-word.ts';
import {
  type Said,
  HOOK_SHELL,
  createRunnerFolder,
  environmentIn,
  startWorker,
} from '../../../scripts/network/github/worker.ts';

export { type TestRunner, type TestJob, createRunner };

interface TestJob {
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
  const owner = uid === undefined ? {} : { user: uid };
  const handOver = (path: string): void => {
    if (uid !== undefined) execFileSync('chown', ['-R', `${uid}:${uid}`, path]);
  };
  await createRunnerFolder(folder);
  handOver(folder);
  return {
    folder,
    async startJob({ environment = {}, payload = {} } = {}) {
      const work = join(folder, '_work');
      const workspace = join(work, 'library/library');
      await mkdir(workspace, { recursive: true });
      const event = join(work, '_temp/_github_workflow', `event-${randomUUID()}.json`);
      await writeFile(event, JSON.stringify(payload));
      handOver(work);
      const owned = environmentIn(await readFile(join(folder, '.env'), 'utf8').catch(() => ''));
      const worker = await startWorker(folder, { ...owner, environment: owned });
      atEnd(() => void worker.kill());
      const start = (command: string): Promise<Said> =>
        worker.run(command, {
          folder: workspace,
          variables: {
            ...{ PATH: process.env.PATH, HOME: folder, GITHUB_ACTIONS: 'true', CI: 'true' },
            ...owned,
            ...worker.added,
            ...VARIABLES,
            ...{ GITHUB_EVENT_PATH: event, GITHUB_WORKSPACE: workspace, ...environment },
          },
        });
      const hook = async (name: string): Promise<Said | undefined> =>
        owned[name] === undefined ? undefined : start(`${HOOK_SHELL} ${owned[name]}`);
      const started = await hook('ACTIONS_RUNNER_HOOK_JOB_STARTED');
      return {
        ...{ workspace, started, kill: () => worker.kill() },
        step: (script) => start(`bash -e -c ${quoted(script)}`),
        async complete(result = 'Succeeded') {
          const completed = await hook('ACTIONS_RUNNER_HOOK_JOB_COMPLETED');
          await worker.end(result);
          return completed;
        },
      };
    },
  };
}
