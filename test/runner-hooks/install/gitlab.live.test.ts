import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'smol-toml';
import {
  applyPlan,
  describePlan,
  isInstalled,
  planInstall,
  planRemoval,
} from '../../../runner-hooks/install/frame.ts';
import { findRunner, gitlabInstallation } from '../../../runner-hooks/install/gitlab.ts';
import { jobResponse, playJob } from '../gitlab/gitlab-runner.ts';
import { installExecutor, recordedRuns } from '../gitlab/installed.ts';
import { temporaryFolder } from '../room.ts';

const configFor = (url: string): string => `concurrent = 4

# Ours since 2019.
[[runners]]
  name = "first"
  url = "${url}"
  token = "glrt-aaaa"
  executor = "shell"

[[runners]]
  name = "second"
  url = "${url}/" # the same
  token = "glrt-bbbb"
  executor = "shell"
  [runners.cache]
    MaxUploadedArchiveSize = 0
`;

async function aConfig(url = 'https://gitlab.example') {
  const folder = await temporaryFolder();
  const config = join(folder, 'etc', 'config.toml');
  await mkdir(join(folder, 'etc'));
  await writeFile(config, configFor(url), { mode: 0o600 });
  const options = { jobs: join(folder, 'jobs'), spool: join(folder, 'spool') };
  return { folder, config, options };
}

interface Runners {
  runners: { executor: string; custom: Record<string, unknown> }[];
}

describe('an installation on GitLab Runner', () => {
  it('shows what it changes, runs jobs as the runner calls it, and is undone without a trace', async () => {
    const { source, runner, settings } = await installExecutor();
    const { folder, config, options } = await aConfig(settings.url);
    const target = await findRunner(config, { name: 'second' });
    const installation = gitlabInstallation({ target, ...options });
    const plan = await planInstall(installation);
    expect(await readFile(config, 'utf8')).toBe(configFor(settings.url));
    expect(describePlan(plan)).toContain(
      '-  executor = "shell"\n+  executor = "custom" # Runproof'
    );
    await applyPlan(plan);
    expect((await planInstall(installation)).changes).toEqual([]);
    expect(await isInstalled(installation)).toBe(true);
    expect((await stat(config)).mode & 0o777).toBe(0o600);

    const { runners } = parse(await readFile(config, 'utf8')) as unknown as Runners;
    expect(runners[0]!.executor).toBe('shell');
    const { custom } = runners[1]!;
    const entry = custom.run_exec as string;
    expect(custom).toMatchObject({
      config_exec: entry,
      config_args: ['config'],
      run_args: ['run'],
    });
    const played = await playJob({ ...runner, entry }, jobResponse(source, ['echo ran']));
    expect(played.verdict).toEqual({ kind: 'success' });
    const [run] = await recordedRuns(options.spool);
    expect(run!.origin.repository).toBe('library');

    // By somebody else meanwhile.
    await writeFile(config, `${await readFile(config, 'utf8')}\n# the end\n`);
    await applyPlan(await planRemoval(installation));
    expect(await readFile(config, 'utf8')).toBe(`${configFor(settings.url)}\n# the end\n`);
    expect(await readdir(join(folder, 'etc'))).toEqual(['config.toml']);
  });

  it('stands on two runners of one file, and goes off one of them', async () => {
    const { config, options } = await aConfig();
    const on = async (name: string) =>
      gitlabInstallation({ target: await findRunner(config, { name }), ...options });
    const [first, second] = [await on('first'), await on('second')];
    for (const installation of [first, second]) await applyPlan(await planInstall(installation));
    const both = parse(await readFile(config, 'utf8')) as unknown as Runners;
    expect(both.runners.map(({ executor }) => executor)).toEqual(['custom', 'custom']);
    await applyPlan(await planRemoval(first));
    const one = parse(await readFile(config, 'utf8')) as unknown as Runners;
    expect(one.runners.map(({ executor }) => executor)).toEqual(['shell', 'custom']);
    await applyPlan(await planRemoval(second));
    expect(await readFile(config, 'utf8')).toBe(configFor('https://gitlab.example'));
  });

  it('is refused where its lines were changed since, or the runner does not fit', async () => {
    const { config, options } = await aConfig();
    const target = await findRunner(config, { tokenPrefix: 'glrt-b' });
    const installation = gitlabInstallation({ target, ...options });
    await applyPlan(await planInstall(installation));
    const text = await readFile(config, 'utf8');
    await writeFile(config, text.replace('run_args', 'config_args_2'));
    await expect(planRemoval(installation)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await isInstalled(installation)).toBe('changed');
    await writeFile(
      config,
      configFor('https://gitlab.example').replace(
        '"shell"',
        '"custom"\n  [runners.custom]\n  run_exec = "/x"'
      )
    );
    const other = gitlabInstallation({
      target: await findRunner(config, { name: 'first' }),
      ...options,
    });
    await expect(planInstall(other)).rejects.toMatchObject({ code: 'TARGET' });
    await expect(findRunner(config, {})).rejects.toMatchObject({ code: 'TARGET' });
    await expect(findRunner(`${config}.not`, {})).rejects.toMatchObject({ code: 'TARGET' });
  });

  it('says what works here', async () => {
    const { config, options } = await aConfig();
    const target = await findRunner(config, { name: 'first' });
    const checks = await gitlabInstallation({ target, ...options }).checks();
    expect(checks.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['config.toml', 'works'],
      ['gitlab-runner', 'limited'],
      ['network of jobs', 'works'],
    ]);
    expect(
      checks.every(({ verdict, remedy }) => (verdict === 'works') === (remedy === undefined))
    ).toBe(true);
  });
});
