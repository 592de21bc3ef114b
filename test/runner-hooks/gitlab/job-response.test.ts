import { describe, expect, it } from 'vitest';
import { encodeOrigin } from '../../../contracts/formats/origin.ts';
import { environmentMasks, responseOf } from '../../../runner-hooks/gitlab/environment.ts';
import {
  masksOf,
  parseJobResponse,
  scriptOf,
  valueOf,
} from '../../../runner-hooks/gitlab/job-response.ts';
import { isFromFork, originOf, workflowPath } from '../../../runner-hooks/gitlab/origin.ts';
import { type Job, type Variable, jobResponse } from './gitlab-runner.ts';

const SOURCE = {
  repository: 'https://gitlab.example/group/sub/library.git',
  commit: '0123456789abcdef0123456789abcdef01234567',
};
const GITLAB = new URL('https://gitlab.example/');
const job = (changed: Partial<Job> = {}, variables: readonly Variable[] = []): Job => ({
  ...jobResponse(SOURCE, ['make', 'make check'], variables),
  ...changed,
});
const parsed = (value: unknown) => parseJobResponse(JSON.stringify(value));
const codeOf = (text: string): unknown => {
  try {
    return parseJobResponse(text);
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('a job response', () => {
  it('is read with whatever later releases add, and refused where it is no job', () => {
    expect(parsed({ ...job(), later: { a: 1 } })).not.toHaveProperty('later');
    expect(parsed({ ...job(), variables: null, steps: null }).variables).toBeNull();
    for (const text of ['', '{', 'null', '[]', '{}', JSON.stringify({ ...job(), id: 0 })])
      expect(codeOf(text)).toBe('RESPONSE');
    expect(codeOf(JSON.stringify({ ...job(), variables: [{ key: 1 }] }))).toBe('RESPONSE');
  });

  it('has a variable’s value where nobody has set it to something else', () => {
    const twice = (value: string): Variable => ({ key: 'CI_PIPELINE_SOURCE', value });
    expect(valueOf(parsed(job()), 'CI_PIPELINE_SOURCE')).toBe('push');
    expect(valueOf(parsed(job({}, [twice('push')])), 'CI_PIPELINE_SOURCE')).toBe('push');
    expect(valueOf(parsed(job({}, [twice('api')])), 'CI_PIPELINE_SOURCE')).toBeUndefined();
    expect(valueOf(parsed(job()), '__proto__')).toBeUndefined();
  });

  it('names its script by what the pipeline’s file says', () => {
    expect(scriptOf(parsed(job()))).toBe('make\nmake check\n');
    expect(scriptOf(parsed(job({ steps: [] })))).toBe('');
  });

  it('names all that may not be shown', () => {
    const variables = [
      { key: 'MASKED', value: '$OTHER-masked', masked: true },
      { key: 'OTHER', value: 'shown' },
    ];
    const response = {
      ...job({}, variables),
      credentials: [{ type: 'registry', url: 'x', username: 'x', password: 'of-registry' }],
      dependencies: [{ id: 1, token: 'of-dependency', name: 'x' }],
      secrets: { VAULT: { vault: {} } },
    };
    const masks = masksOf(parsed(response), {
      CUSTOM_ENV_MASKED: 'shown-masked',
      CUSTOM_ENV_VAULT: 'of-vault',
      CUSTOM_ENV_OTHER: 'shown',
    });
    expect([...masks].sort()).toEqual(
      [
        ...['$OTHER-masked', 'shown-masked', 'of-registry', 'of-dependency', 'of-vault'],
        response.token,
      ].sort()
    );
  });
});

describe('the origin of a GitLab job', () => {
  const originOfJob = (
    changed: Partial<Job> = {},
    variables: readonly Variable[] = [],
    url = GITLAB
  ) => originOf(parsed(job(changed, variables)), url, null);

  it('is GitLab’s own word', () => {
    const origin = originOfJob();
    expect(origin).toMatchObject({
      ...{ host: 'gitlab.example', repository: 'group/sub/library', commit: SOURCE.commit },
      ...{ run: '4711', event: 'push', actor: 'ada', fork: false, ref: 'refs/heads/main' },
    });
    expect(encodeOrigin(origin).length).toBeGreaterThan(100);
  });

  it('is below GitLab’s own path, at its port, of tags and merge requests by their refs', () => {
    const repo_url = 'http://gitlab-ci-token:x@gitlab.example:8080/gitlab/group/library.git';
    const { git_info } = job();
    const at = (changed: Record<string, unknown>) =>
      originOfJob(
        { git_info: { ...git_info, repo_url, ...changed } },
        [],
        new URL('http://gitlab.example:8080/gitlab')
      );
    expect(at({})).toMatchObject({ host: 'gitlab.example:8080', repository: 'group/library' });
    expect(at({ ref: 'v1', ref_type: 'tag' }).ref).toBe('refs/tags/v1');
    expect(at({ ref: 'refs/merge-requests/3/merge' }).ref).toBe('refs/merge-requests/3/merge');
  });

  it('has the pipeline’s number from older releases too', () => {
    const job_info = { name: 'build', project_id: 42 };
    const { git_info } = job();
    expect(originOfJob({ job_info }).run).toBe('4711');
    const without = { job_info, git_info: { ...git_info, refspecs: [] } };
    expect(originOfJob(without).run).toBe('4711');
    // Somebody's own, and no ref to hold it against.
    expect(originOfJob(without, [{ key: 'CI_PIPELINE_ID', value: '1' }]).run).toBe('');
  });

  it.each([
    ['', '.gitlab-ci.yml'],
    ['ci/build.yml', 'ci/build.yml'],
    ['build.yml@group/other:main', 'build.yml@group/other:main'],
    ['https://elsewhere.example/build.yml', 'elsewhere.example/build.yml'],
    ['../../etc/passwd', '.gitlab-ci.yml'],
    ['/etc/passwd', '.gitlab-ci.yml'],
    ['a\u202eb', 'a\ufffdb'],
  ])('names the pipeline’s file %j as %s', (value, path) => {
    const response = job();
    for (const variable of response.variables!)
      if (variable.key === 'CI_CONFIG_PATH') variable.value = value;
    expect(workflowPath(parsed(response))).toBe(path);
  });

  it.each([
    ['a branch', 'main', [], false],
    ['a merge request of the project', 'refs/merge-requests/1/head', ['42'], false],
    ['a merge request of a fork', 'refs/merge-requests/1/head', ['43'], true],
    [
      'a merge request whose author names the project too',
      'refs/merge-requests/1/head',
      ['43', '42'],
      null,
    ],
    ['a merge request without a source', 'refs/merge-requests/1/head', [], null],
    // Older releases run these on the branch.
    ['a branch of a merge request of a fork', 'main', ['43'], true],
  ])('tells forks: %s', (_, ref, sources, expected) => {
    const { git_info } = job();
    const variables = sources.map((value) => ({
      key: 'CI_MERGE_REQUEST_SOURCE_PROJECT_ID',
      value,
    }));
    expect(isFromFork(parsed(job({ git_info: { ...git_info, ref } }, variables)))).toBe(expected);
  });
});

describe('the environment of a job', () => {
  const ENV = {
    ...{ CI_JOB_ID: '9', CI_JOB_NAME: 'build', CI_PROJECT_ID: '42', CI_PIPELINE_ID: '4711' },
    ...{ CI_PROJECT_PATH: 'group/library', CI_COMMIT_SHA: SOURCE.commit, CI_COMMIT_REF_NAME: 'v1' },
    ...{ CI_COMMIT_TAG: 'v1', CI_PIPELINE_SOURCE: 'push', GITLAB_USER_LOGIN: 'ada' },
  };

  it('tells the same origin, for as much as it can be believed', () => {
    const origin = originOf(responseOf(ENV, 'https://gitlab.example'), GITLAB, null);
    expect(origin).toMatchObject({
      ...{ repository: 'group/library', run: '4711', job: { id: '9', name: 'build' } },
      ...{ ref: 'refs/tags/v1', actor: 'ada', fork: false },
    });
  });

  it('masks what somebody has set, and of GitLab’s own what is secret', () => {
    const masks = environmentMasks({
      ...ENV,
      ...{ PATH: '/usr/bin', HOME: '/home/x', LC_ALL: 'C', CI_JOB_TOKEN: 'of-the-job' },
      ...{ CI_REPOSITORY_URL: 'https://a:b@c/', GITLAB_FEATURES: 'many', DEPLOY: 'somebodys' },
      ...{ CI_REGISTRY_PASSWORD: 'of-registry', CI_DEPLOY_USER: 'deployer' },
    });
    expect([...masks].sort()).toEqual(
      ['of-the-job', 'https://a:b@c/', 'somebodys', 'of-registry'].sort()
    );
  });
});
