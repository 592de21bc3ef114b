export { type GitlabOptions, gitlabInstallation, findRunner };

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, constants, readFile, realpath } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { openEgress } from '../gitlab/egress.ts';
import { type ExecutorSettings, encodeSettings } from '../gitlab/settings.ts';
import { hookScript } from './bundle.ts';
import { InstallError } from './error.ts';
import type { Check, InstalledFile, Installation } from './installation.ts';
import {
  type RunnerChange,
  type RunnerTable,
  changeRunner,
  chooseRunner,
  readRunners,
} from './runner-table.ts';

const run = promisify(execFile);

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
  /** Node's own path; default that of this process. */
  readonly node?: string;
}

const ENTRY = 'executor.sh';
const SCRIPT = 'executor.mjs';
const SETTINGS = 'executor.json';
/** Before it kills a cancelled job, ours takes twenty. */
const GRACE_SECONDS = 60;
const MILLISECONDS = 10_000;

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
  const folder = join(dirname(config), `runproof-${slug}`);
  return {
    ...{ forge: 'gitlab', target, folder },
    async files(base) {
      const text = (await base(config)) ?? '';
      const runners = readRunners(text);
      const index = slugsOf(runners).indexOf(slug);
      if (index === -1)
        throw new InstallError('TARGET', `${config} has no runner ${slug} any more.`);
      const files = await executorFiles(folder, runners[index]!, options);
      const change = executorChange(folder, runners[index]!);
      return [...files, { path: config, text: changeRunner(text, index, change) }];
    },
    checks: () => gitlabChecks(config),
  };
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
  const entry = join(folder, ENTRY);
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

async function executorFiles(
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
  const words = [node, join(folder, SCRIPT), join(folder, SETTINGS)].map(quoted).join(' ');
  return [
    { path: join(folder, SETTINGS), text: encodeSettings(settings) },
    { path: join(folder, SCRIPT), text: await hookScript('gitlab-executor') },
    {
      path: join(folder, ENTRY),
      text: `#!/bin/sh
# Written by \`runproof hooks install gitlab\`, removed by \`runproof hooks uninstall gitlab\`.
exec ${words} "$@"
`,
      mode: 0o755,
    },
  ];
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** What only this executor needs. */
async function gitlabChecks(config: string): Promise<readonly Check[]> {
  return [await configCheck(config), await runnerCheck(), await networkCheck()];
}

async function configCheck(config: string): Promise<Check> {
  const name = 'config.toml';
  try {
    const runners = readRunners(await readFile(config, 'utf8'));
    const detail = `${config}, ${runners.length} ${runners.length === 1 ? 'runner' : 'runners'}`;
    if (runners.length > 0) return { name, verdict: 'works', detail };
    return { name, verdict: 'limited', detail, remedy: 'run: gitlab-runner register' };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { name, verdict: 'fails', detail, remedy: 'name the file with --config' };
  }
}

/** Caches and artifacts are its work, in the sandbox, which shows no program outside of /usr. */
async function runnerCheck(): Promise<Check> {
  const name = 'gitlab-runner';
  const places = ['/usr/local/bin', '/usr/bin'].map((folder) => join(folder, name));
  for (const path of places) {
    const isThere = await access(path, constants.X_OK).then(
      async () => (await realpath(path)).startsWith('/usr/'),
      () => false
    );
    if (!isThere) continue;
    const { stdout } = await run(path, ['--version'], { timeout: MILLISECONDS }).catch(() => ({
      stdout: '',
    }));
    const [, version, major] = /^Version:\s+((\d+)\.\S+)/m.exec(stdout) ?? [];
    if (Number(major) >= 14) return { name, verdict: 'works', detail: `${version}, ${path}` };
    return {
      ...{ name, verdict: 'fails', detail: `${path} is of version ${version ?? 'unknown'}` },
      remedy: 'install GitLab Runner 14.0 or newer',
    };
  }
  return {
    ...{ name, verdict: 'limited', detail: 'not below /usr: jobs have no caches and no artifacts' },
    remedy: 'put the program itself into /usr/local/bin, not a link',
  };
}

async function networkCheck(): Promise<Check> {
  const name = 'network of jobs';
  try {
    const egress = await openEgress({ hosts: [], isPublic: false });
    egress.close();
    return { name, verdict: 'works', detail: 'of its own, behind a proxy' };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const remedy = 'allow user namespaces, or install with --network host or none';
    return { name, verdict: 'fails', detail, remedy };
  }
}
