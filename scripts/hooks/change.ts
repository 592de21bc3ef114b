import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import {
  type Plan,
  applyPlan,
  describePlan,
  planInstall,
  planRemoval,
} from '../../runner-hooks/install/frame.ts';
import type { Installation } from '../../runner-hooks/install/installation.ts';
import type { Cli } from '../cli/command.ts';
import { CliError } from '../cli/error.ts';
import { newKey, writeKeyFile } from '../cli/key-file.ts';
import type { Row } from '../cli/output.ts';
import { configIn, newHooksConfig, readHooksConfig } from './config.ts';
import { listed } from './installed.ts';
import { serviceUnit } from './unit.ts';

export { type ChangeOptions, type InstallOptions, runInstall, runUninstall };

interface ChangeOptions {
  readonly yes?: boolean;
}

interface InstallOptions extends ChangeOptions {
  readonly tokenFile?: string;
}

/** A file that this home lacks and the agent needs. */
interface Missing {
  readonly path: string;
  readonly make: () => void;
}

/** Shows what installing changes, asks, does it, and says what is left to do. */
async function runInstall(
  { settings: { home, log }, output, signal }: Cli,
  installation: Installation,
  options: InstallOptions
): Promise<void> {
  const plan = await planInstall(listed(installation, home));
  const missing = missingIn(home, log, options);
  const isNew = plan.changes.length > 0 || missing.length > 0;
  if (isNew) {
    output.line(
      [describePlan(plan), ...missing.map(({ path }) => `write ${path}`)].join('\n').trim()
    );
    await confirm(options, signal);
    for (const { make } of missing) make();
    await applyPlan(plan);
  }
  const hasConfig = existsSync(configIn(home));
  output.result({ ok: true, target: plan.target, changed: isNew, config: hasConfig }, [
    ['runner', plan.target],
    ['hooks', isNew ? 'installed' : 'as they should be: nothing was changed'],
    ...nextSteps(plan, hasConfig),
  ]);
  if (isNew && hasConfig) output.line(serviceUnit(home));
}

/** Shows what removing changes, asks, and does it. */
async function runUninstall(
  { output, signal }: Cli,
  installation: Installation,
  options: ChangeOptions
): Promise<void> {
  const plan = await planRemoval(installation);
  output.line(describePlan(plan));
  await confirm(options, signal);
  await applyPlan(plan);
  output.result({ ok: true, target: plan.target }, [
    ['runner', plan.target],
    ['hooks', 'removed'],
    ...(plan.forge === 'github' ? [RESTART] : []),
  ]);
}

const RESTART: Row = ['next', 'restart the runner: it reads its .env when it starts'];

const nextSteps = ({ forge }: Plan, hasConfig: boolean): readonly Row[] => [
  ...(forge === 'github' ? [RESTART] : []),
  hasConfig
    ? ['then', 'start the agent: runproof hooks agent; `runproof hooks doctor` looks at the rest']
    : ['then', 'run this again with --log and --token-file, which say where receipts go'],
];

/** Config and key of the agent, where there is neither; once made they are the owner's. */
function missingIn(
  home: string,
  log: string | undefined,
  { tokenFile }: InstallOptions
): readonly Missing[] {
  const config = configIn(home);
  if (tokenFile === undefined) return [];
  if (existsSync(config)) {
    assertSameLog(config, log, tokenFile);
    return [];
  }
  if (log === undefined)
    throw new CliError('USAGE', 'Name with --log the repository that the token is for.');
  if (!existsSync(tokenFile))
    throw new CliError('USAGE', `${tokenFile} does not exist; put the token in it first.`);
  const key = join(home, 'keys', 'runner.json');
  const text = `${JSON.stringify(newHooksConfig(log, tokenFile), null, 2)}\n`;
  return [
    ...(existsSync(key) ? [] : [{ path: key, make: () => writeKeyFile(key, newKey()) }]),
    {
      path: config,
      make: () => {
        mkdirSync(home, { recursive: true, mode: 0o700 });
        writeFileSync(config, text, { flag: 'wx' });
      },
    },
  ];
}

/** What was asked for is what is there: the file is its owner's, and stays as it is. @throws CliError `USAGE` */
function assertSameLog(config: string, repository: string | undefined, tokenFile: string): void {
  const { log } = readHooksConfig(config);
  if ((repository ?? log.repository) === log.repository && resolve(tokenFile) === log.tokenFile)
    return;
  throw new CliError(
    'USAGE',
    `${config} says that receipts go to ${log.repository} with the token in ${log.tokenFile}; change it there, or leave --token-file out.`
  );
}

/** @throws CliError `USAGE` where the answer is no, or nobody is there to give one */
async function confirm({ yes }: ChangeOptions, signal: AbortSignal): Promise<void> {
  if (yes === true) return;
  if (!process.stdin.isTTY)
    throw new CliError('USAGE', 'Nothing was changed: nobody is there to be asked; add --yes.');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question('Change these files? [y/N] ', { signal });
    if (!/^y(es)?$/i.test(answer.trim())) throw new CliError('USAGE', 'Nothing was changed.');
  } finally {
    terminal.close();
  }
}
