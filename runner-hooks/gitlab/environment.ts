export { responseOf, environmentMasks };

import { readFileSync, statSync } from 'node:fs';
import { type JobResponse, parseJobResponse } from './job-response.ts';

const MAX_FILE_BYTES = 16_384;

/**
 * The job as its own environment tells it, for runners whose executor gives no more to their hooks. Its
 * author can set all of it, so that it is as true as the author is.
 *
 * @throws {GitlabError} `RESPONSE`
 */
function responseOf(env: NodeJS.ProcessEnv, gitlab: string): JobResponse {
  const number = (name: string): number => Number(env[name] ?? 0);
  const variable = (key: string) => (env[key] === undefined ? [] : [{ key, value: env[key] }]);
  return parseJobResponse(
    JSON.stringify({
      ...{ id: number('CI_JOB_ID'), token: '' },
      job_info: {
        name: env.CI_JOB_NAME ?? '',
        project_id: number('CI_PROJECT_ID'),
        pipeline_id: number('CI_PIPELINE_ID'),
      },
      git_info: {
        repo_url: `${gitlab}/${env.CI_PROJECT_PATH ?? ''}.git`,
        ref: env.CI_MERGE_REQUEST_REF_PATH ?? env.CI_COMMIT_REF_NAME ?? '',
        sha: env.CI_COMMIT_SHA ?? '',
        ref_type: env.CI_COMMIT_TAG === undefined ? 'branch' : 'tag',
      },
      runner_info: { timeout: number('CI_JOB_TIMEOUT') },
      variables: [
        ...['CI_PIPELINE_SOURCE', 'GITLAB_USER_LOGIN', 'CI_CONFIG_PATH', 'RUNPROOF_TICKET'],
        'CI_MERGE_REQUEST_SOURCE_PROJECT_ID',
      ].flatMap(variable),
    })
  );
}

/** Of GitLab's own: what its documentation of predefined variables calls a secret. */
const SECRET = /TOKEN|PASSWORD|SECRET|CREDENTIAL|JWT|_KEY$|_URL$/;
/** What GitLab, GitLab Runner and a login shell set. */
const KNOWN =
  /^(CI|GITLAB|RUNNER|FF|GIT|LC|XDG|SSH)_|^(CI|GITLAB_CI|PATH|HOME|PWD|OLDPWD|SHELL|SHLVL|USER|LOGNAME|LANG|LANGUAGE|TERM|TMPDIR|MAIL|HOSTNAME|TZ|_)$/;

/**
 * Every value that may be secret: GitLab does not tell its runner's shell which ones are masked, so all that
 * somebody has set, files of that kind included, and of GitLab's own all that sounds like it.
 */
function environmentMasks(env: NodeJS.ProcessEnv): string[] {
  const files = `${env.CI_PROJECT_DIR ?? ''}.tmp/`;
  return Object.entries(env).flatMap(([name, value = '']) => {
    if (KNOWN.test(name) && !SECRET.test(name)) return [];
    return value.startsWith(files) ? [contentOf(value)] : [value];
  });
}

function contentOf(path: string): string {
  try {
    return statSync(path).size > MAX_FILE_BYTES ? '' : readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
