import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { WorkflowDefinition } from '../../../contracts/formats/job.ts';
import { type AgentEvent, runAgent } from '../../../runner-hooks/agent/agent.ts';
import { runOnForge, type ForgeSettings } from '../../../runner-hooks/driver/forge-job.ts';
import { githubForge } from '../../../runner-hooks/driver/github.ts';
import type { JobOutcome, JobRequest, JobSettings } from '../../../runner-hooks/driver/job.ts';
import { applyPlan, planInstall } from '../../../runner-hooks/install/frame.ts';
import { githubInstallation, mailboxOf } from '../../../runner-hooks/install/github.ts';
import { WORKFLOW, githubWorkflow } from '../../../scripts/demo/workflow.ts';
import { type Github, startGithub } from '../../../scripts/network/github/github.ts';
import { type EmbeddedRunner, createRunner } from '../../../scripts/network/github/runner.ts';
import { type Agent, startAgent } from '../record/agent.ts';
import { LIMITS } from './limits.ts';

export { type GithubWorld, REPOSITORY, TOKEN, PATH, workflowOf, startGithubWorld };

const REPOSITORY = 'library/library';
const TOKEN = 'ghp_of-the-driver-and-nobody-else';
const PATH = WORKFLOW.github;

/** A workflow as README shows it, with this script and these steps after it. */
const workflowOf = (script: string, ...more: readonly string[]): string =>
  githubWorkflow([
    'uses: actions/checkout@v4',
    `run: |\n  ${script.replaceAll('\n', '\n  ')}`,
    ...more,
  ]);

interface GithubWorld {
  readonly agent: Agent;
  readonly github: Github;
  readonly runner: EmbeddedRunner;
  readonly events: readonly AgentEvent[];
  readonly commit: string;
  /** A job of the world's service, by the driver as the daemon starts it. */
  run(
    changes?: Partial<JobRequest> & { readonly definition?: Partial<WorkflowDefinition> },
    settings?: Partial<JobSettings> & {
      readonly forge?: Partial<ForgeSettings>;
      readonly token?: string;
    }
  ): Promise<JobOutcome>;
}

let jobs = 0;

/** A forge with one repository, a runner with our hooks on it, their agent, and a driver. */
async function startGithubWorld(
  workflow: string,
  { files = {}, marketOnly = false }: { files?: Record<string, string>; marketOnly?: boolean } = {}
): Promise<GithubWorld> {
  const agent = await startAgent();
  const runner = await createRunner(join(agent.folder, 'runner'));
  await applyPlan(await planInstall(githubInstallation({ runner: runner.folder, marketOnly })));
  const github = await startGithub({ folder: join(agent.folder, 'forge'), token: TOKEN, runner });
  const commit = await github.repositories.commit(REPOSITORY, { [PATH]: workflow, ...files });
  const stop = new AbortController();
  const events: AgentEvent[] = [];
  const running = runAgent({
    mailboxes: [mailboxOf(runner.folder)],
    publish: agent.context,
    seconds: 1,
    signal: stop.signal,
    onEvent: (event) => events.push(event),
  });
  onTestFinished(async () => {
    await github.stop();
    stop.abort();
    await running;
  });
  await expect.poll(() => events.map(({ kind }) => kind)).toContain('listening');
  const folder = join(agent.folder, 'jobs');
  await mkdir(folder);
  return {
    ...{ agent, github, runner, events, commit },
    async run(
      { definition = {}, ...changes } = {},
      { forge = {}, token = TOKEN, ...settings } = {}
    ) {
      const { host, api } = github;
      const driver = runOnForge((signal) => githubForge({ host, api, token, signal }), {
        ...{
          spool: agent.spool,
          startSeconds: 30,
          pollSeconds: 0.1,
          hookSeconds: 10,
          listSeconds: 0.5,
        },
        ...forge,
      });
      const outcome = await driver(
        {
          ...{ id: (jobs += 1).toString(16).padStart(64, '0'), driver: 'github' },
          source: { repository: `${github.url}/${REPOSITORY}.git`, commit },
          job: { workflow: PATH, ref: 'refs/heads/main', outputs: [], ...definition },
          ...{ limits: LIMITS, parameters: {} },
          ...changes,
        },
        { folder, ...settings }
      );
      onTestFinished(() => outcome.discard());
      return outcome;
    },
  };
}
