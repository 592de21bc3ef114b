export { type Stage, stagesOf, shellScript };

import { quoted } from '../../../contracts/formats/shell-word.ts';
import type { JobResponse } from './job-response.ts';

/** One of the scripts that the runner has its executor run. */
interface Stage {
  readonly name: string;
  readonly body: string;
  /** `required`: nothing comes after its failure but what is `always`; `success`: only after success. */
  readonly when: 'required' | 'success' | 'always';
}

/**
 * The stages of `common/build.go` that have something to do, in their order, as the runner's bash writer has
 * them.
 *
 * @param builds the folder of checkouts, as the executor has named it
 * @param scriptName how the runner calls the job's own script
 */
function stagesOf(job: JobResponse, builds: string, scriptName: string): readonly Stage[] {
  const { repo_url, sha, refspecs } = job.git_info;
  const project = builds + new URL(repo_url).pathname.replace(/\.git$/, '');
  const temporary = `${project}.tmp`;
  const variables = job.variables ?? [];
  const exports = [
    ...variables.map(({ key, value, file }) =>
      file === true
        ? `mkdir -p "${temporary}"\nprintf '%s' ${quoted(value)} > "${temporary}/${key}"\nexport ${quoted(key)}="${temporary}/${key}"`
        : `export ${quoted(key)}=${quoted(value)}`
    ),
    `export CI_PROJECT_DIR=${quoted(project)}`,
    `export GITLAB_ENV=${quoted(`${temporary}/gitlab_runner_env`)}`,
    `mkdir -p "${temporary}"`,
    `touch "${temporary}/gitlab_runner_env"`,
    `while read -r line; do export "$line"; done < "${temporary}/gitlab_runner_env"`,
  ].join('\n');
  const user = (script: readonly string[]): string => {
    const commands = script.map((line) => `echo ${quoted(`$ ${line.split('\n')[0]}`)}\n${line}`);
    return [exports, `cd ${quoted(project)}`, ...commands].join('\n');
  };
  const hook = (name: JobResponse['hooks'][number]['name']): string[] =>
    job.hooks.filter((one) => one.name === name).flatMap(({ script }) => script);
  const after = job.steps.find(({ name }) => name === 'after_script');
  const paths = (job.artifacts ?? []).flatMap((one) => one.paths);
  const files = variables.filter(({ file }) => file).map(({ key }) => `"${temporary}/${key}"`);
  return [
    {
      ...{ name: 'prepare_script', when: 'required' },
      body: `rm -f "${temporary}/gitlab_runner_env"\necho "Running on $(hostname)..."`,
    },
    {
      ...{ name: 'get_sources', when: 'success' },
      body: [
        exports,
        'export GIT_TERMINAL_PROMPT=0',
        ...hook('pre_get_sources_script'),
        `rm -r -f "${temporary}/git-template"`,
        `mkdir -p "${temporary}/git-template"`,
        `git config -f "${temporary}/git-template/config" init.defaultBranch none`,
        `git config -f "${temporary}/git-template/config" fetch.recurseSubmodules false`,
        `git init ${quoted(project)} --template "${temporary}/git-template"`,
        `cd ${quoted(project)}`,
        `git remote add origin ${quoted(repo_url)}`,
        `git -c 'http.userAgent=gitlab-runner 18.3.0 linux/amd64' fetch origin --no-recurse-submodules ${refspecs.map(quoted).join(' ')} --depth 20`,
        `git -c submodule.recurse=false checkout -f -q ${sha}`,
        'git clean -ffdx',
        ...hook('post_get_sources_script'),
      ].join('\n'),
    },
    ...job.steps
      .filter((step) => step !== after)
      .map(({ name, script }) => ({
        name: name === 'script' ? scriptName : `step_${name}`,
        ...({ when: 'success' } as const),
        body: user(script),
      })),
    ...(after === undefined
      ? []
      : [{ name: 'after_script', when: 'always', body: user(after.script) } as const]),
    ...(paths.length === 0
      ? []
      : [
          {
            ...({ name: 'upload_artifacts_on_success', when: 'success' } as const),
            body: uploader(project, temporary, exports, job.id, paths),
          },
        ]),
    {
      ...{ name: 'cleanup_file_variables', when: 'always' },
      body: ['rm -f', ...files].join(' '),
    },
  ];
}

/** In place of `gitlab-runner artifacts-uploader`, which is the runner's own program: the same request. */
const uploader = (
  project: string,
  temporary: string,
  exports: string,
  id: number,
  paths: readonly string[]
): string =>
  [
    ...[exports, `cd ${quoted(project)}`],
    ...['export GIT_CONFIG_NOSYSTEM=1', `archive=${quoted(`${temporary}/artifacts.zip`)}`],
    'rm -f .git/index',
    `git -c core.autocrlf=false add -f -- ${paths.map(quoted).join(' ')}`,
    'git archive --format=zip -o "$archive" "$(git write-tree)"',
    // Not as an argument, which all processes can read.
    `printf 'JOB-TOKEN: %s' "$CI_JOB_TOKEN" | curl -sS --fail -H @- -F "file=@$archive" "$CI_API_V4_URL/jobs/${id}/artifacts"`,
  ].join('\n');

/** `BashWriter.Finish`: the script is a string that a subshell evaluates, without standard input. */
const shellScript = (body: string): string =>
  [
    ...['#!/usr/bin/env bash', '', "trap 'exit 1' TERM", ''],
    'case "$(set -o)" in *"pipefail"*) set -o pipefail;; esac; set -o errexit',
    'set +o noclobber',
    `(trap 'exit 1' TERM; eval ${quoted(body)}) < /dev/null`,
    ...['exit 0', ''],
  ].join('\n');
