import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { pino } from 'pino';
import { isBroken, machineChecks, printedVerdict } from '../../runner-hooks/install/doctor.ts';
import { isInstalled } from '../../runner-hooks/install/frame.ts';
import { githubInstallation, mailboxOf } from '../../runner-hooks/install/github.ts';
import type { Installation } from '../../runner-hooks/install/installation.ts';
import { listRuns } from '../../runner-hooks/record/spool.ts';
import {
  type ChangeOptions,
  type InstallOptions,
  runInstall,
  runUninstall,
} from '../hooks/change.ts';
import { configIn, readHooksConfig, spoolOf } from '../hooks/config.ts';
import { endpointChecks } from '../hooks/endpoints.ts';
import { type Installed, listInstalled } from '../hooks/installed.ts';
import { verb } from './command.ts';
import { addGitlabInstall, addGitlabUninstall, gitlabInstalled } from './hooks-gitlab.ts';

export { addHooksCommands };

interface GithubFlags extends InstallOptions {
  readonly runner: string;
  readonly strict?: boolean;
  readonly marketOnly?: boolean;
  readonly containerHooks?: string;
}

/** `hooks`: receipts for the jobs of a forge's own runner. */
function addHooksCommands(program: Command): void {
  const group = program
    .command('hooks')
    .description('signed receipts for every job of a GitHub or GitLab runner');
  const install = group.command('install').description('put the hooks on a runner');
  const uninstall = group.command('uninstall').description('take them off again');

  installOptions(
    verb<GithubFlags>(
      install,
      'github',
      'on a self-hosted GitHub Actions runner; shows what changes, and asks',
      'hooks install github --runner ~/actions-runner --log https://git.example/ci/log --token-file token',
      (cli, { runner, strict, marketOnly, containerHooks, ...options }) =>
        runInstall(
          cli,
          githubInstallation({
            ...{
              runner: resolve(runner),
              strict: strict === true,
              marketOnly: marketOnly === true,
            },
            ...(containerHooks === undefined ? {} : { containerHooks: resolve(containerHooks) }),
          }),
          options
        )
    )
      .requiredOption('--runner <folder>', 'the runner’s folder, where its run.sh is')
      .option('--strict', 'a fault of Runproof’s fails the job')
      .option('--market-only', 'refuse jobs that were not bought')
      .option('--container-hooks <file>', 'container hooks to wrap; those in .env by default')
  );
  changeOptions(
    verb<ChangeOptions & { runner: string }>(
      uninstall,
      'github',
      'off a self-hosted GitHub Actions runner, leaving all else as it is',
      'hooks uninstall github --runner ~/actions-runner',
      (cli, { runner, ...options }) =>
        runUninstall(cli, githubInstallation({ runner: resolve(runner) }), options)
    ).requiredOption('--runner <folder>', 'the runner’s folder')
  );
  installOptions(addGitlabInstall(install));
  changeOptions(addGitlabUninstall(uninstall));

  verb<{ config?: string }>(
    group,
    'status',
    'on which runners the hooks are, and what waits to be published',
    'hooks status',
    async ({ settings: { home }, output }, { config }) => {
      const runners = await Promise.all(
        listInstalled(home).map(async (installed) => {
          const state = await isInstalled(installationOf(installed, home));
          const shown = state === 'changed' ? 'changed by hand' : state ? 'installed' : 'gone';
          return { ...installed, state: shown };
        })
      );
      const file = config ?? configIn(home);
      const waiting = existsSync(file)
        ? (await listRuns(spoolOf(readHooksConfig(file)))).length
        : undefined;
      output.result({ ok: true, runners, ...(waiting === undefined ? {} : { waiting }) }, [
        ...runners.map(({ forge, target, state }) => [`${forge} ${target}`, state] as const),
        ...(runners.length === 0 ? [['runners', 'none'] as const] : []),
        ['runs in the spool', waiting ?? 'no hooks.json yet'],
      ]);
    }
  ).option('--config <file>', 'hooks.json in the home folder by default');

  verb<{ config?: string }>(
    group,
    'doctor',
    'what works on this machine, what does not, and what to do; exit status 1 where something is broken',
    'hooks doctor --gateway https://ipfs.example',
    async ({ settings, output, signal }, { config: path }) => {
      const file = path ?? configIn(settings.home);
      const config = existsSync(file) ? readHooksConfig(file) : undefined;
      const checks = [
        ...(await machineChecks(config?.folder ?? settings.home)),
        ...(await endpointChecks(config, settings, signal)),
        ...(
          await Promise.all(
            listInstalled(settings.home).map((i) => installationOf(i, settings.home).checks())
          )
        ).flat(),
      ];
      for (const { name, verdict, detail, remedy } of checks)
        output.line(
          `${printedVerdict(verdict).padEnd(5)}  ${name.padEnd(22)}  ${detail}${remedy === undefined ? '' : `\n${' '.repeat(31)}→ ${remedy}`}`
        );
      const ok = !isBroken(checks);
      const broken = checks.filter(({ verdict }) => verdict === 'fails').length;
      output.result({ ok, checks }, [
        ['checks', checks.length],
        ['broken', broken],
      ]);
      process.exitCode = ok ? 0 : 1;
    }
  ).option('--config <file>', 'hooks.json in the home folder by default');

  verb<{ config?: string }>(
    group,
    'agent',
    'stand behind the hooks: measure jobs and publish their receipts, until Ctrl-C; logs are JSON lines',
    'hooks agent --config hooks.json',
    async ({ settings: { home }, signal }, { config: path }) => {
      const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime });
      const config = readHooksConfig(path ?? configIn(home));
      const mailboxes = listInstalled(home)
        .filter(({ forge }) => forge === 'github')
        .map(({ target }) => mailboxOf(target));
      const { runHooksAgent, logAgentEvent } = await import('../hooks/agent.ts');
      await runHooksAgent(config, mailboxes, {
        signal,
        onEvent: (event) => logAgentEvent(logger, event),
      });
    }
  ).option('--config <file>', 'hooks.json in the home folder by default');
}

const changeOptions = (command: Command): Command =>
  command.option('--yes', 'do not ask; for scripts');

const installOptions = (command: Command): Command =>
  changeOptions(command).option(
    '--token-file <file>',
    'holds a token that may push to --log, where receipts go'
  );

/** An installation as it stands, whatever options it was made with. */
const installationOf = ({ forge, target }: Installed, home: string): Installation =>
  forge === 'github' ? githubInstallation({ runner: target }) : gitlabInstalled(target, home);
