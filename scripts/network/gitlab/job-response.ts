export { type JobResponse, type Variable, type Step, jobResponse };

interface Variable {
  key: string;
  value: string;
  public?: boolean;
  masked?: boolean;
  file?: boolean;
  raw?: boolean;
}

interface Step {
  name: string;
  script: string[];
  timeout?: number;
  when?: string;
  allow_failure?: boolean;
}

/** A job as `POST /api/v4/jobs/request` answers with it; newer and older servers send other members. */
interface JobResponse {
  id: number;
  token: string;
  allow_git_fetch: boolean;
  job_info: Record<string, unknown>;
  git_info: {
    repo_url: string;
    sha: string;
    ref: string;
    refspecs: string[];
    [other: string]: unknown;
  };
  runner_info: { timeout: number };
  variables: Variable[] | null;
  steps: Step[];
  hooks: { name: 'pre_get_sources_script' | 'post_get_sources_script'; script: string[] }[];
  artifacts: { paths: string[] }[] | null;
  [other: string]: unknown;
}

/** What a job is of. */
interface JobFacts {
  readonly id: number;
  readonly token: string;
  /** Address that it is fetched from, without the token. */
  readonly repository: string;
  readonly commit: string;
  /** The full name of a branch or tag. */
  readonly ref: string;
  readonly pipeline: number;
  /** Why there is the pipeline, who wanted it, and which file says what it does. */
  readonly source: string;
  readonly actor: string;
  readonly path: string;
  readonly name: string;
  readonly script: readonly string[];
  readonly afterScript?: readonly string[];
  readonly seconds: number;
  /** Beside GitLab's own, which come first. */
  readonly variables?: readonly Variable[];
  readonly artifacts?: { readonly paths: readonly string[] } | undefined;
}

const PROJECT = 42;

function jobResponse(job: JobFacts): JobResponse {
  const url = new URL(job.repository);
  Object.assign(url, { username: 'gitlab-ci-token', password: job.token });
  const isTag = job.ref.startsWith('refs/tags/');
  const name = job.ref.replace(/^refs\/(heads|tags)\//, '');
  const pipeline = `refs/pipelines/${job.pipeline}`;
  const own = (key: string, value: string): Variable => ({ key, value, public: true });
  const step = (title: string, script: readonly string[]): Step => ({
    ...{ name: title, script: [...script], timeout: job.seconds, when: 'on_success' },
    allow_failure: false,
  });
  return {
    ...{ id: job.id, token: job.token, allow_git_fetch: true },
    job_info: {
      ...{ name: job.name, stage: 'test', project_id: PROJECT, pipeline_id: job.pipeline },
      project_name: url.pathname
        .split('/')
        .at(-1)!
        .replace(/\.git$/, ''),
      ...{ user_id: 7, time_in_queue_seconds: 1 },
    },
    git_info: {
      ...{ repo_url: url.href, repo_object_format: 'sha1', ref: name, sha: job.commit },
      ...{ before_sha: '0'.repeat(40), ref_type: isTag ? 'tag' : 'branch', depth: 20 },
      refspecs: [
        `+${pipeline}:${pipeline}`,
        `+${job.ref}:${isTag ? job.ref : `refs/remotes/origin/${name}`}`,
      ],
      protected: true,
    },
    runner_info: { timeout: job.seconds },
    inputs: [],
    variables: [
      ...[own('CI_PIPELINE_ID', `${job.pipeline}`), own('CI_PIPELINE_SOURCE', job.source)],
      ...[own('CI_CONFIG_PATH', job.path), own('CI_PROJECT_ID', `${PROJECT}`)],
      ...[own('CI_JOB_ID', `${job.id}`), own('CI_COMMIT_SHA', job.commit)],
      ...[own('GITLAB_USER_LOGIN', job.actor), own('CI_API_V4_URL', `${url.origin}/api/v4`)],
      { key: 'CI_JOB_TOKEN', value: job.token, public: false, masked: true },
      ...(job.variables ?? []),
    ],
    steps: [
      step('script', job.script),
      ...(job.afterScript?.length ? [step('after_script', job.afterScript)] : []),
    ],
    artifacts: job.artifacts === undefined ? null : [{ paths: [...job.artifacts.paths] }],
    hooks: [],
    ...{ image: null, services: [], cache: [], credentials: [], dependencies: [] },
    features: {
      ...{ trace_sections: true, token_mask_prefixes: ['glpat-', 'glcbt-'] },
      failure_reasons: ['script_failure'],
    },
    policy_options: {},
  };
}
