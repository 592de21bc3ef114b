export { type GitlabOptions, gitlabInstallation, findRunner };

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { quoted } from '../../contracts/formats/shell-word.ts';
import { type ExecutorSettings, encodeSettings } from '../gitlab/settings.ts';
import { FOREIGN, hookScript } from './bundle.ts';
import { InstallError } from './error.ts';
import { gitlabChecks } from './gitlab-checks.ts';
import type { InstalledFile, Installation } from './installation.ts';
import {
  type RunnerChange,
  type RunnerTable,
  changeRunner,
  chooseRunner,
  readRunners,
} from './runner-table.ts';

interface GitlabOptions {
  /** GitLab Runner's `config.toml`, absolute, and `#`, and the runner in it: see {@link findRunner}. */
  readonly target: string;
  /** Folder in which jobs run, absolute. */
  readonly jobs: string;
  /** Where runs wait for the agent, absolute. */
  readonly spool: string;
  /** Of the job's own scripts; default `public`. */
  readonly network?: ExecutorSettings['network']['script'];
  /** What stages may reach beside GitLab: `host` or `host:port`. */
  readonly hosts?: readonly string[];
  readonly mounts?: ExecutorSettings['mounts'];
  readonly limits?: Partial<ExecutorSettings['limits']>;
  /** Takes bought jobs alone. */
  readonly marketOnly?: boolean;
  /** Takes merge requests from forks. */
  readonly forks?: boolean;
  /** Publishes the masked log of the script. */
  readonly publishLog?: boolean;
  /** Leaves a shell executor as it is, and measures its jobs from hooks in their own shell. */
  readonly keepExecutor?: boolean;
  /** Node's own path; default that of this process. */
  readonly node?: string;
}

const EXECUTOR = {
  entry: 'executor.sh',
  script: 'executor.cjs',
  bundle: 'gitlab-executor',
} as const;
const PLAIN = { entry: 'plain.sh', script: 'plain.mjs', bundle: 'gitlab-plain' } as const;
const SETTINGS = 'settings.json';
/** Before it kills a cancelled job, ours takes twenty. */
const GRACE_SECONDS = 60;

/** Unless the owner says otherwise: what one job may take of a machine that it has to itself. */
const LIMITS: ExecutorSettings['limits'] = {
  seconds: 86_400,
  memoryBytes: Math.floor(0.9 * totalmem()),
  processes: 16_384,
  diskBytes: 64 * 2 ** 30,
  logBytes: 2 ** 28,
};

/**
 * Runproof as the custom executor of one runner of a GitLab Runner. The runner reads its configuration
 * again by itself when it has changed.
 */
function gitlabInstallation(options: GitlabOptions): Installation {
  const { target } = options;
  const at = target.lastIndexOf('#');
  const [config, slug] = [target.slice(0, at), target.slice(at + 1)];
  const folder = folderOf(config, slug, options);
  return {
    ...{ forge: 'gitlab', target, folder },
    async files(base) {
      const text = (await base(config)) ?? '';
      const runners = readRunners(text);
      const index = slugsOf(runners).indexOf(slug);
      if (index === -1)
        throw new InstallError('TARGET', `${config} has no runner ${slug} any more.`);
      const runner = runners[index]!;
      const files = await ownFiles(folder, runner, options);
      const change = options.keepExecutor
        ? plainChange(folder, runner, options)
        : executorChange(folder, runner);
      return [...files, { path: config, text: changeRunner(text, index, change) }];
    },
    checks: () => gitlabChecks(config, existsSync(join(folder, PLAIN.entry))),
  };
}

/**
 * Beside the configuration; but hooks run as the job's user, who may not look into the runner's folder.
 * Which of them it is shows where the installation is.
 */
function folderOf(config: string, slug: string, { jobs, keepExecutor }: GitlabOptions): string {
  const beside = join(dirname(config), `runproof-${slug}`);
  const apart = join(dirname(jobs), `gitlab-${slug}`);
  return (keepExecutor ?? (!existsSync(beside) && existsSync(apart))) ? apart : beside;
}

/**
 * Names one runner of a configuration, so that it is found again.
 * @throws {InstallError} `TARGET` where the file is none, no runner fits, or several do
 */
async function findRunner(
  config: string,
  which: { readonly name?: string; readonly tokenPrefix?: string }
): Promise<string> {
  const text = await readFile(config, 'utf8').catch((cause: unknown) => {
    throw new InstallError(
      'TARGET',
      `${config} cannot be read; name GitLab Runner's config.toml.`,
      {
        cause,
      }
    );
  });
  const runners = readRunners(text);
  return `${config}#${slugsOf(runners)[chooseRunner(runners, which)]!}`;
}

/** A word for each runner, by its name; of namesakes by their tokens too, without showing them. */
function slugsOf(runners: readonly RunnerTable[]): readonly string[] {
  const names = runners.map(
    ({ name = '' }) => name.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 64) || 'runner'
  );
  return runners.map(({ token = '' }, i) => {
    if (names.indexOf(names[i]!) === names.lastIndexOf(names[i]!)) return names[i]!;
    return `${names[i]!}-${createHash('sha256').update(token).digest('hex').slice(0, 8)}`;
  });
}

function executorChange(folder: string, { executor, custom }: RunnerTable): RunnerChange {
  if (executor === undefined)
    throw new InstallError('TARGET', 'the runner has no executor; register it again.');
  if (custom !== undefined)
    throw new InstallError(
      'TARGET',
      'the runner has a custom executor already; take [runners.custom] out first.'
    );
  const entry = join(folder, EXECUTOR.entry);
  const stages = ['config', 'prepare', 'run', 'cleanup'];
  return {
    values: { executor: 'custom' },
    table: {
      name: 'custom',
      values: {
        ...Object.fromEntries(
          stages.flatMap((stage): [string, string | string[]][] => [
            [`${stage}_exec`, entry],
            [`${stage}_args`, [stage]],
          ])
        ),
        graceful_kill_timeout: GRACE_SECONDS,
      },
    },
    comment: `Runproof in ${folder}; the executor was ${JSON.stringify(executor)}`,
  };
}

/**
 * Both run in the job's own shell. What the script sets as its own trap takes the place of ours; then only a
 * good end is told, and the agent finds out that the shell is gone.
 */
function plainChange(folder: string, runner: RunnerTable, options: GitlabOptions): RunnerChange {
  const { executor, pre_build_script: before, post_build_script: after } = runner;
  if (executor !== 'shell')
    throw new InstallError(
      'TARGET',
      `hooks see the jobs of a shell executor alone, and this runner's is ${executor ?? 'none'}; install without --keep-executor.`
    );
  if (options.marketOnly)
    throw new InstallError(
      'TARGET',
      'bought jobs need the sandbox; install without --keep-executor.'
    );
  const entry = join(folder, PLAIN.entry);
  if (!/^[\w@%+=:,./-]+$/.test(entry))
    throw new InstallError(
      'TARGET',
      `${folder} cannot stand in a shell's trap; use a folder of plain letters.`
    );
  const begin = `if [ -x ${entry} ]; then ${entry} begin "$$" || exit 1; trap '${entry} end "$$" "$?"' EXIT; fi`;
  const end = `if [ -x ${entry} ]; then ${entry} end "$$" 0; fi`;
  return {
    values: {
      pre_build_script: [begin, ...(before === undefined ? [] : [before])].join('\n'),
      post_build_script: [...(after === undefined ? [] : [after]), end].join('\n'),
    },
    comment: `Runproof in ${folder}`,
  };
}

async function ownFiles(
  folder: string,
  { url, shell = 'bash' }: RunnerTable,
  options: GitlabOptions
): Promise<InstalledFile[]> {
  if (url === undefined || !/^https?:\/\//.test(url))
    throw new InstallError('TARGET', 'the runner names no url of its GitLab that can be read.');
  if (shell !== 'bash')
    throw new InstallError('TARGET', `the runner's shell is ${shell}; Runproof runs bash.`);
  const settings: ExecutorSettings = {
    ...{
      version: 1,
      url: url.replace(/\/(ci\/?)?$/, ''),
      folder: options.jobs,
      spool: options.spool,
    },
    network: {
      script: options.network ?? 'public',
      transfer: options.network === 'host' ? 'host' : 'forge',
      hosts: [...(options.hosts ?? [])],
    },
    limits: { ...LIMITS, ...options.limits },
    mounts: [...(options.mounts ?? [])],
    ...{ marketOnly: options.marketOnly ?? false, forks: options.forks ?? false },
    publishLog: options.publishLog ?? false,
  };
  const node = options.node ?? process.execPath;
  const { entry, script, bundle } = options.keepExecutor ? PLAIN : EXECUTOR;
  const words = [node, join(folder, script), join(folder, SETTINGS)].map(quoted).join(' ');
  return [
    { path: join(folder, SETTINGS), text: encodeSettings(settings) },
    { path: join(folder, script), text: await hookScript(bundle) },
    {
      path: join(folder, entry),
      text: `#!/bin/sh
# Written by \`runproof hooks install gitlab\`, removed by \`runproof hooks uninstall gitlab\`.
# What a job puts into its environment is not for us.
unset ${FOREIGN}
exec ${words} "$@"
`,
      mode: 0o755,
    },
  ];
}
