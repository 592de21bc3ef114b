export { type ExecutorFigures, measureExecutor };

import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { applyPlan, planInstall } from '../../runner-hooks/install/frame.ts';
import { findRunner, gitlabInstallation } from '../../runner-hooks/install/gitlab.ts';
import { removeTree } from '../../runner-hooks/sandbox/folders.ts';
import { startGit } from '../../scripts/network/git.ts';
import { type Executor, playJob } from '../../scripts/network/gitlab/executor.ts';
import { jobResponse } from '../../scripts/network/gitlab/job-response.ts';

/** Medians, of one job that does nothing but fetch its sources. */
interface ExecutorFigures {
  readonly milliseconds: number;
  /** CPU time of the executor and all that it starts, the git server included. */
  readonly cpuMilliseconds: number;
  /** The same stages, run by bash alone. */
  readonly plain: { readonly milliseconds: number; readonly cpuMilliseconds: number };
}

const run = promisify(execFile);

/** What the custom executor costs the jobs of a GitLab runner, as it is installed: jobs with it and without, in turn. */
async function measureExecutor(rounds: number): Promise<ExecutorFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'runproof-bench-'));
  const server = await startGit({ root: join(folder, 'git'), token: 'of-nobody' });
  try {
    const work = join(folder, 'work');
    await run('git', ['init', '--quiet', '--initial-branch', 'main', work]);
    const name = ['-c', 'user.name=ada', '-c', 'user.email=ada@example.com'];
    await run('git', [...name, 'commit', '--quiet', '--allow-empty', '-m', 'Begin'], { cwd: work });
    const { stdout } = await run('git', ['rev-parse', 'HEAD'], { cwd: work });
    const commit = stdout.trim();
    const repository = await server.createRepository('library.git', { mirrorOf: work });
    const mirror = join(folder, 'git', 'library.git');
    await run('git', ['update-ref', 'refs/pipelines/4711', commit], { cwd: mirror });
    const tmp = join(folder, 'tmp');
    await mkdir(tmp);
    const ours = executorOf(await installIn(folder, server.url), tmp);
    const plain = executorOf(await plainIn(folder), tmp);
    const play = async (executor: Executor, id: number): Promise<Cost> => {
      const job = jobResponse({
        ...{ repository, commit, script: ['true'], variables: [], ref: 'refs/heads/main' },
        ...{ id, pipeline: 4711, name: 'build', seconds: 3_600, token: 'glcbt-64_of-nobody' },
        ...{ source: 'push', actor: 'ada', path: '.gitlab-ci.yml' },
      });
      const [start, used] = [performance.now(), await cpuOfChildren()];
      const verdict = await playJob(executor, job, { onOutput: () => undefined });
      if (verdict.kind !== 'success') throw new Error(`the job ended with ${verdict.kind}`);
      const milliseconds = performance.now() - start;
      return { milliseconds, cpuMilliseconds: (await cpuOfChildren()) - used };
    };
    const costs: { ours: Cost; plain: Cost }[] = [];
    // Of the first, files are not in memory yet.
    for (let i = 0; i <= rounds; i++)
      costs.push({ plain: await play(plain, 2 * i + 1), ours: await play(ours, 2 * i + 2) });
    const counted = costs.slice(1);
    return {
      ...medianOf(counted.map((each) => each.ours)),
      plain: medianOf(counted.map((each) => each.plain)),
    };
  } finally {
    await server.stop();
    await removeTree(folder);
  }
}

interface Cost {
  readonly milliseconds: number;
  readonly cpuMilliseconds: number;
}

/** @returns the entry that GitLab Runner is to call */
async function installIn(folder: string, url: string): Promise<string> {
  const config = join(folder, 'runner', 'config.toml');
  await mkdir(dirname(config));
  const lines = ['[[runners]]', 'name = "bench"', `url = "${url}"`, 'executor = "shell"'];
  await writeFile(config, `${lines.join('\n')}\n`);
  const target = await findRunner(config, {});
  const spool = join(folder, 'spool');
  await mkdir(spool);
  const installation = gitlabInstallation({ target, jobs: join(folder, 'jobs'), spool });
  await applyPlan(await planInstall(installation));
  return join(dirname(config), 'runproof-bench', 'executor.sh');
}

/** Runs each stage as it comes, as the runner's own shell executor would. */
async function plainIn(folder: string): Promise<string> {
  const path = join(folder, 'plain.sh');
  const builds = join(folder, 'builds');
  await writeFile(
    path,
    `#!/bin/bash
case $1 in
  config) printf '{"builds_dir":"%s"}' '${builds}';;
  run) exec bash "$2";;
  cleanup) exec rm -rf '${builds}';;
esac
`
  );
  await chmod(path, 0o755);
  return path;
}

const executorOf = (entry: string, tmp: string): Executor => ({
  commands: {
    ...{ config: [entry, 'config'], prepare: [entry, 'prepare'] },
    ...{ run: [entry, 'run'], cleanup: [entry, 'cleanup'] },
  },
  ...{ tmp, graceMilliseconds: 60_000 },
});

/** Of all that this process has started and outlived, in milliseconds; the kernel counts in hundredths. */
async function cpuOfChildren(): Promise<number> {
  const fields = (await readFile('/proc/self/stat', 'latin1')).split(') ').at(-1)!.split(' ');
  return 10 * (Number(fields[13]) + Number(fields[14]));
}

const medianOf = (costs: readonly Cost[]): Cost => ({
  milliseconds: median(costs.map(({ milliseconds }) => milliseconds)),
  cpuMilliseconds: median(costs.map(({ cpuMilliseconds }) => cpuMilliseconds)),
});

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
