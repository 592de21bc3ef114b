import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { WorkflowDefinition } from '../../../contracts/formats/job.ts';
import { type ForgeSettings, runOnForge } from '../../../runner-hooks/driver/forge-job.ts';
import { gitlabForge } from '../../../runner-hooks/driver/gitlab.ts';
import type {
  Driver,
  JobOutcome,
  JobRequest,
  JobSettings,
} from '../../../runner-hooks/driver/job.ts';
import { applyPlan, planInstall } from '../../../runner-hooks/install/frame.ts';
import { findRunner, gitlabInstallation } from '../../../runner-hooks/install/gitlab.ts';
import { gitlabPipeline } from '../../../scripts/demo/workflow.ts';
import { type Gitlab, startGitlab } from '../../../scripts/network/gitlab/gitlab.ts';
import { type EmbeddedRunner, createRunner } from '../../../scripts/network/gitlab/runner.ts';
import { temporaryFolder } from '../room.ts';
import { LIMITS } from './limits.ts';

export { type GitlabWorld, PROJECT, TOKEN, TRIGGER, pipelineOf, startGitlabWorld };

const PROJECT = 'library/tools/library';
const TOKEN = 'glpat-of-the-driver';
const TRIGGER = 'glptt-of-the-driver';

/** A pipeline file as README shows it, with this script and these artifacts. */
const pipelineOf = (script: string, ...artifacts: readonly string[]): string =>
  gitlabPipeline([`|\n  ${script.replaceAll('\n', '\n  ')}`], artifacts);

interface GitlabWorld {
  readonly spool: string;
  readonly gitlab: Gitlab;
  readonly runner: EmbeddedRunner;
  readonly commit: string;
  /** Holds what is under way of jobs. */
  readonly folder: string;
  /** A job of the world's service, as the daemon hands it to a driver. */
  request(changes?: Changes): JobRequest;
  driver(
    settings?: Partial<ForgeSettings> & {
      readonly token?: string | undefined;
      readonly triggerToken?: string | undefined;
    }
  ): Driver;
  /** A job of the world's service, by the driver as the daemon starts it. */
  run(
    changes?: Changes,
    settings?: Partial<JobSettings> & {
      readonly forge?: Partial<ForgeSettings>;
      readonly triggerToken?: string;
      readonly token?: string;
    }
  ): Promise<JobOutcome>;
}

type Changes = Partial<JobRequest> & { readonly definition?: Partial<WorkflowDefinition> };

let jobs = 0;

/** A GitLab with one project, a runner with our executor, and a driver. */
async function startGitlabWorld(file: string): Promise<GitlabWorld> {
  const folder = await temporaryFolder();
  const spool = join(folder, 'spool');
  await mkdir(spool);
  const gitlab = await startGitlab({
    ...{ folder: join(folder, 'forge'), token: TOKEN, triggerToken: TRIGGER },
  });
  onTestFinished(() => gitlab.stop());
  const runner = await createRunner(join(folder, 'runner'), gitlab.url);
  const target = await findRunner(runner.config, {});
  await applyPlan(
    await planInstall(gitlabInstallation({ target, jobs: join(folder, 'jobs'), spool }))
  );
  gitlab.setRunner(runner);
  const commit = await gitlab.repositories.commit(PROJECT, { '.gitlab-ci.yml': file });
  const runs = join(folder, 'runs');
  await mkdir(runs);
  const request = ({ definition = {}, ...changes }: Changes = {}): JobRequest => ({
    ...{ id: (jobs += 1).toString(16).padStart(64, '0'), driver: 'gitlab' },
    source: { repository: `${gitlab.url}/${PROJECT}.git`, commit },
    job: { workflow: '.gitlab-ci.yml', ref: 'refs/heads/main', outputs: [], ...definition },
    ...{ limits: LIMITS, parameters: {} },
    ...changes,
  });
  const driver: GitlabWorld['driver'] = ({ token = TOKEN, triggerToken, ...settings } = {}) =>
    runOnForge(
      (signal) =>
        gitlabForge({ host: gitlab.host, server: gitlab.url, token, triggerToken, signal }),
      {
        ...{ spool, startSeconds: 30, pollSeconds: 0.1, hookSeconds: 10, listSeconds: 0.5 },
        ...settings,
      }
    );
  return {
    ...{ spool, gitlab, runner, commit, request, folder: runs },
    driver,
    async run(changes, { forge, triggerToken, token, ...settings } = {}) {
      const outcome = await driver({ ...forge, triggerToken, token })(request(changes), {
        ...{ folder: runs, ...settings },
      });
      onTestFinished(() => outcome.discard());
      return outcome;
    },
  };
}
