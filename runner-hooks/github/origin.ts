export { originOf, workflowOf };

import type { Origin } from '../../contracts/formats/origin.ts';
import { encodeOrigin } from '../../contracts/formats/origin.ts';
import { FormatError } from '../../contracts/formats/error.ts';
import { GithubError } from './error.ts';
import type { Report } from './report.ts';

/** Where workflow files are. It stands for the file itself where an old runner does not name that. */
const WORKFLOWS = '.github/workflows';

/**
 * Where a job comes from, of what its runner says. Nothing here is the job's own word: the variables are
 * those that steps cannot set, and were read before the first step.
 *
 * @throws {GithubError} `ORIGIN` naming what is missing or impossible
 */
function originOf({ variables, event }: Report): Origin {
  const need = (name: keyof typeof variables): string => {
    const value = variables[name];
    if (value === undefined)
      throw new GithubError(
        'ORIGIN',
        `the runner does not set ${name}, so nothing can be attested.`
      );
    return value;
  };
  const origin: Origin = {
    version: 1,
    forge: 'github',
    host: hostOf(need('GITHUB_SERVER_URL')),
    repository: visible(need('GITHUB_REPOSITORY')),
    commit: need('GITHUB_SHA'),
    workflow: { path: workflowOf({ variables, event }).path, sha256: null },
    run: need('GITHUB_RUN_ID'),
    // Runners and servers from before re-runs were counted do not set it.
    attempt: Number(variables.GITHUB_RUN_ATTEMPT ?? '1'),
    job: { id: null, name: jobName(need('GITHUB_JOB'), variables.ACTIONS_ORCHESTRATION_ID) },
    event: visible(need('GITHUB_EVENT_NAME')),
    actor: visible(need('GITHUB_ACTOR')),
    fork: event.fork,
    // Some events, as a deployment of a commit, have none.
    ref: visible(variables.GITHUB_REF ?? 'refs/'),
  };
  try {
    encodeOrigin(origin);
    return origin;
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new GithubError('ORIGIN', `the runner's variables are no origin: ${cause.message}`, {
      cause,
    });
  }
}

/**
 * The workflow file, and the commit that it was taken from where the runner says so. A workflow's *name* is
 * never taken for its path: whoever may write a workflow may call it what they like.
 */
function workflowOf({ variables, event }: Pick<Report, 'variables' | 'event'>): {
  readonly path: string;
  readonly commit: string | undefined;
} {
  // owner/name/.github/workflows/build.yml@refs/heads/main
  const [, named] =
    /^(.+?)@(?:refs\/|[0-9a-f]{40}$)/.exec(variables.GITHUB_WORKFLOW_REF ?? '') ?? [];
  const own = `${variables.GITHUB_REPOSITORY ?? ''}/`;
  if (named !== undefined)
    return {
      path: visible(named.startsWith(own) ? named.slice(own.length) : named),
      commit: named.startsWith(own) ? variables.GITHUB_WORKFLOW_SHA : undefined,
    };
  if (event.workflow !== null)
    return { path: visible(event.workflow), commit: variables.GITHUB_SHA };
  return { path: WORKFLOWS, commit: undefined };
}

function hostOf(server: string): string {
  try {
    return new URL(server).host;
  } catch (cause) {
    throw new GithubError('ORIGIN', `GITHUB_SERVER_URL is no address.`, { cause });
  }
}

/**
 * The job's key in the workflow and, of a matrix, which leg: newer runners have
 * `<plan>.<job>.<leg>` as orchestration id, with `__default` where there is no matrix.
 */
function jobName(job: string, orchestration: string | undefined): string {
  const whole = /^[0-9a-f-]{36}\.(.+)$/
    .exec(orchestration ?? '')?.[1]
    ?.replace(/\.?__default$/, '');
  if (whole === undefined || whole === '' || whole === job) return visible(job);
  const leg = whole.startsWith(`${job}.`) ? whole.slice(job.length + 1) : whole;
  const name = visible(`${job} (${leg})`);
  return name.length <= MAX_NAME ? name : visible(job);
}

/** With room for a number behind it. */
const MAX_NAME = 240;

/** What is not seen, or turns text round, spelled out: git allows some of it in a branch's name. */
const visible = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`
  );
