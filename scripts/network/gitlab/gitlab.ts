export { type Gitlab, type GitlabJob, startGitlab };

import { createHash, randomBytes } from 'node:crypto';
import { type ForgeRepositories, openForgeRepositories } from '../forge/repository.ts';
import { type Call, type ForgeServer, type Reply, serveForge } from '../forge/server.ts';
import { jobResponse } from './job-response.ts';
import { type PipelineFile, readPipelineFile } from './pipeline-file.ts';
import type { EmbeddedRunner } from './runner.ts';

interface GitlabOptions {
  /** Of the repositories. */
  readonly folder: string;
  /** A project's or person's, for the API. */
  readonly token: string;
  readonly triggerToken: string;
  readonly port?: number;
  /** `undefined` leaves jobs waiting. */
  readonly runner?: EmbeddedRunner | undefined;
}

interface GitlabJob {
  readonly id: number;
  readonly token: string;
  readonly pipeline: Pipeline;
  status: 'pending' | 'running' | 'success' | 'failed' | 'canceled';
  failureReason: string | null;
  trace: Buffer[];
  artifacts: Buffer | undefined;
  readonly cancel: AbortController;
}

interface Pipeline {
  readonly id: number;
  readonly repository: string;
  readonly commit: string;
  readonly ref: string;
  readonly source: 'trigger' | 'api';
  readonly file: PipelineFile;
  readonly variables: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly jobs: GitlabJob[];
}

/** A GitLab on loopback, of it what its drivers and runners use, and switches for what goes wrong. */
interface Gitlab extends Pick<ForgeServer, 'url' | 'calls' | 'fail'> {
  /** As it stands in addresses. */
  readonly host: string;
  readonly repositories: ForgeRepositories;
  readonly pipelines: readonly Pipeline[];
  /** From now on another token is right. */
  setToken(token: string): void;
  setRunner(runner: EmbeddedRunner | undefined): void;
  cancel(pipeline: number): void;
  /** As by the button: the job again, with another number. */
  retry(pipeline: number): void;
  expireArtifacts(): void;
  stop(): Promise<void>;
}

const CI_PATH = '.gitlab-ci.yml';
const ACTOR = 'runproof';
const NOT_FOUND: Reply = { status: 404, body: { message: '404 Not found' } };

/** GitLab's REST API as documented (https://docs.gitlab.com/api/), of it what a driver and a runner use. */
async function startGitlab(options: GitlabOptions): Promise<Gitlab> {
  const repositories = await openForgeRepositories(options.folder);
  const pipelines: Pipeline[] = [];
  const working = new Set<Promise<void>>();
  let { token, runner } = options;
  let counter = 1_000 + Math.floor(Math.random() * 1e6);
  const jobs = (): GitlabJob[] => pipelines.flatMap((one) => one.jobs);

  const begin = (pipeline: Pipeline): void => {
    const job: GitlabJob = {
      ...{ id: (counter += 1), token: `glcbt-64_${randomBytes(10).toString('hex')}`, pipeline },
      ...{ status: 'pending', failureReason: null, trace: [], artifacts: undefined },
      cancel: new AbortController(),
    };
    pipeline.jobs.push(job);
    if (runner !== undefined) play(job, runner);
  };
  const play = (job: GitlabJob, player: EmbeddedRunner): void => {
    const { pipeline } = job;
    const { repository, commit, ref, source, file, variables } = pipeline;
    const work = (async () => {
      job.status = 'running';
      const response = jobResponse({
        ...{ id: job.id, token: job.token, pipeline: pipeline.id, source, commit, ref },
        ...{ repository: `${server.url}/${repository}.git`, actor: ACTOR, path: CI_PATH },
        ...{ name: file.name, seconds: file.seconds, artifacts: file.artifacts },
        ...{ script: [...file.before_script, ...file.script], afterScript: file.after_script },
        variables: Object.entries(variables).map(([key, value]) => ({ key, value, public: true })),
      });
      const { status, failureReason } = await player.play(response, {
        cancelled: job.cancel.signal,
        onTrace: (chunk) => job.trace.push(chunk),
      });
      Object.assign(job, { status, failureReason: failureReason ?? null });
    })().catch((error: unknown) => {
      job.trace.push(Buffer.from(`${error instanceof Error ? error.message : String(error)}\n`));
      Object.assign(job, { status: 'failed', failureReason: 'runner_system_failure' });
    });
    working.add(work);
    void work.finally(() => working.delete(work));
  };
  const cancel = ({ jobs: [...all] }: Pipeline): void => {
    const job = all.at(-1)!;
    job.cancel.abort();
    if (job.status === 'pending') job.status = 'canceled';
  };

  const create = async (
    repository: string,
    source: Pipeline['source'],
    name: string,
    variables: Record<string, string>
  ): Promise<Reply> => {
    const isTag = (await repositories.commitOf(repository, `refs/heads/${name}`)) === undefined;
    const ref = `refs/${isTag ? 'tags' : 'heads'}/${name}`;
    const commit = await repositories.commitOf(repository, ref);
    if (commit === undefined) return bad('Reference not found');
    const text = await repositories.fileAt(repository, commit, CI_PATH);
    const file = text && (await readPipelineFile(text));
    if (file === undefined) return bad('Missing CI config file');
    const pipeline: Pipeline = {
      ...{ id: (counter += 1), repository, commit, ref, source, file, variables },
      ...{ createdAt: Date.now(), jobs: [] },
    };
    await repositories.setRef(repository, `refs/pipelines/${pipeline.id}`, commit);
    pipelines.push(pipeline);
    begin(pipeline);
    return { status: 201, body: shown(pipeline) };
  };
  const trigger = (repository: string, call: Call): Promise<Reply> | Reply => {
    const form = fieldsOf(call);
    if (form.get('token') !== options.triggerToken) return NOT_FOUND;
    const ref = form.get('ref');
    if (ref === undefined) return bad('ref is missing');
    const variables = [...form].flatMap(([name, value]) => {
      const [, key] = /^variables\[(\w+)\]$/.exec(name) ?? [];
      return key === undefined ? [] : [[key, value]];
    });
    return create(
      repository,
      'trigger',
      ref,
      Object.fromEntries(variables) as Record<string, string>
    );
  };
  const createByApi = (repository: string, { body }: Call): Promise<Reply> => {
    const given = JSON.parse(body.toString()) as {
      ref: string;
      variables?: { key: string; value: string }[];
    };
    const variables = (given.variables ?? []).map(({ key, value }) => [key, value]);
    return create(
      repository,
      'api',
      given.ref,
      Object.fromEntries(variables) as Record<string, string>
    );
  };

  const shown = (pipeline: Pipeline): object => ({
    ...{ id: pipeline.id, iid: 1, project_id: 42, sha: pipeline.commit, source: pipeline.source },
    ...{ ref: pipeline.ref.replace(/^refs\/(heads|tags)\//, '') },
    status: pipeline.jobs.at(-1)?.status ?? 'created',
    created_at: new Date(pipeline.createdAt).toISOString(),
    web_url: `${server.url}/${pipeline.repository}/-/pipelines/${pipeline.id}`,
  });
  const jobShown = (job: GitlabJob): object => ({
    ...{ id: job.id, name: job.pipeline.file.name, status: job.status, stage: 'test' },
    ...{ failure_reason: job.failureReason, commit: { id: job.pipeline.commit } },
    pipeline: shown(job.pipeline),
  });

  const ofPipeline = (pipeline: Pipeline, rest: string, { method }: Call): Reply => {
    if (rest === '' && method === 'GET') return { status: 200, body: shown(pipeline) };
    if (rest === 'variables' && method === 'GET') {
      const list = Object.entries(pipeline.variables).map(([key, value]) => ({ key, value }));
      return { status: 200, body: list };
    }
    if (rest !== 'cancel' || method !== 'POST') return NOT_FOUND;
    cancel(pipeline);
    return { status: 200, body: shown(pipeline) };
  };
  const ofJob = (job: GitlabJob, rest: string): Reply => {
    if (rest === '') return { status: 200, body: jobShown(job) };
    if (rest === 'trace')
      return {
        ...{ status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' } },
        body: Buffer.concat(job.trace),
      };
    return rest === 'artifacts' && job.artifacts !== undefined
      ? { status: 200, body: job.artifacts }
      : NOT_FOUND;
  };
  const ofRepository = async (repository: string, rest: string, call: Call): Promise<Reply> => {
    const [, kind, escaped = ''] = /^repository\/(branches|tags|files)\/([^/]+)$/.exec(rest) ?? [];
    const name = decodeURIComponent(escaped);
    if (kind === 'files') {
      const commit = await repositories.commitOf(repository, call.query.get('ref') ?? 'HEAD');
      const file = commit && (await repositories.fileAt(repository, commit, name));
      if (!file) return NOT_FOUND;
      const content = file.toString('base64');
      return {
        status: 200,
        body: { file_path: name, encoding: 'base64', content, commit_id: commit },
      };
    }
    const ref = `refs/${kind === 'tags' ? 'tags' : 'heads'}/${name}`;
    const id = kind && (await repositories.commitOf(repository, ref));
    return id ? { status: 200, body: { name, commit: { id } } } : NOT_FOUND;
  };

  const route = async (call: Call): Promise<Reply> => {
    const { method, path, query, headers } = call;
    const [, uploaded] = /^\/api\/v4\/jobs\/(\d+)\/artifacts$/.exec(path) ?? [];
    if (uploaded !== undefined && method === 'POST') return upload(uploaded, call);
    const [, project = '', rest = ''] = /^\/api\/v4\/projects\/([^/]+)\/(.+)$/.exec(path) ?? [];
    const repository = decodeURIComponent(project);
    if ((await repositories.find(repository)) === undefined) return NOT_FOUND;
    if (rest === 'trigger/pipeline' && method === 'POST') return trigger(repository, call);
    if (!isSame(headers.authorization, `Bearer ${token}`))
      return { status: 401, body: { message: '401 Unauthorized' } };
    if (rest === 'pipeline' && method === 'POST') return createByApi(repository, call);
    if (rest === 'pipelines' && method === 'GET') {
      const own = pipelines.filter(
        (one) => one.repository === repository && one.commit === (query.get('sha') ?? one.commit)
      );
      return { status: 200, body: own.map(shown) };
    }
    const [, pipeline, more = ''] = /^pipelines\/(\d+)(?:\/(\w+))?$/.exec(rest) ?? [];
    const known = pipelines.find(
      (one) => one.repository === repository && `${one.id}` === pipeline
    );
    if (known !== undefined) return ofPipeline(known, more, call);
    const [, id, part = ''] = /^jobs\/(\d+)(?:\/(\w+))?$/.exec(rest) ?? [];
    const job = jobs().find((one) => one.pipeline.repository === repository && `${one.id}` === id);
    if (job !== undefined && method === 'GET') return ofJob(job, part);
    return method === 'GET' ? ofRepository(repository, rest, call) : NOT_FOUND;
  };
  const upload = (id: string, call: Call): Reply => {
    const job = jobs().find((one) => `${one.id}` === id);
    if (job === undefined || !isSame(call.headers['job-token'], job.token))
      return { status: 403, body: { message: '403 Forbidden' } };
    job.artifacts = partsOf(call).find(({ name }) => name === 'file')?.content;
    return { status: 201, body: {} };
  };

  const server = await serveForge(
    async (call, { request, response }) => {
      if (call.path.startsWith('/api/')) return route(call);
      return (await repositories.serve(request, response)) ? undefined : NOT_FOUND;
    },
    { port: options.port ?? 0, isRaw: (path) => !path.startsWith('/api/') }
  );
  const at = (id: number): Pipeline => pipelines.find((one) => one.id === id)!;
  return {
    ...{ url: server.url, calls: server.calls, host: new URL(server.url).host },
    ...{ repositories, pipelines },
    fail: (fault) => server.fail(fault),
    setToken: (next) => (token = next),
    setRunner(next) {
      runner = next;
      for (const job of jobs()) if (next !== undefined && job.status === 'pending') play(job, next);
    },
    cancel: (id) => cancel(at(id)),
    retry: (id) => begin(at(id)),
    expireArtifacts: () => jobs().forEach((job) => (job.artifacts = undefined)),
    async stop() {
      for (const job of jobs()) job.cancel.abort();
      await Promise.allSettled([...working]);
      await server.stop();
    },
  };
}

const bad = (message: string): Reply => ({ status: 400, body: { message: { base: [message] } } });

/** Fields of a form, from its body alone: GitLab takes them from the address too, where logs keep them. */
const fieldsOf = (call: Call): Map<string, string> =>
  new Map(partsOf(call).map(({ name, content }) => [name, content.toString()]));

/** RFC 7578, as clients write it. */
function partsOf({ headers, body }: Call): { name: string; content: Buffer }[] {
  const [, boundary] = /boundary="?([^";]+)"?/.exec(headers['content-type'] ?? '') ?? [];
  if (boundary === undefined) return [];
  return body
    .toString('latin1')
    .split(`--${boundary}`)
    .flatMap((part) => {
      const end = part.indexOf('\r\n\r\n');
      const [, name] = /; name="([^"]*)"/.exec(part.slice(0, end)) ?? [];
      if (end < 0 || name === undefined) return [];
      return [{ name, content: Buffer.from(part.slice(end + 4, -2), 'latin1') }];
    });
}

function isSame(a: string | string[] | undefined, b: string): boolean {
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
  return typeof a === 'string' && digest(a) === digest(b);
}
