import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { applyPlan, planInstall, planRemoval } from '../../../runner-hooks/install/frame.ts';
import {
  type GitlabOptions,
  findRunner,
  gitlabInstallation,
} from '../../../runner-hooks/install/gitlab.ts';
import { createRepository, temporaryFolder } from '../room.ts';
import { type Variable, jobResponse, playShell } from './gitlab-runner.ts';
import { CI_FILE, recordedRuns } from './installed.ts';

const BUSY = 'for ((i = 0; i < 200000; i++)); do :; done';
const URL_OF_GITLAB = 'https://gitlab.example';

/** Hooks around the script of a runner that has some of its own. */
async function installHooks(changed: Partial<GitlabOptions> = {}) {
  const folder = await temporaryFolder();
  const config = join(folder, 'etc', 'config.toml');
  const text = `[[runners]]
  name = "ours"
  url = "${URL_OF_GITLAB}"
  token = "glrt-aaaa"
  executor = "shell"
  pre_build_script = """
echo before
"""
`;
  await mkdir(join(folder, 'etc'));
  await mkdir(join(folder, 'hooks'));
  await writeFile(config, text);
  const places = { jobs: join(folder, 'hooks', 'jobs'), spool: join(folder, 'hooks', 'spool') };
  const target = await findRunner(config, {});
  const installation = gitlabInstallation({ target, ...places, keepExecutor: true, ...changed });
  await applyPlan(await planInstall(installation));
  const { runners } = parse(await readFile(config, 'utf8')) as unknown as {
    runners: { pre_build_script: string; post_build_script: string }[];
  };
  const project = join(folder, 'project');
  await mkdir(project);
  const source = createRepository(project, { '.gitlab-ci.yml': CI_FILE });
  source.repository = `${URL_OF_GITLAB}/library.git`;
  return { folder, config, text, places, target, hooks: runners[0]!, project, source };
}

const ended = (spool: string, count: number) =>
  expect.poll(() => recordedRuns(spool), { timeout: 20_000 }).toHaveLength(count);

describe('hooks around the script of a shell executor', () => {
  it('have the job’s shell counted, and leave its record', async () => {
    const { hooks, project, source, places } = await installHooks();
    const job = jobResponse(source, [BUSY, `bash -c '${BUSY}'`]);
    const { code, log } = await playShell(hooks, job, { project });
    expect([code, log]).toEqual([0, 'before\n']);
    await ended(places.spool, 1);
    const [run] = await recordedRuns(places.spool);
    expect(run!.origin).toEqual({
      ...{ version: 1, forge: 'gitlab', host: 'gitlab.example', repository: 'library' },
      commit: source.commit,
      workflow: { path: '.gitlab-ci.yml', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      ...{ run: '4711', attempt: 1, job: { id: `${job.id}`, name: 'build' } },
      ...{ event: 'push', actor: 'ada', fork: false, ref: 'refs/heads/main' },
    });
    expect(run!.outcome.exitStatus).toBe(0);
    expect(run!.outcome.phases[0]).toMatchObject({ name: 'script' });
    // Both loops: the shell's own, and that of its child.
    expect(run!.outcome.phases[0]!.taskClock).toBeGreaterThan(200_000_000n);
    expect(await readdir(places.jobs)).toEqual([]);
  });

  it.each([
    ['exit 3', 3],
    ['false', 1],
    ['(exit 7)', 7],
  ])('keep and record how it failed: %s', async (line, exitStatus) => {
    const { hooks, project, source, places } = await installHooks();
    const { code } = await playShell(hooks, jobResponse(source, [line]), { project });
    expect(code).toBe(exitStatus);
    await ended(places.spool, 1);
    expect((await recordedRuns(places.spool))[0]!.outcome.exitStatus).toBe(exitStatus);
  });

  it('record the end of a job that is cancelled', async () => {
    const { hooks, project, source, places } = await installHooks();
    const job = jobResponse(source, ['echo started', 'sleep 30']);
    await playShell(hooks, job, { project, cancel: { whenSaid: 'started\n' } });
    await ended(places.spool, 1);
    expect((await recordedRuns(places.spool))[0]!.outcome.exitStatus).toBe(1);
  });

  it('K1: take out every value that somebody has set, since nobody says which are masked', async () => {
    const { hooks, project, source, places } = await installHooks();
    const planted: Variable = { key: 'DEPLOY', value: 'pLaNtEd-SeCrEt-0123456789', masked: true };
    const script = [`cp /bin/bash "$CI_PROJECT_DIR/$DEPLOY"; "./$DEPLOY" -c '${BUSY}'`];
    const job = jobResponse(source, script, [planted]);
    expect((await playShell(hooks, job, { project })).code).toBe(0);
    await ended(places.spool, 1);
    const [run] = await recordedRuns(places.spool);
    const files = await readdir(run!.result, { recursive: true, withFileTypes: true });
    const published = files
      .filter((file) => file.isFile())
      .map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'))
      .join('\n');
    expect(published).toContain('library');
    for (const hidden of [planted.value, planted.value.slice(0, 15), job.token])
      expect(published).not.toContain(hidden);
    expect(run!.origin.actor).toBe('ada');
  });

  it('R7: refuse a merge request that says it is from a fork, before its script', async () => {
    const { hooks, project, source, places } = await installHooks();
    const job = jobResponse(source, ['echo ran']);
    const variables = { CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '43' };
    const { code, log } = await playShell(hooks, job, { project, variables });
    expect(code).toBe(1);
    expect(log).not.toContain('ran\n');
    expect(log).toContain('no merge request from a fork');
    expect(await recordedRuns(places.spool)).toEqual([]);
  });

  it('let a job run whatever is wrong with them', async () => {
    const { folder, hooks, project, source } = await installHooks();
    const job = jobResponse(source, ['echo ran']);
    const own = join(folder, 'hooks', 'gitlab-ours');
    await writeFile(join(own, 'settings.json'), '{');
    const broken = await playShell(hooks, job, { project });
    expect(broken).toMatchObject({ code: 0, log: expect.stringContaining('ran\n') as string });
    expect(broken.log).toContain('Runproof: ');
    const hostile = {
      NODE_OPTIONS: '--require /nonexistent.js',
      CI_JOB_ID: 'x',
      CI_PIPELINE_ID: '',
    };
    expect(await playShell(hooks, job, { project, variables: hostile })).toMatchObject({ code: 0 });
    execFileSync('rm', ['-r', own]);
    expect(await playShell(hooks, job, { project })).toEqual({ code: 0, log: 'before\nran\n' });
  });

  it('are undone without a trace, and not put on another executor', async () => {
    const { config, text, target, places, folder } = await installHooks();
    // As the command line finds it, which is not told how it was installed.
    const installation = gitlabInstallation({ target, ...places });
    await applyPlan(await planRemoval(installation));
    expect(await readFile(config, 'utf8')).toBe(text);
    expect(await readdir(join(folder, 'hooks'))).toEqual([]);
    await writeFile(config, text.replace('"shell"', '"docker"'));
    const hooks = gitlabInstallation({ target, ...places, keepExecutor: true });
    await expect(planInstall(hooks)).rejects.toMatchObject({ code: 'TARGET' });
  });
});
