import { describe, expect, it } from 'vitest';
import { originOf, workflowOf } from '../../../runner-hooks/github/origin.ts';
import type { Report } from '../../../runner-hooks/github/report.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const VARIABLES: Report['variables'] = {
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'library/library',
  GITHUB_SHA: COMMIT,
  GITHUB_REF: 'refs/heads/main',
  GITHUB_ACTOR: 'ada',
  GITHUB_WORKFLOW_REF: 'library/library/.github/workflows/build.yml@refs/heads/main',
  GITHUB_WORKFLOW_SHA: COMMIT,
  GITHUB_RUN_ID: '4711',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_JOB: 'build',
  GITHUB_EVENT_NAME: 'push',
  ACTIONS_ORCHESTRATION_ID: '89c72d20-71e7-4948-8eb8-0d8f0e417443.build.__default',
};

const report = (
  variables: Partial<Record<keyof Report['variables'], string | undefined>> = {},
  event: Partial<Report['event']> = {}
): Report => ({
  version: 1,
  stage: 'started',
  worker: { pid: 4, startTime: '1' },
  boot: '00000000-0000-0000-0000-000000000000',
  ...{ at: 1, tick: 1, spent: 0, marketOnly: false, masks: 0 },
  variables: { ...VARIABLES, ...variables },
  event: { fork: false, workflow: null, ticket: null, ...event },
});

const code = (work: () => unknown): unknown => {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('the origin of a GitHub job', () => {
  it('is what a runner of today says', () => {
    expect(originOf(report())).toMatchObject({
      ...{ host: 'github.com', repository: 'library/library', commit: COMMIT, attempt: 2 },
      workflow: { path: '.github/workflows/build.yml', sha256: null },
      job: { id: null, name: 'build' },
    });
  });

  it('is what an old runner says, and never takes a workflow’s name for its path', () => {
    const old = {
      GITHUB_WORKFLOW_REF: undefined,
      GITHUB_WORKFLOW_SHA: undefined,
      GITHUB_RUN_ATTEMPT: undefined,
      ACTIONS_ORCHESTRATION_ID: undefined,
    };
    const { workflow, attempt, job } = originOf(report(old));
    expect([workflow.path, attempt, job.name]).toEqual(['.github/workflows', 1, 'build']);
    // A dispatch's payload names the file.
    const path = '.github/workflows/release.yml';
    expect(workflowOf(report(old, { workflow: path }))).toEqual({ path, commit: COMMIT });
  });

  it('is of a server of one’s own, port and all', () => {
    expect(originOf(report({ GITHUB_SERVER_URL: 'https://GIT.example:8443/x' })).host).toBe(
      'git.example:8443'
    );
  });

  it('tells the legs of a matrix apart where the runner does', () => {
    const plan = '89c72d20-71e7-4948-8eb8-0d8f0e417443';
    const name = (id: string) =>
      originOf(report({ ACTIONS_ORCHESTRATION_ID: `${plan}.${id}` })).job.name;
    expect(name('build.__default')).toBe('build');
    expect(name('build.ubuntu_20')).toBe('build (ubuntu_20)');
    expect(name('caller.build.__default')).toBe('build (caller.build)');
    expect(name(`build.${'x'.repeat(400)}`)).toBe('build');
  });

  it('names another repository’s workflow whole, and looks for it in no checkout', () => {
    const GITHUB_WORKFLOW_REF = 'octo/rules/.github/workflows/required.yml@refs/heads/main';
    expect(workflowOf(report({ GITHUB_WORKFLOW_REF }))).toEqual({
      path: 'octo/rules/.github/workflows/required.yml',
      commit: undefined,
    });
  });

  it('takes the first @refs/ for the end of the path, whatever the branch is called', () => {
    const GITHUB_WORKFLOW_REF = 'library/library/.github/workflows/a@b.yml@refs/heads/x@refs/y';
    expect(workflowOf(report({ GITHUB_WORKFLOW_REF })).path).toBe('.github/workflows/a@b.yml');
  });

  it('refuses what no runner says, by name', () => {
    for (const name of ['GITHUB_SHA', 'GITHUB_REPOSITORY', 'GITHUB_RUN_ID', 'GITHUB_JOB'] as const)
      expect([name, code(() => originOf(report({ [name]: undefined })))]).toEqual([name, 'ORIGIN']);
    const bad: Partial<Record<keyof Report['variables'], string>>[] = [
      { GITHUB_SERVER_URL: 'not an address' },
      { GITHUB_REPOSITORY: '../../etc' },
      { GITHUB_SHA: 'main' },
      { GITHUB_RUN_ID: '-1' },
      { GITHUB_RUN_ATTEMPT: '1e9' },
      { GITHUB_RUN_ATTEMPT: 'NaN' },
      { GITHUB_REF: 'main' },
      { GITHUB_EVENT_NAME: 'x'.repeat(65) },
      { GITHUB_WORKFLOW_REF: 'library/library/../x.yml@refs/heads/main' },
    ];
    for (const variables of bad)
      expect([variables, code(() => originOf(report(variables)))]).toEqual([variables, 'ORIGIN']);
  });

  it('spells out what is not seen, so that no branch shows as another', () => {
    const { ref } = originOf(report({ GITHUB_REF: 'refs/heads/ma\u200bin' }));
    expect(ref).toBe('refs/heads/ma\\u{200b}in');
  });
});
