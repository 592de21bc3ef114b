export { type GithubOptions, githubForge };

import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { Octokit } from '@octokit/rest';
import * as v from 'valibot';
import { TICKET_INPUT } from '../record/ticket-name.ts';
import type { Ticket } from '../record/ticket.ts';
import { readTextFiles } from './archive.ts';
import { type FetchLimits, type Send, boundedFetch } from './bounded-fetch.ts';
import { ForgeError } from './error.ts';
import type { Artifact, Conclusion, Forge } from './forge.ts';
import { orUndefined, parseAnswer } from './forge-answer.ts';

interface GithubOptions {
  /** `github.com`, or an Enterprise server's. */
  readonly host: string;
  /** Default what belongs to the host. */
  readonly api?: string | undefined;
  /** May write Actions and read contents of the repositories that are sold. */
  readonly token: string;
  readonly signal?: AbortSignal | undefined;
}

const ANSWER = { seconds: 60, maxBytes: 8 * 2 ** 20 };
const DOWNLOAD_SECONDS = 1_800;
const MAX_WORKFLOW_BYTES = 2 ** 20;
const MAX_LOG_ARCHIVE_BYTES = 64 * 2 ** 20;
/** Unpacked; what the service allows is cut from it later, with a line that says so. */
const MAX_LOG_BYTES = 128 * 2 ** 20;
/** Told to wait for longer, the daemon tries again later. */
const MAX_WAIT_SECONDS = 300;
const MAX_WAITS = 3;
/** Of two machines' clocks. */
const SKEW = 120_000;

const Run = v.object({
  id: v.number(),
  head_sha: v.string(),
  status: v.nullable(v.string()),
  conclusion: v.nullable(v.string()),
  run_attempt: v.optional(v.number(), 1),
  display_title: v.string(),
  created_at: v.string(),
});
const Runs = v.object({ workflow_runs: v.array(Run) });
const Dispatched = v.object({ workflow_run_id: v.number() });
const Artifacts = v.object({
  artifacts: v.array(
    v.object({
      id: v.number(),
      name: v.string(),
      expired: v.boolean(),
      size_in_bytes: v.number(),
      digest: v.nullish(v.string()),
    })
  ),
});

/** GitHub Actions, over its REST API (https://docs.github.com/en/rest/actions). */
function githubForge({ host, token, signal, ...rest }: GithubOptions): Forge {
  const api =
    rest.api ?? (host === 'github.com' ? 'https://api.github.com' : `https://${host}/api/v3`);
  const octokit = new (Octokit.plugin(retry, throttling))({
    ...{ auth: token, baseUrl: api, userAgent: 'runproof' },
    request: { fetch: fetchFor({ signal, ...ANSWER }) },
    // 429 as 403: the other plugin waits as long as it is told to, or nobody does.
    retry: { doNotRetry: [400, 401, 403, 404, 409, 410, 422, 429, 451] },
    throttle: { id: host, onRateLimit: mayWait, onSecondaryRateLimit: mayWait },
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
  const { actions, repos } = octokit.rest;
  const ask = <T>(what: string, call: () => Promise<T>): Promise<T> => asked(what, signal, call);
  const raw = (maxBytes: number) => ({
    parseSuccessResponseBody: false,
    fetch: fetchFor({ signal, seconds: DOWNLOAD_SECONDS, maxBytes }),
  });
  const download = (
    what: string,
    maxBytes: number,
    call: (request: object) => Promise<{ data: unknown }>
  ): Promise<Uint8Array> =>
    ask(what, async () => {
      const { data } = await call(raw(maxBytes));
      if (!(data instanceof ReadableStream)) throw new ForgeError('answer', `${what} is empty`);
      return new Uint8Array(await new Response(data).arrayBuffer());
    });
  const runOf = async (ticket: Ticket, run: string, attempt: number) => {
    const { data } = await ask(`run ${run}`, () =>
      actions.getWorkflowRunAttempt({
        ...ownerOf(ticket.repository),
        ...{ run_id: Number(run), attempt_number: attempt },
      })
    );
    return parseAnswer(Run, data);
  };
  return {
    ...{ name: 'github', host },

    commitOf: (repository, ref) =>
      orUndefined(async () => {
        const { data } = await ask(`${ref} of ${repository}`, () =>
          repos.getCommit({
            ...{ ...ownerOf(repository), ref: ref.replace(/^refs\//, '') },
            mediaType: { format: 'sha' },
          })
        );
        return v.parse(v.string(), data);
      }),

    digestOf: (repository, path, commit) =>
      orUndefined(async () =>
        sha256(
          await download(`${path} of ${repository}`, MAX_WORKFLOW_BYTES, (request) =>
            repos.getContent({
              ...{ ...ownerOf(repository), path, ref: commit, request },
              mediaType: { format: 'raw' },
            })
          )
        )
      ),

    async dispatch(ticket, ref) {
      const answer = await ask(`dispatching ${ticket.workflow.path}`, () =>
        actions.createWorkflowDispatch({
          ...{
            ...ownerOf(ticket.repository),
            workflow_id: workflowOf(ticket),
            ref: shortName(ref),
          },
          inputs: { [TICKET_INPUT]: ticket.id },
          return_run_details: true,
          // A server that failed may have made the run.
          request: { retries: 0 },
        })
      );
      // Servers before 3.21 make the run and do not name it.
      return (answer.status as number) === 204
        ? undefined
        : `${parseAnswer(Dispatched, answer.data).workflow_run_id}`;
    },

    async find(ticket) {
      const answer = await ask(`runs of ${ticket.workflow.path}`, () =>
        actions.listWorkflowRuns({
          ...{ ...ownerOf(ticket.repository), workflow_id: workflowOf(ticket), per_page: 100 },
          ...{ event: 'workflow_dispatch', head_sha: ticket.commit },
          created: `>=${new Date(ticket.createdAt - SKEW).toISOString()}`,
        })
      );
      const { workflow_runs: runs } = parseAnswer(Runs, answer.data);
      const own = runs.find(({ display_title: title }) => title.includes(ticket.id));
      if (own !== undefined) return { run: `${own.id}` };
      return runs.length === 0 ? 'none' : 'unclear';
    },

    async look(ticket, run, origin) {
      const attempt = origin?.attempt ?? 1;
      const { data } = await ask(`run ${run}`, () =>
        actions.getWorkflowRun({ ...ownerOf(ticket.repository), run_id: Number(run) })
      );
      const latest = parseAnswer(Run, data);
      const wasRetried = latest.run_attempt > attempt;
      const tried = wasRetried ? await runOf(ticket, run, attempt) : latest;
      return {
        commit: tried.head_sha,
        conclusion: tried.status === 'completed' ? concluded(tried.conclusion) : undefined,
        wasRetried,
      };
    },

    async cancel(ticket, run) {
      await ask(`cancelling run ${run}`, () =>
        actions.cancelWorkflowRun({ ...ownerOf(ticket.repository), run_id: Number(run) })
      );
    },

    async log(ticket, { run, attempt }) {
      const archive = await download(`the log of run ${run}`, MAX_LOG_ARCHIVE_BYTES, (request) =>
        actions.downloadWorkflowRunAttemptLogs({
          ...{
            ...ownerOf(ticket.repository),
            run_id: Number(run),
            attempt_number: attempt,
            request,
          },
        })
      );
      // One file a job at the top, with all its steps; the same again below it, a file a step.
      const order = (name: string): number | undefined => {
        const [, number] = /^(-?\d+)_[^/]*\.txt$/.exec(name) ?? [];
        return number === undefined ? undefined : Number(number);
      };
      return readTextFiles(archive, order, MAX_LOG_BYTES);
    },

    async artifacts(ticket, { run }, declared, maxBytes) {
      const answer = await ask(`artifacts of run ${run}`, () =>
        actions.listWorkflowRunArtifacts({
          ...{ ...ownerOf(ticket.repository), run_id: Number(run), per_page: 100 },
        })
      );
      const listed = parseAnswer(Artifacts, answer.data).artifacts;
      const list: Artifact[] = [];
      for (const name of declared) {
        const artifact = listed.find((one) => one.name === name);
        if (artifact === undefined) continue;
        const missing = (why: string) => list.push({ path: name, missing: why });
        if (artifact.expired) missing('it has expired at the forge');
        else if (artifact.size_in_bytes > maxBytes) missing(`more than ${maxBytes} bytes`);
        else {
          const archive = await orUndefined(() =>
            download(`artifact ${name}`, maxBytes, (request) =>
              actions.downloadArtifact({
                ...{ ...ownerOf(ticket.repository), artifact_id: artifact.id },
                ...{ archive_format: 'zip', request },
              })
            )
          );
          if (archive === undefined) missing('it has expired at the forge');
          else if (artifact.digest && artifact.digest !== `sha256:${sha256(archive)}`)
            missing('its bytes are not those that were uploaded');
          else list.push({ folder: name, archive });
        }
      }
      return list;
    },
  };
}

/** Octokit tries again after any error of `fetch` that does not bear this name. */
const fetchFor = (limits: FetchLimits): Send => {
  const send = boundedFetch(limits);
  return (url, init) =>
    send(url, init).catch((cause: unknown) => {
      if (!(cause instanceof ForgeError)) throw cause;
      throw Object.assign(new Error(cause.message, { cause }), { name: 'AbortError' });
    });
};

const ignore = (): void => undefined;
const mayWait = (seconds: number, _: unknown, __: unknown, waits: number): boolean =>
  seconds <= MAX_WAIT_SECONDS && waits < MAX_WAITS;

function ownerOf(repository: string): { owner: string; repo: string } {
  const [owner, repo, ...more] = repository.split('/');
  if (owner === undefined || repo === undefined || more.length > 0)
    throw new ForgeError('refused', `${repository} is no repository of the form owner/name`);
  return { owner, repo };
}

/** GitHub knows a workflow by its file's name. */
function workflowOf({ workflow }: Ticket): string {
  if (/^\.github\/workflows\/[^/]+$/.test(workflow.path)) return basename(workflow.path);
  throw new ForgeError('refused', `${workflow.path} is not below .github/workflows/`);
}

const shortName = (ref: string): string => ref.replace(/^refs\/(heads|tags)\//, '');

function concluded(conclusion: string | null): Conclusion {
  if (conclusion === 'success' || conclusion === 'cancelled') return conclusion;
  return conclusion === 'timed_out' ? 'timeout' : 'failure';
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Ends with the signal, also while a plugin waits. */
async function asked<T>(
  what: string,
  signal: AbortSignal | undefined,
  call: () => Promise<T>
): Promise<T> {
  let stop = ignore;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(new ForgeError('aborted', `${what}: stopped`));
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([call(), stopped]);
  } catch (error) {
    throw asForgeError(what, error);
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

function asForgeError(what: string, cause: unknown): ForgeError {
  if (cause instanceof ForgeError) return cause;
  const {
    status,
    message,
    response,
    cause: deeper,
  } = cause as {
    status?: number;
    message: string;
    cause?: unknown;
    response?: { headers: Record<string, string | undefined> };
  };
  if (deeper instanceof ForgeError) return deeper;
  const headers = response?.headers;
  const isLimit =
    status === 429 ||
    headers?.['retry-after'] !== undefined ||
    headers?.['x-ratelimit-remaining'] === '0';
  const fail = (code: ForgeError['code'], advice: string): ForgeError =>
    new ForgeError(code, `${what}: ${advice} (${message.slice(0, 300)})`, { cause });
  if (status === 401) return fail('unauthorized', 'the token is not accepted; put another one');
  if ((status === 403 || status === 429) && isLimit) return fail('rate-limited', 'asked too often');
  if (status === 403)
    return fail('unauthorized', 'the token may not do that; widen its permissions');
  if (status === 404 || status === 410) return fail('not-found', 'the forge does not have it');
  if (status !== undefined && status >= 400 && status < 500)
    return fail('refused', 'the forge refuses');
  return fail('unreachable', 'the forge does not answer');
}
