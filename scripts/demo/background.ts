import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CliError } from '../cli/error.ts';
import { ROOT } from '../site/checkout.ts';

export { type Background, startInBackground, runproof };

/** A verb of the command line that goes on, as an operator would have it run. */
interface Background {
  readonly pid: number;
  /** SIGTERM, as an operator would; resolves when it has drained. */
  stop(): Promise<void>;
}

interface BackgroundOptions {
  readonly home: string;
  readonly words: readonly string[];
  /** As it is called where it ends by itself. */
  readonly name: string;
  /** Gets all that it prints. */
  readonly logFile: string;
  /** Whether a line of its log says that it is there. */
  readonly isThere: (line: string) => boolean;
  readonly onLine?: (line: string) => void;
  /** It ended by itself, and why. */
  readonly onExit?: (reason: string) => void;
}

/** Resolves when it is there. @throws CliError `FAILED` where it ends before */
async function startInBackground(options: BackgroundOptions): Promise<Background> {
  const { home, words, name, logFile, isThere, onLine, onExit } = options;
  const log = createWriteStream(logFile, { flags: 'a' });
  const child = spawn(process.execPath, commandLine(home, words), {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stderr.pipe(log, { end: false });
  const exited = exitOf(child);
  let isStopping = false;
  void exited.then((how) => {
    if (!isStopping) onExit?.(`${name} ended with ${how}; see ${logFile}`);
  });
  await new Promise<void>((resolve, reject) => {
    void exited.then((how) =>
      reject(new CliError('FAILED', `${name} ended with ${how}; see ${logFile}.`))
    );
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.write(`${line}\n`);
      if (isThere(line)) resolve();
      onLine?.(line);
    });
  });
  return {
    pid: child.pid!,
    async stop() {
      isStopping = true;
      child.kill('SIGTERM');
      await exited;
      log.end();
    },
  };
}

/** Runs a verb to its end. @throws CliError `FAILED` with what it complained of */
async function runproof(home: string, words: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, commandLine(home, words), {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const how = await exitOf(child);
  if (how !== '0')
    throw new CliError('FAILED', `runproof ${words.slice(0, 3).join(' ')} failed: ${said.trim()}`);
}

const commandLine = (home: string, words: readonly string[]): string[] => [
  ...[join(ROOT, 'bin', 'runproof.mjs'), '--home', home],
  ...words,
];

/** Exit status or signal of a process, or why it never began. */
const exitOf = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (status, signal) => resolve(String(signal ?? status)));
  });
