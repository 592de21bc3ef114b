import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import {
  type GitlabOptions,
  findRunner,
  gitlabInstallation,
} from '../../runner-hooks/install/gitlab.ts';
import type { Installation } from '../../runner-hooks/install/installation.ts';
import {
  type ChangeOptions,
  type InstallOptions,
  runInstall,
  runUninstall,
} from '../hooks/change.ts';
import { FOLDER, configIn, readHooksConfig, spoolOf } from '../hooks/config.ts';
import { listInstalled } from '../hooks/installed.ts';
import { verb } from './command.ts';

export { addGitlabInstall, addGitlabUninstall, gitlabInstalled };

const NETWORKS = ['none', 'forge', 'public', 'host'] as const;

interface Which {
  readonly config: string;
  readonly name?: string;
  readonly tokenPrefix?: string;
}

interface GitlabFlags extends InstallOptions, Which {
  readonly network?: GitlabOptions['network'];
  readonly host?: readonly string[];
  readonly mount?: GitlabOptions['mounts'];
  readonly memory?: number;
  readonly disk?: number;
  readonly marketOnly?: boolean;
  readonly forks?: boolean;
  readonly publishLog?: boolean;
  readonly keepExecutor?: boolean;
}

const CONFIG = ['--config <file>', 'GitLab Runner’s config.toml'] as const;

/** `hooks install gitlab`; the caller adds what all installations take. */
const addGitlabInstall = (install: Command): Command =>
  verb<GitlabFlags>(
    install,
    'gitlab',
    'on a runner of GitLab Runner; shows what changes, and asks',
    'hooks install gitlab --config /etc/gitlab-runner/config.toml --log https://git.example/ci/log --token-file token',
    async (cli, flags) => {
      const { config, name, tokenPrefix, network, host, mount, memory, disk, ...rest } = flags;
      const { marketOnly, forks, publishLog, keepExecutor, ...options } = rest;
      const target = await findRunner(resolve(config), which({ name, tokenPrefix }));
      const installation = gitlabInstallation({
        ...{ target, ...placesIn(cli.settings.home), ...(network && { network }) },
        ...{ hosts: host ?? [], mounts: mount ?? [] },
        limits: {
          ...(memory !== undefined && { memoryBytes: memory * 2 ** 20 }),
          ...(disk !== undefined && { diskBytes: disk * 2 ** 20 }),
        },
        ...{ marketOnly: marketOnly === true, forks: forks === true },
        ...{ publishLog: publishLog === true, keepExecutor: keepExecutor === true },
      });
      await runInstall(cli, installation, options);
    }
  )
    .requiredOption(...CONFIG)
    .option('--name <name>', 'the runner’s name, where the file has several')
    .option('--token-prefix <text>', 'how its token begins, where names are not enough')
    .option('--network <reach>', `of the jobs’ scripts: ${NETWORKS.join(', ')} (public)`, toNetwork)
    .option('--host <host[:port]>', 'what jobs may reach beside GitLab; several times', collect)
    .option('--mount <source:target>', 'a folder lent to jobs, read-only; several times', toMounts)
    .option('--memory <MiB>', 'most memory of a job (nine tenths of the machine’s)', toNumber)
    .option('--disk <MiB>', 'most that a job may write (65536)', toNumber)
    .option('--market-only', 'refuse jobs that were not bought')
    .option('--forks', 'take merge requests from forks')
    .option('--publish-log', 'publish the masked log of each script')
    .option('--keep-executor', 'hooks around the script of a shell executor, and no sandbox');

/** `hooks uninstall gitlab`. */
const addGitlabUninstall = (uninstall: Command): Command =>
  verb<ChangeOptions & Which>(
    uninstall,
    'gitlab',
    'off a runner of GitLab Runner, leaving all else as it is',
    'hooks uninstall gitlab --config /etc/gitlab-runner/config.toml',
    async (cli, { config, name, tokenPrefix, ...options }) => {
      const { home } = cli.settings;
      const path = resolve(config);
      const here = listInstalled(home).flatMap(({ forge, target }) =>
        forge === 'gitlab' && target.startsWith(`${path}#`) ? [target] : []
      );
      // Where it is on one runner alone there is nothing to choose, also after that was renamed.
      const isChosen = name !== undefined || tokenPrefix !== undefined || here.length !== 1;
      const target = isChosen ? await findRunner(path, which({ name, tokenPrefix })) : here[0]!;
      await runUninstall(cli, gitlabInstalled(target, home), options);
    }
  )
    .requiredOption(...CONFIG)
    .option('--name <name>', 'the runner’s name, where Runproof is on several')
    .option('--token-prefix <text>', 'how its token begins, where names are not enough');

/** As it stands, whatever options it was made with. */
const gitlabInstalled = (target: string, home: string): Installation =>
  gitlabInstallation({ target, ...placesIn(home) });

const placesIn = (home: string): { jobs: string; spool: string } => {
  const file = configIn(home);
  const { folder } = existsSync(file) ? readHooksConfig(file) : { folder: FOLDER };
  const hooks = resolve(home, folder);
  return { jobs: join(hooks, 'gitlab-jobs'), spool: spoolOf({ folder: hooks }) };
};

const which = ({
  name,
  tokenPrefix,
}: {
  name: string | undefined;
  tokenPrefix: string | undefined;
}): { name?: string; tokenPrefix?: string } => ({
  ...(name === undefined ? {} : { name }),
  ...(tokenPrefix === undefined ? {} : { tokenPrefix }),
});

const collect = (value: string, former: readonly string[] = []): string[] => [...former, value];

function toNetwork(value: string): (typeof NETWORKS)[number] {
  const found = NETWORKS.find((name) => name === value);
  if (found === undefined) throw new InvalidArgumentError(`One of ${NETWORKS.join(', ')}.`);
  return found;
}

function toMounts(
  value: string,
  former: { source: string; target: string }[] = []
): { source: string; target: string }[] {
  const [source, target, ...more] = value.split(':');
  if (!source || !target?.startsWith('/') || more.length > 0)
    throw new InvalidArgumentError('A folder here, a colon, and its full path in the sandbox.');
  return [...former, { source: resolve(source), target }];
}

function toNumber(value: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(value)) throw new InvalidArgumentError('A number of MiB.');
  return Number(value);
}
