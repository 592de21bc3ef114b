export { type Github, type GithubRun, startGithub };

import { createHash, randomBytes } from 'node:crypto';
import { zipSync } from 'fflate';
import { openForgeRepositories, type ForgeRepositories } from '../forge/repository.ts';
import { type Call, type ForgeServer, type Reply, serveForge } from '../forge/server.ts';
import type { EmbeddedRunner, JobResult } from './runner.ts';
import { type Workflow, expand, readWorkflow } from './workflow.ts';

interface GithubOptions {
  /** Of the repositories. */
  readonly folder: string;
  readonly token: string;
  readonly port?: number;
  /** `undefined` leaves runs waiting. */
  readonly runner?: EmbeddedRunner | undefined;
}

/** A try of a run. */
interface Attempt {
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: JobResult['conclusion'] | null;
  log: string;
  updatedAt: number;
  readonly cancel: AbortController;
}

interface GithubRun {
  readonly id: number;
  readonly repository: string;
  readonly commit: string;
  readonly ref: string;
  readonly path: string;
  readonly workflow: Workflow;
  readonly inputs: Readonly<Record<string, string>>;
  readonly title: string;
  readonly createdAt: number;
  readonly attempts: Attempt[];
}

interface StoredArtifact {
  readonly id: number;
  readonly run: number;
  readonly name: string;
  readonly archive: Uint8Array;
  readonly digest: string;
  expired: boolean;
}

/** An Enterprise server on loopback, with what its drivers use, and switches for what goes wrong. */
interface Github extends Pick<ForgeServer, 'url' | 'calls' | 'fail'> {
  /** As it stands in addresses. */
  readonly host: string;
  /** Of the REST API. */
  readonly api: string;
  readonly repositories: ForgeRepositories;
  readonly runs: readonly GithubRun[];
  /** From now on another token is right. */
  setToken(token: string): void;
  setRunner(runner: EmbeddedRunner | undefined): void;
  cancel(run: number): void;
  /** As by the button: all jobs, as another attempt. */
  rerun(run: number): void;
  expireArtifacts(): void;
  /** Until nothing runs. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

const NOT_FOUND: Reply = { status: 404, body: { message: 'Not Found' } };
const ACTOR = 'runproof';
const JSON_TYPE = /^application\/(vnd\.github[\w.+-]*\+)?json/;

/**
 * GitHub's REST API as published, of it what a driver uses: requests are held to it, and answers have its
 * shapes as far as anybody here reads them. Archives lie on another origin, which must not see the token.
 */
async function startGithub(options: GithubOptions): Promise<Github> {
  const repositories = await openForgeRepositories(options.folder);
  const runs: GithubRun[] = [];
  const artifacts: StoredArtifact[] = [];
  const stored = new Map<string, Uint8Array>();
  const working = new Set<Promise<void>>();
  let { token, runner } = options;
  let counter = 1_000 + Math.floor(Math.random() * 1e6);

  const storage = await serveForge(async ({ path, headers }) => {
    if (headers.authorization !== undefined)
      return { status: 400, body: 'this is no business of the token' };
    const bytes = stored.get(path.slice(1));
    return bytes === undefined ? NOT_FOUND : { status: 200, body: bytes };
  });
  const redirect = (bytes: Uint8Array): Reply => {
    const key = randomBytes(16).toString('hex');
    stored.set(key, bytes);
    return { status: 302, headers: { location: `${storage.url}/${key}` }, body: '' };
  };

  const begin = (run: GithubRun): void => {
    const attempt: Attempt = {
      ...{ status: 'queued', conclusion: null, log: '', updatedAt: Date.now() },
      cancel: new AbortController(),
    };
    run.attempts.push(attempt);
    if (runner !== undefined) play(run, attempt, runner);
  };
  const play = (run: GithubRun, attempt: Attempt, player: EmbeddedRunner): void => {
    const number = run.attempts.indexOf(attempt) + 1;
    const work = (async () => {
      if (attempt.status === 'completed') return;
      attempt.status = 'in_progress';
      const result = await player.play({
        ...{ server: server.url, repository: run.repository, commit: run.commit, ref: run.ref },
        ...{ run: run.id, attempt: number, workflow: run.workflow, path: run.path },
        ...{ inputs: run.inputs, actor: ACTOR, cancelled: attempt.cancel.signal },
      });
      for (const artifact of result.artifacts)
        artifacts.push({ ...artifact, id: (counter += 1), run: run.id, expired: false });
      end(attempt, result.conclusion, result.log);
    })().catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      end(attempt, 'failure', `The runner has failed: ${why}\n`);
    });
    working.add(work);
    void work.finally(() => working.delete(work));
  };
  const end = (attempt: Attempt, conclusion: JobResult['conclusion'], log = ''): void => {
    Object.assign(attempt, { status: 'completed', conclusion, log, updatedAt: Date.now() });
  };
  const cancel = (run: GithubRun): boolean => {
    const attempt = run.attempts.at(-1)!;
    if (attempt.status === 'completed') return false;
    attempt.cancel.abort();
    if (attempt.status === 'queued') end(attempt, 'cancelled');
    return true;
  };

  const dispatch = async (repository: string, file: string, call: Call): Promise<Reply> => {
    const path = `.github/workflows/${decodeURIComponent(file)}`;
    const body = jsonOf(call) as { ref?: string; inputs?: object; return_run_details?: boolean };
    const unknown = Object.keys(body).find(
      (k) => !['ref', 'inputs', 'return_run_details'].includes(k)
    );
    if (typeof body.ref !== 'string' || unknown !== undefined)
      return invalid(`Invalid request: ${unknown ?? 'ref'}`);
    const refs = [`refs/heads/${body.ref}`, `refs/tags/${body.ref}`, body.ref];
    let ref: string | undefined;
    let commit: string | undefined;
    for (const one of refs)
      if (commit === undefined) [ref, commit] = [one, await repositories.commitOf(repository, one)];
    if (ref === undefined || commit === undefined) return invalid(`No ref found for: ${body.ref}`);
    const text = await repositories.fileAt(repository, commit, path);
    if (text === undefined) return NOT_FOUND;
    const workflow = await readWorkflow(text);
    if (workflow === undefined)
      return invalid("Workflow does not have 'workflow_dispatch' trigger");
    const inputs = Object.fromEntries(
      Object.entries(body.inputs ?? {}).map(([k, value]) => [k, value as string])
    );
    const declared = workflow.on.workflow_dispatch?.inputs ?? {};
    const unexpected = Object.keys(inputs).filter((key) => !(key in declared));
    if (unexpected.length > 0)
      return invalid(`Unexpected inputs provided: ${unexpected.join(', ')}`);
    const values = Object.fromEntries(Object.entries(inputs).map(([k, x]) => [`inputs.${k}`, x]));
    const run: GithubRun = {
      ...{ id: (counter += 1), repository, commit, ref, path, workflow, inputs },
      title: expand(workflow['run-name'] ?? workflow.name ?? path, values),
      ...{ createdAt: Date.now(), attempts: [] },
    };
    runs.push(run);
    begin(run);
    if (body.return_run_details !== true) return { status: 204 };
    const run_url = `${api}/repos/${repository}/actions/runs/${run.id}`;
    const html_url = `${server.url}/${repository}/actions/runs/${run.id}`;
    return { status: 200, body: { workflow_run_id: run.id, run_url, html_url } };
  };

  /** @param number of the attempt; the latest by default */
  const shown = (run: GithubRun, number = run.attempts.length): object => {
    const attempt = run.attempts[number - 1]!;
    return {
      ...{ id: run.id, name: run.workflow.name ?? run.path, display_title: run.title },
      ...{ head_branch: run.ref.replace(/^refs\/(heads|tags)\//, ''), head_sha: run.commit },
      ...{ path: run.path, event: 'workflow_dispatch', run_attempt: number, run_number: 1 },
      ...{ status: attempt.status, conclusion: attempt.conclusion },
      ...{ created_at: new Date(run.createdAt).toISOString() },
      updated_at: new Date(attempt.updatedAt).toISOString(),
    };
  };
  const runsOf = (repository: string, file: string, { query }: Call): Reply => {
    const since = /^>=(.+)$/.exec(query.get('created') ?? '')?.[1];
    const found = runs.filter(
      (run) =>
        run.repository === repository &&
        run.path.endsWith(`/${decodeURIComponent(file)}`) &&
        (query.get('head_sha') ?? run.commit) === run.commit &&
        run.createdAt >= (since === undefined ? 0 : Date.parse(since))
    );
    return {
      status: 200,
      body: { total_count: found.length, workflow_runs: found.map((r) => shown(r)) },
    };
  };
  const ofRun = async (run: GithubRun, rest: string, call: Call): Promise<Reply> => {
    const [, number, logs] = /^attempts\/(\d+)(\/logs)?$/.exec(rest) ?? [];
    const attempt = number === undefined ? undefined : run.attempts[Number(number) - 1];
    if (number !== undefined && attempt === undefined) return NOT_FOUND;
    switch (call.method) {
      case 'GET':
        if (rest === '') return { status: 200, body: shown(run) };
        if (attempt !== undefined && logs === undefined)
          return { status: 200, body: shown(run, Number(number)) };
        if (attempt !== undefined)
          return attempt.status === 'completed' ? redirect(logArchive(attempt.log)) : NOT_FOUND;
        if (rest === 'artifacts') {
          const own = artifacts.filter((one) => one.run === run.id).map(artifactShown);
          return { status: 200, body: { total_count: own.length, artifacts: own } };
        }
        return NOT_FOUND;
      case 'POST':
        if (rest === 'cancel')
          return cancel(run)
            ? { status: 202, body: {} }
            : { status: 409, body: { message: 'Cannot cancel a workflow run that is completed.' } };
        return NOT_FOUND;
      default:
        return NOT_FOUND;
    }
  };
  const artifactShown = ({ id, run, name, archive, digest, expired }: StoredArtifact): object => ({
    ...{ id, name, expired, size_in_bytes: archive.length, digest: `sha256:${digest}` },
    workflow_run: { id: run },
  });

  const route = async (call: Call): Promise<Reply> => {
    const [, repository, rest = ''] =
      /^\/api\/v3\/repos\/([^/]+\/[^/]+)\/(.+)$/.exec(call.path) ?? [];
    if (repository === undefined || (await repositories.find(repository)) === undefined)
      return NOT_FOUND;
    const [, commit] = /^commits\/(.+)$/.exec(rest) ?? [];
    if (commit !== undefined && call.method === 'GET') {
      const ref = decodeURIComponent(commit);
      const id = await repositories.commitOf(
        repository,
        /^(heads|tags)\//.test(ref) ? `refs/${ref}` : ref
      );
      if (id === undefined) return invalid(`No commit found for SHA: ${ref}`);
      const wantsId = /application\/vnd\.github(\.v3)?\.sha/.test(call.headers.accept ?? '');
      return wantsId
        ? {
            status: 200,
            headers: { 'content-type': 'application/vnd.github.v3.sha; charset=utf-8' },
            body: id,
          }
        : { status: 200, body: { sha: id } };
    }
    const [, path] = /^contents\/(.+)$/.exec(rest) ?? [];
    if (path !== undefined && call.method === 'GET') {
      const ref = call.query.get('ref') ?? 'main';
      const id = await repositories.commitOf(repository, ref);
      const file = id && (await repositories.fileAt(repository, id, decodeURIComponent(path)));
      return file ? { status: 200, body: file } : NOT_FOUND;
    }
    const [, file, verb] = /^actions\/workflows\/([^/]+)\/(dispatches|runs)$/.exec(rest) ?? [];
    if (file !== undefined && verb === 'dispatches' && call.method === 'POST')
      return dispatch(repository, file, call);
    if (file !== undefined && verb === 'runs' && call.method === 'GET')
      return runsOf(repository, file, call);
    const [, id, more = ''] = /^actions\/runs\/(\d+)(?:\/(.+))?$/.exec(rest) ?? [];
    const run = runs.find((one) => one.repository === repository && `${one.id}` === id);
    if (run !== undefined) return ofRun(run, more, call);
    const [, artifact] = /^actions\/artifacts\/(\d+)\/zip$/.exec(rest) ?? [];
    const found = artifacts.find((one) => `${one.id}` === artifact);
    if (found === undefined) return NOT_FOUND;
    return found.expired
      ? { status: 410, body: { message: 'Artifact has expired' } }
      : redirect(found.archive);
  };

  const server = await serveForge(
    async (call, { request, response }) => {
      if (!call.path.startsWith('/api/')) {
        const isServed = await repositories.serve(request, response);
        return isServed ? undefined : NOT_FOUND;
      }
      const given = (call.headers.authorization ?? '').replace(/^(token|bearer) /i, '');
      if (!isSame(given, token)) return { status: 401, body: { message: 'Bad credentials' } };
      if (call.headers['user-agent'] === undefined)
        return { status: 403, body: { message: 'Request forbidden by administrative rules.' } };
      return route(call);
    },
    { port: options.port ?? 0, isRaw: (path) => !path.startsWith('/api/') }
  );
  const api = `${server.url}/api/v3`;
  return {
    ...{
      url: server.url,
      calls: server.calls,
      host: new URL(server.url).host,
      api,
      repositories,
      runs,
    },
    fail: (fault) => server.fail(fault),
    setToken: (next) => (token = next),
    setRunner(next) {
      runner = next;
      for (const run of runs)
        for (const attempt of run.attempts)
          if (next !== undefined && attempt.status === 'queued') play(run, attempt, next);
    },
    cancel: (id) => void cancel(runs.find((run) => run.id === id)!),
    rerun: (id) => begin(runs.find((run) => run.id === id)!),
    expireArtifacts: () => artifacts.forEach((artifact) => (artifact.expired = true)),
    async idle() {
      await Promise.allSettled([...working]);
    },
    async stop() {
      for (const { attempts } of runs) for (const { cancel: told } of attempts) told.abort();
      await Promise.allSettled([...working]);
      await server.stop();
      await storage.stop();
    },
  };
}

function jsonOf({ headers, body }: Call): Record<string, unknown> {
  if (!JSON_TYPE.test(headers['content-type'] ?? '')) return {};
  try {
    return JSON.parse(body.toString()) as Record<string, unknown>;
  } catch {
    return {};
  }
}

const invalid = (message: string): Reply => ({ status: 422, body: { message } });

/** One file a job, and the same again a step. */
const logArchive = (log: string): Uint8Array =>
  zipSync({ '0_job.txt': Buffer.from(log), 'job/1_all.txt': Buffer.from(log) });

const isSame = (a: string, b: string): boolean =>
  createHash('sha256').update(a).digest('hex') === createHash('sha256').update(b).digest('hex');
