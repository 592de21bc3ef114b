import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  applyPlan,
  describePlan,
  isInstalled,
  planInstall,
  planRemoval,
} from '../../../runner-hooks/install/frame.ts';
import { type GithubOptions, githubInstallation } from '../../../runner-hooks/install/github.ts';
import { temporaryFolder } from '../room.ts';

const THEIRS = 'LANG=C.UTF-8\r\nhttps_proxy=http://user:pass@proxy:3128\nEMPTY=\n#no comment';

async function createRunner(environment: string | null = THEIRS) {
  const runner = join(await temporaryFolder(), 'actions-runner');
  await mkdir(runner);
  await writeFile(join(runner, 'run.sh'), '');
  const env = join(runner, '.env');
  if (environment !== null) await writeFile(env, environment, { mode: 0o640 });
  const installation = (options: Omit<GithubOptions, 'runner'> = {}) =>
    githubInstallation({ runner, ...options });
  const install = async (options: Omit<GithubOptions, 'runner'> = {}) =>
    applyPlan(await planInstall(installation(options)));
  const remove = async () => applyPlan(await planRemoval(installation()));
  const text = () => readFile(env, 'utf8');
  return { runner, env, installation, install, remove, text };
}

const code = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => (error as { code?: string }).code
  );

describe('an installation on a GitHub runner', () => {
  it('adds its lines to the runner’s .env, and takes them out again to the last byte', async () => {
    const { runner, env, install, remove, text, installation } = await createRunner();
    expect(await isInstalled(installation())).toBe(false);
    await install();
    expect(await isInstalled(installation())).toBe(true);
    const started = join(runner, '.runproof/job-started.sh');
    expect(await text()).toBe(
      `${THEIRS}\nACTIONS_RUNNER_HOOK_JOB_STARTED=${started}\n` +
        `ACTIONS_RUNNER_HOOK_JOB_COMPLETED=${join(runner, '.runproof/job-completed.sh')}\n`
    );
    expect((await stat(started)).mode & 0o777).toBe(0o755);
    expect((await stat(env)).mode & 0o777).toBe(0o640);
    await remove();
    expect(await text()).toBe(THEIRS);
    expect(await readdir(runner)).toEqual(['.env', 'run.sh']);
  });

  it('makes an .env where there was none, and leaves none behind', async () => {
    const { runner, install, remove } = await createRunner(null);
    await install();
    expect(await readdir(runner)).toContain('.env');
    await remove();
    expect(await readdir(runner)).toEqual(['run.sh']);
  });

  it('changes nothing the second time, and exactly its own lines with other options', async () => {
    const { install, installation, remove, text } = await createRunner();
    await install();
    const before = await text();
    expect((await planInstall(installation())).changes).toEqual([]);
    const plan = await planInstall(installation({ marketOnly: true }));
    expect(plan.changes.map(({ path }) => path.split('/').at(-1))).toEqual([
      ...['job-started.sh', 'job-completed.sh'],
    ]);
    await applyPlan(plan);
    expect(await text()).toBe(before);
    await remove();
    expect(await text()).toBe(THEIRS);
  });

  it('says beforehand which lines of which file it will change', async () => {
    const { installation, env, runner } = await createRunner();
    const plan = await planInstall(installation());
    expect(describePlan(plan).split('\n')).toEqual([
      `write ${join(runner, '.runproof/job-started.sh')}`,
      `write ${join(runner, '.runproof/job-completed.sh')}`,
      `write ${join(runner, '.runproof/github-job.cjs')}`,
      `change ${env}`,
      '@@ line 4 @@',
      '-#no comment',
      '+#no comment',
      `+ACTIONS_RUNNER_HOOK_JOB_STARTED=${join(runner, '.runproof/job-started.sh')}`,
      `+ACTIONS_RUNNER_HOOK_JOB_COMPLETED=${join(runner, '.runproof/job-completed.sh')}`,
    ]);
    expect(await readdir(runner)).toEqual(['.env', 'run.sh']);
  });

  it('keeps what others have changed since, and refuses where they changed our lines', async () => {
    const { install, remove, env, text, installation } = await createRunner('A=1\n');
    await install();
    await writeFile(env, `B=2\n${(await text()).replace('A=1', 'A=3')}C=4\n`);
    expect(await isInstalled(installation())).toBe(true);
    await remove();
    expect(await text()).toBe('B=2\nA=3\nC=4\n');

    await install();
    const changed = (await text()).replace('job-started.sh', 'another.sh');
    await writeFile(env, changed);
    expect(await isInstalled(installation())).toBe('changed');
    expect(await code(remove())).toBe('CONFLICT');
    expect(await code(install())).toBe('CONFLICT');
    expect(await text()).toBe(changed);
    await writeFile(env, changed.replace('another.sh', 'job-started.sh'));
    await remove();
    expect(await text()).toBe('B=2\nA=3\nC=4\n');
  });

  it('puts the hook back that stood there before', async () => {
    const theirs = 'ACTIONS_RUNNER_HOOK_JOB_STARTED=/opt/hooks/start.sh\nA=1\n';
    const { install, remove, text, runner } = await createRunner(theirs);
    await install();
    expect((await text()).split('\n')[0]).toBe(
      `ACTIONS_RUNNER_HOOK_JOB_STARTED=${join(runner, '.runproof/job-started.sh')}`
    );
    expect(await readFile(join(runner, '.runproof/job-started.sh'), 'utf8')).toContain(
      `exec bash --noprofile --norc -e -o pipefail '/opt/hooks/start.sh'`
    );
    await remove();
    expect(await text()).toBe(theirs);
  });

  it('wraps container hooks that are there or named, and no others', async () => {
    const { install, remove, runner, text, installation } = await createRunner('A=1\n');
    const delegate = join(runner, 'docker hooks.js');
    await writeFile(delegate, '');
    await install({ containerHooks: delegate });
    expect(await text()).toContain(
      `ACTIONS_RUNNER_CONTAINER_HOOKS=${join(runner, '.runproof/container.sh')}\n`
    );
    await install();
    expect(await text()).not.toContain('CONTAINER_HOOKS');
    expect(await readdir(join(runner, '.runproof'))).not.toContain('container.sh');
    await remove();
    const none = installation({ containerHooks: '/nonexistent.js' });
    expect(await code(planInstall(none))).toBe('TARGET');
  });

  it('is undone whole after a crash at any of its steps', async () => {
    const { install, remove, installation, text, runner } = await createRunner();
    const plan = await planInstall(installation());
    for (let done = 0; done <= plan.changes.length; done++) {
      await applyPlan({ ...plan, changes: plan.changes.slice(0, done) });
      await remove();
      expect(await text()).toBe(THEIRS);
      expect(await readdir(runner)).toEqual(['.env', 'run.sh']);
    }
    await install();
    const removal = await planRemoval(installation());
    for (let done = 0; done < removal.changes.length; done++) {
      await applyPlan({ ...removal, changes: removal.changes.slice(0, done), record: plan.record });
      await remove();
      expect(await text()).toBe(THEIRS);
      await install();
    }
  });

  it('refuses folders that are no runner’s, or that the runner could not start hooks in', async () => {
    const folder = await temporaryFolder();
    expect(await code(planInstall(githubInstallation({ runner: folder })))).toBe('TARGET');
    const spaced = join(folder, 'my runner');
    await mkdir(spaced);
    await writeFile(join(spaced, 'run.sh'), '');
    expect(await code(planInstall(githubInstallation({ runner: spaced })))).toBe('TARGET');
    const { installation } = await createRunner('ACTIONS_RUNNER_HOOK_JOB_STARTED=C:\\x.ps1\n');
    expect(await code(planInstall(installation()))).toBe('TARGET');
    expect(await code(planRemoval(installation()))).toBe('ABSENT');
  });

  it('refuses a record that it did not write', async () => {
    const { install, runner, installation, remove } = await createRunner();
    await install();
    const record = join(runner, '.runproof/installation.json');
    expect((await stat(record)).mode & 0o777).toBe(0o600);
    await writeFile(record, '{"version":2}');
    expect(await code(remove())).toBe('RECORD');
    expect(await code(planInstall(installation()))).toBe('RECORD');
  });
});
