export { originOf, workflowPath, isFromFork };

import type { Origin } from '../../contracts/formats/origin.ts';
import type { JobResponse } from './job-response.ts';
import { valueOf } from './job-response.ts';

/** What GitLab calls the file where a project names no other. */
const USUAL_PATH = '.gitlab-ci.yml';
const MERGE_REQUESTS = 'refs/merge-requests/';

/**
 * Where a job comes from, by what GitLab sent. A name that GitLab gives to variables only, and that the
 * job's author has set to something else as well, is left open.
 *
 * @param sha256 digest of the file at {@link workflowPath}, hex
 */
function originOf(response: JobResponse, gitlab: URL, sha256: string | null): Origin {
  const { git_info, job_info } = response;
  return {
    version: 1,
    forge: 'gitlab',
    host: gitlab.host,
    repository: repositoryOf(git_info.repo_url, gitlab),
    commit: git_info.sha,
    workflow: { path: workflowPath(response), sha256 },
    run: pipelineOf(response),
    // A job that is run again, by hand or by rule, has a number of its own.
    attempt: 1,
    job: { id: `${response.id}`, name: shown(job_info.name, 255) },
    event: shown(valueOf(response, 'CI_PIPELINE_SOURCE'), 64),
    actor: shown(valueOf(response, 'GITLAB_USER_LOGIN') ?? userOf(job_info.user_id), 255),
    fork: isFromFork(response),
    ref: refOf(response),
  };
}

const userOf = (id: number): string | undefined => (id > 0 ? `user ${id}` : undefined);

/** Path of the pipeline's file; of one in another project or at an address, that too. */
function workflowPath(response: JobResponse): string {
  const path = valueOf(response, 'CI_CONFIG_PATH')?.replace(/^https?:\/\//, '') ?? '';
  const isPlain = path.split('/').every((part) => !['', '.', '..'].includes(part));
  return path !== '' && path.length <= 255 && isPlain ? shown(path, 255) : USUAL_PATH;
}

/**
 * Whether a merge request brought the code from another project; `null` where GitLab's word cannot be
 * told from the author's. The ref is GitLab's, whatever the variables say.
 */
function isFromFork(response: JobResponse): boolean | null {
  if (valueOf(response, 'CI_PIPELINE_SOURCE') === 'external_pull_request_event') return null;
  const target = response.job_info.project_id;
  const known = (response.variables ?? []).some(
    ({ key }) => key === 'CI_MERGE_REQUEST_SOURCE_PROJECT_ID'
  );
  if (!known && !response.git_info.ref.startsWith(MERGE_REQUESTS)) return false;
  const source = valueOf(response, 'CI_MERGE_REQUEST_SOURCE_PROJECT_ID');
  return source === undefined ? null : source !== `${target}`;
}

/** The pipeline's ref is fetched with every job since GitLab 12.4; later ones send the number itself. */
function pipelineOf(response: JobResponse): string {
  const { pipeline_id: id } = response.job_info;
  if (id > 0) return `${id}`;
  const refs = (response.git_info.refspecs ?? []).flatMap((spec) => {
    const [, number] = /^\+?refs\/pipelines\/([1-9][0-9]{0,19}):/.exec(spec) ?? [];
    return number === undefined ? [] : [number];
  });
  return refs[0] ?? valueOf(response, 'CI_PIPELINE_ID') ?? '';
}

/** The path below GitLab's own, which may itself lie below another site's. */
function repositoryOf(address: string, gitlab: URL): string {
  const path = URL.canParse(address) ? new URL(address).pathname : '';
  const root = gitlab.pathname.replace(/\/*$/, '/');
  return path.slice(path.startsWith(root) ? root.length : 1).replace(/\.git$/, '');
}

function refOf({ git_info: { ref, ref_type } }: JobResponse): string {
  if (ref.startsWith('refs/')) return ref;
  return `refs/${ref_type === 'tag' ? 'tags' : 'heads'}/${ref}`;
}

/** Names are shown to people in one line. */
const shown = (text: string | undefined, max: number): string =>
  (text ?? '').slice(0, max).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '\ufffd') || 'unknown';
