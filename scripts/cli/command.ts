import { Command, type OptionValues } from 'commander';
import { sentenceOf } from './error.ts';
import { Output, inert } from './output.ts';
import { SETTINGS, type SettingName, type Settings, readSettings } from './settings.ts';

export { type Cli, createProgram, verb, runProgram };

/** What every verb is handed besides its own arguments. */
interface Cli {
  readonly settings: Settings;
  readonly output: Output;
  /** Aborted by Ctrl-C and SIGTERM; a second one ends the process at once. */
  readonly signal: AbortSignal;
}

/** The program without its verbs: the options that all of them take. */
function createProgram(version: string): Command {
  const program = new Command('runproof')
    .description('A market for CI runs: measured under perf, paid by a proof over a git history.')
    .version(version)
    .option('--json', 'one line of JSON instead of tables')
    .option(
      '--home <folder>',
      'keys, config and state ($RUNPROOF_HOME; ./.runproof or ~/.runproof)'
    )
    .showHelpAfterError()
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });
  for (const [name, { env, about }] of Object.entries(SETTINGS))
    program.option(`--${kebab(name)} <value>`, `${about} ($${env})`);
  return program;
}

/**
 * A verb with its example. `run` gets the verb's arguments, its options, and the {@link Cli}.
 *
 * @param example what follows `runproof `
 */
// The options' type is the caller's word for what its own `.option` calls declare.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
function verb<O extends OptionValues>(
  parent: Command,
  usage: string,
  about: string,
  example: string,
  run: (cli: Cli, options: O, ...args: string[]) => Promise<void>
): Command {
  const command: Command = parent
    .command(usage)
    .description(about)
    .addHelpText('after', `\nExample:\n  runproof ${example}`)
    .action(async (...all: unknown[]) => {
      const args = all.slice(0, -2) as string[];
      const global = command.optsWithGlobals<Partial<Record<SettingName | 'home', string>>>();
      const output = new Output(Boolean((global as { json?: boolean }).json));
      const settings = readSettings(global, process.env);
      try {
        await run({ settings, output, signal: interruption() }, command.opts<O>(), ...args);
      } finally {
        output.done();
      }
    });
  return command;
}

/** Runs a program and turns whatever ends it into one sentence and an exit status. */
async function runProgram(program: Command, argv: readonly string[]): Promise<number> {
  try {
    await program.parseAsync(argv, { from: 'user' });
    return process.exitCode === undefined ? 0 : Number(process.exitCode);
  } catch (error) {
    const { exitCode, code: kind } = error as { exitCode?: number; code?: string };
    // Commander has printed its own sentence, or the help or version that was asked for.
    if (kind?.startsWith('commander.')) return exitCode === 0 ? 0 : failureOf(program);
    const { code, message } = sentenceOf(error);
    if (program.opts<{ json?: boolean }>().json)
      process.stdout.write(`${JSON.stringify({ ok: false, code, message })}\n`);
    else process.stderr.write(`runproof: ${inert(message)}\n`);
    return failureOf(program);
  }
}

/** `verify` keeps 1 for what it found wrong, so that a pipeline can tell a bad receipt from a bad call. */
const failureOf = ({ args }: Command): number => (args[0] === 'verify' ? 2 : 1);

let interrupted: AbortController | undefined;

/** One signal for the whole process, so that several listeners never pile up. */
function interruption(): AbortSignal {
  if (interrupted !== undefined) return interrupted.signal;
  const controller = (interrupted = new AbortController());
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort(new DOMException(`stopped by ${name}`, 'AbortError'));
    });
  return controller.signal;
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
