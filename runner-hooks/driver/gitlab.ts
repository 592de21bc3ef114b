export { type GitlabOptions, gitlabForge };

import { createHash } from 'node:crypto';
import { Gitlab } from '@gitbeaker/rest';
import * as v from 'valibot';
import { TICKET_VARIABLE } from '../record/ticket-name.ts';
import { ForgeError } from './error.ts';
import type { Conclusion, Forge } from './forge.ts';
import { orUndefined, parseAnswer } from './forge-answer.ts';
import type { FetchLimits } from './bounded-fetch.ts';
import { requesterOf } from './gitlab-requester.ts';

interface GitlabOptions {
  readonly host: string;
  /** Address of the server, default `https://<host>`. */
  readonly server?: string | undefined;
  /** May read the API of the projects that are sold and cancel pipelines (`api`). */
  readonly token: string;
  /** Triggers pipelines, instead of the other one: it can do nothing else. */
  readonly triggerToken?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const ANSWER = { seconds: 60, maxBytes: 8 * 2 ** 20 };
const DOWNLOAD_SECONDS = 1_800;
const MAX_CANDIDATES = 50;

const Pipeline = v.object({ id: v.number(), sha: v.string(), status: v.string() });
const Job = v.object({
  id: v.number(),
  status: v.string(),
  failure_reason: v.nullish(v.string()),
  pipeline: v.object({ id: v.number(), sha: v.string() }),
});
const File = v.object({ encoding: v.literal('base64'), content: v.string() });
const Commit = v.object({ commit: v.object({ id: v.string() }) });
const Variables = v.array(v.object({ key: v.string(), value: v.string() }));

/** GitLab CI, over its REST API (https://docs.gitlab.com/api/rest/). */
function gitlabForge({ host, token, triggerToken, signal, ...rest }: GitlabOptions): Forge {
  const server = (rest.server ?? `https://${host}`).replace(/\/+$/, '');
  const client = (limits: Omit<FetchLimits, 'signal'>) =>
    new Gitlab({
      host: server,
      // As `authorization`, the one header that fetch keeps from the storage it is sent on to.
      oauthToken: token,
      requesterFn: requesterOf({ ...limits, signal }),
      // Its own limit would break off what may take longer.
      queryTimeout: null,
    });
  const gitlab = client(ANSWER);
  const download = (maxBytes: number) => client({ seconds: DOWNLOAD_SECONDS, maxBytes });
  return {
    ...{ name: 'gitlab', host },

    commitOf: (project, ref) =>
      orUndefined(async () => {
        const name = ref.replace(/^refs\/(heads|tags)\//, '');
        const answer = ref.startsWith('refs/tags/')
          ? await gitlab.Tags.show(project, name)
          : await gitlab.Branches.show(project, name);
        return parseAnswer(Commit, answer).commit.id;
      }),

    digestOf: (project, path, commit) =>
      orUndefined(async () => {
        const file = parseAnswer(File, await gitlab.RepositoryFiles.show(project, path, commit));
        return createHash('sha256').update(Buffer.from(file.content, 'base64')).digest('hex');
      }),

    async dispatch({ repository, id }, ref) {
      const name = ref.replace(/^refs\/(heads|tags)\//, '');
      const answer =
        triggerToken === undefined
          ? await gitlab.Pipelines.create(repository, name, {
              variables: [{ key: TICKET_VARIABLE, value: id }],
            })
          : await gitlab.PipelineTriggerTokens.trigger(repository, name, triggerToken, {
              variables: { [TICKET_VARIABLE]: id },
            });
      return `${parseAnswer(Pipeline, answer).id}`;
    },

    async find({ repository, id, commit, createdAt }) {
      const answer = await gitlab.Pipelines.all(repository, {
        ...{ sha: commit, perPage: MAX_CANDIDATES, page: 1 },
        updatedAfter: new Date(createdAt - SKEW).toISOString(),
      });
      for (const pipeline of parseAnswer(v.array(Pipeline), answer)) {
        const variables = parseAnswer(
          Variables,
          await gitlab.Pipelines.allVariables(repository, pipeline.id)
        );
        if (variables.some(({ key, value }) => key === TICKET_VARIABLE && value === id))
          return { run: `${pipeline.id}` };
      }
      return 'none';
    },

    async look({ repository }, run, origin) {
      if (origin === undefined) {
        const pipeline = parseAnswer(
          Pipeline,
          await gitlab.Pipelines.show(repository, Number(run))
        );
        const { sha, status } = pipeline;
        return { commit: sha, conclusion: concluded(status, undefined), wasRetried: false };
      }
      const job = parseAnswer(Job, await gitlab.Jobs.show(repository, jobOf(origin)));
      if (`${job.pipeline.id}` !== run)
        throw new ForgeError(
          'refused',
          `job ${job.id} is of pipeline ${job.pipeline.id}, not ${run}`
        );
      return {
        commit: job.pipeline.sha,
        conclusion: concluded(job.status, job.failure_reason),
        // Begun again it is another job, with artifacts of its own.
        wasRetried: false,
      };
    },

    async cancel({ repository }, run) {
      await gitlab.Pipelines.cancel(repository, Number(run));
    },

    async log({ repository }, origin) {
      const trace: unknown = await download(MAX_LOG_BYTES).Jobs.showLog(repository, jobOf(origin));
      if (typeof trace !== 'string') throw new ForgeError('answer', 'the trace is no text');
      return Buffer.from(trace);
    },

    async artifacts({ repository }, origin, declared, maxBytes) {
      const archive: unknown = await orUndefined(() =>
        download(maxBytes).JobArtifacts.downloadArchive(repository, { jobId: jobOf(origin) })
      );
      if (archive === undefined)
        return declared.map((path) => ({
          path,
          missing: 'it has expired at the forge, or never was',
        }));
      if (!(archive instanceof Blob)) throw new ForgeError('answer', 'the archive is no file');
      return [{ folder: '.', archive: new Uint8Array(await archive.arrayBuffer()) }];
    },
  };
}

/** Of two machines' clocks. */
const SKEW = 120_000;
/** What the service allows is cut from it later, with a line that says so. */
const MAX_LOG_BYTES = 128 * 2 ** 20;

function jobOf({ job }: { readonly job: { readonly id: string | null } }): number {
  if (job.id === null) throw new ForgeError('answer', 'the hook did not say which job it ran');
  return Number(job.id);
}

/** `undefined` for what waits or runs: https://docs.gitlab.com/api/pipelines/ lists the rest. */
function concluded(status: string, reason: string | null | undefined): Conclusion | undefined {
  if (status === 'success') return 'success';
  if (status === 'canceled') return 'cancelled';
  if (status === 'skipped') return 'failure';
  if (status !== 'failed') return undefined;
  return reason === 'job_execution_timeout' ? 'timeout' : 'failure';
}
