export { type JobResponse, parseJobResponse, readJobResponse, valueOf, scriptOf, masksOf };

import { open } from 'node:fs/promises';
import * as v from 'valibot';
import { GitlabError } from './error.ts';

/** A job's script has at most 1 MiB at gitlab.com; variables, caches and dependencies come on top. */
const MAX_BYTES = 16 * 2 ** 20;

const id = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER));
const list = <T extends v.GenericSchema>(item: T, max: number) =>
  v.optional(v.nullable(v.pipe(v.array(item), v.maxLength(max))), null);
const flag = v.optional(v.boolean(), false);

/**
 * A job as GitLab sent it to its runner, of which the runner keeps a copy for the executor
 * (`spec.Job` of gitlab-runner, whose later releases add members). Everything but its variables is
 * GitLab's own word; those that `.gitlab-ci.yml` or a person sets come after GitLab's of the same name.
 */
const JobResponseSchema = v.object({
  id,
  token: v.string(),
  job_info: v.object({
    name: v.string(),
    project_id: id,
    // Since GitLab Runner 18.
    pipeline_id: v.optional(v.number(), 0),
    user_id: v.optional(v.number(), 0),
  }),
  git_info: v.object({
    repo_url: v.string(),
    ref: v.string(),
    sha: v.string(),
    ref_type: v.optional(v.string(), ''),
    refspecs: list(v.string(), 1_000),
  }),
  runner_info: v.optional(v.object({ timeout: v.optional(v.number(), 0) }), {}),
  variables: list(
    v.object({ key: v.string(), value: v.optional(v.string(), ''), masked: flag, file: flag }),
    100_000
  ),
  steps: list(v.object({ name: v.string(), script: list(v.string(), 100_000) }), 100),
  image: v.optional(v.nullable(v.object({ name: v.optional(v.string(), '') })), null),
  services: list(v.unknown(), 1_000),
  credentials: list(v.object({ password: v.optional(v.string(), '') }), 1_000),
  dependencies: list(v.object({ token: v.optional(v.string(), '') }), 10_000),
  /** Of a vault: the runner fetches their values itself, so that only their names stand here. */
  secrets: v.optional(v.nullable(v.record(v.string(), v.unknown())), null),
});
type JobResponse = v.InferOutput<typeof JobResponseSchema>;

/** @throws {GitlabError} `RESPONSE` */
function parseJobResponse(text: string): JobResponse {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new GitlabError('RESPONSE', 'the job response file is not JSON', { cause });
  }
  const result = v.safeParse(JobResponseSchema, json, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new GitlabError(
    'RESPONSE',
    `the job response file is of no GitLab Runner that is known: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}`
  );
}

/** @throws {GitlabError} `RESPONSE` */
async function readJobResponse(path: string): Promise<JobResponse> {
  const handle = await open(path, 'r').catch((cause: unknown) => {
    throw new GitlabError('RESPONSE', `the job response file ${path} cannot be read`, { cause });
  });
  try {
    const { size } = await handle.stat();
    if (size > MAX_BYTES)
      throw new GitlabError(
        'RESPONSE',
        `the job response file has ${size} bytes, over ${MAX_BYTES}`
      );
    return parseJobResponse(await handle.readFile('utf8'));
  } finally {
    await handle.close();
  }
}

/**
 * A variable that GitLab sets itself; `undefined` where somebody has set it to something else as well,
 * so that nobody can say which is GitLab's.
 */
function valueOf({ variables }: JobResponse, key: string): string | undefined {
  const values = (variables ?? []).filter((one) => one.key === key).map(({ value }) => value);
  return new Set(values).size === 1 ? values[0] : undefined;
}

/** What `.gitlab-ci.yml` says to run, `before_script` included, a line feed after each line. */
const scriptOf = ({ steps }: JobResponse): string =>
  (steps?.find(({ name }) => name === 'script')?.script ?? []).map((line) => `${line}\n`).join('');

/**
 * Everything that may not be shown: what GitLab masks, all tokens and passwords, and what the runner
 * fetched from a vault, which only its own environment has.
 */
function masksOf(response: JobResponse, environment: NodeJS.ProcessEnv): string[] {
  const masked = (response.variables ?? []).filter((variable) => variable.masked);
  const resolved = [...masked.map(({ key }) => key), ...Object.keys(response.secrets ?? {})];
  const values = [
    response.token,
    ...masked.map(({ value }) => value),
    // As expanded by the runner, `$OTHER` in them replaced.
    ...resolved.map((key) => environment[`CUSTOM_ENV_${key}`] ?? ''),
    ...(response.credentials ?? []).map(({ password }) => password),
    ...(response.dependencies ?? []).map(({ token }) => token),
    passwordIn(response.git_info.repo_url),
  ];
  return [...new Set(values.filter((value) => value !== ''))];
}

const passwordIn = (url: string): string => (URL.canParse(url) ? new URL(url).password : '');
