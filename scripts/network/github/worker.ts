export { type Said, type Worker, HOOK_SHELL, createRunnerFolder, startWorker, environmentIn };

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quoted } from '../../../contracts/formats/shell-word.ts';
import { descendants } from '../../../runner-hooks/sandbox/process-tree.ts';

/** What a hook or a step has said, and how it ended. */
interface Said {
  readonly status: number;
  readonly output: string;
}

/** The process of one job, by the name of the real one, below which its hooks and steps run. */
interface Worker {
  /** The runner's folder for what its jobs may forget. */
  readonly temporary: string;
  /** Variables that steps have set for later ones by `GITHUB_ENV`. */
  readonly added: Readonly<Record<string, string>>;
  /** Runs a command with these variables alone and those of the worker; where the worker was killed, it has failed. */
  run(
    command: string,
    options: {
      readonly folder: string;
      readonly variables: Readonly<Record<string, string | undefined>>;
    }
  ): Promise<Said>;
  /** Tells what runs to end, and ends it where it does not. */
  interrupt(): void;
  /** Kills what the job has left, writes down how it ended, and goes. */
  end(result: 'Succeeded' | 'Failed' | 'Canceled'): Promise<void>;
  /** As when the machine's owner restarts the runner's service, or the kernel runs out of memory. */
  kill(): Promise<void>;
}

const WORKER = 'Runner.Worker';
/** A step that does not end when it is told to (`ProcessInvoker`, 7.5 s by its source). */
const GRACE_MILLISECONDS = 1_000;
/** Of what a step says. */
const MAX_OUTPUT_BYTES = 16 * 2 ** 20;
const KILLED: Said = { status: 128 + 9, output: '' };
/** As `HostContext.GetDefaultShellForScript` and `ScriptHandlerHelpers` have a `.sh` started. */
const HOOK_SHELL = 'bash --noprofile --norc -e -o pipefail';

/**
 * For a copy of bash by the worker's name, `$0` its diagnostic log. Holds the log open, as the real worker
 * does, and runs what it is told; it starts nothing else.
 */
const WORKER_LOOP = `exec 9>>"$0"
while IFS= read -r -d '' command; do
  bash -c "$command" 9>&- >"$0.step"; status=$?
  IFS= read -r -d '' -n ${MAX_OUTPUT_BYTES} output <"$0.step"
  printf '%s\\0' "$status" "$output"
done`;

/** As `config.sh` leaves it, with a worker that is bash. */
async function createRunnerFolder(folder: string): Promise<void> {
  for (const name of [
    'bin',
    '_diag',
    '_work/_temp/_runner_file_commands',
    '_work/_temp/_github_workflow',
  ])
    await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, 'run.sh'), '#!/bin/bash\n', { mode: 0o755 });
  await copyFile('/bin/bash', join(folder, 'bin', WORKER));
  await chmod(join(folder, 'bin', WORKER), 0o755);
}

/** @param environment what the runner itself was started with, its `.env` included */
async function startWorker(
  folder: string,
  {
    environment = {},
    user,
  }: { readonly environment?: Readonly<Record<string, string>>; readonly user?: number } = {}
): Promise<Worker> {
  const log = join(folder, '_diag', `Worker_20261121-${String(Date.now()).slice(-6)}-utc.log`);
  const temporary = join(folder, '_work/_temp');
  const trackingId = `github_${randomUUID()}`;
  const child = spawn(join(folder, 'bin', WORKER), ['-c', WORKER_LOOP, log], {
    ...{ cwd: join(folder, 'bin'), stdio: ['pipe', 'pipe', 'ignore'] },
    ...(user === undefined ? {} : { uid: user, gid: user }),
    env: { PATH: process.env.PATH, HOME: folder, ...environment },
  });
  await once(child, 'spawn');
  const tell = commander(child);
  const ended = once(child, 'exit');
  const added: Record<string, string> = {};
  let timer: NodeJS.Timeout | undefined;
  const signal = (name: NodeJS.Signals): void => {
    for (const { pid } of descendants(child.pid!)) send(pid, name);
  };
  return {
    ...{ temporary, added },
    async run(command, options) {
      const file = join(temporary, '_runner_file_commands', `set_env_${randomUUID()}`);
      await writeFile(file, '');
      if (user !== undefined) await chown(file, user, user);
      const variables: Record<string, string | undefined> = {
        ...options.variables,
        ...{ GITHUB_ENV: file, RUNNER_TEMP: temporary, RUNNER_TRACKING_ID: trackingId },
      };
      const words = Object.entries(variables).flatMap(([name, value]) =>
        value === undefined ? [] : [quoted(`${name}=${value}`)]
      );
      // Standard input is closed, output is the step's.
      const said = await tell(
        `cd ${quoted(options.folder)}; env -i ${words.join(' ')} ${command} </dev/null 2>&1`
      );
      // What comes next is not what was interrupted.
      clearTimeout(timer);
      Object.assign(added, environmentIn(await readFile(file, 'utf8').catch(() => '')));
      return said;
    },
    interrupt() {
      signal('SIGINT');
      timer = setTimeout(() => signal('SIGKILL'), GRACE_MILLISECONDS);
    },
    async end(result) {
      clearTimeout(timer);
      await killTracked(trackingId, child.pid!);
      await tell(finishLog(log, result));
      child.stdin.end();
      await ended;
    },
    async kill() {
      clearTimeout(timer);
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Has a worker run commands, one after the other. */
function commander(child: ChildProcess): (command: string) => Promise<Said> {
  const { stdin, stdout } = child;
  const answers: ((said: Said) => void)[] = [];
  let isGone = false;
  let text = '';
  stdout!.setEncoding('utf8');
  stdout!.on('data', (chunk: string) => {
    text += chunk;
    for (let parts = text.split('\0'); parts.length > 2; parts = text.split('\0')) {
      answers.shift()?.({ status: Number(parts[0]), output: parts[1]! });
      text = parts.slice(2).join('\0');
    }
  });
  // Its steps may hold its output open for longer than it lives.
  child.once('exit', () => {
    isGone = true;
    for (const answer of answers.splice(0)) answer(KILLED);
  });
  // It went while it was told something.
  stdin!.on('error', () => undefined);
  return (command) =>
    new Promise((resolve) => {
      if (isGone) resolve(KILLED);
      else {
        answers.push(resolve);
        stdin!.write(`${command}\0`);
      }
    });
}

/** Command that writes a job's result where `JobRunner` does. */
function finishLog(log: string, result: string): string {
  const at = new Date().toISOString().slice(0, 19).replace('T', ' ');
  return `echo ${quoted(`[${at}Z INFO JobRunner] Job result after all job steps finish: ${result}`)} >> ${quoted(log)}`;
}

/** What `JobExtension.FinalizeJob` does to orphans. */
async function killTracked(trackingId: string, worker: number): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
    const isTracked = environment.split('\0').includes(`RUNNER_TRACKING_ID=${trackingId}`);
    if (!isTracked || Number(pid) === worker) continue;
    send(Number(pid), 'SIGKILL');
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended.
  }
}

/** Of `.env`, and of what steps write to `GITHUB_ENV`. */
const environmentIn = (text: string): Record<string, string> =>
  Object.fromEntries(
    text.split(/\r?\n/).flatMap((line) => {
      const at = line.indexOf('=');
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1)]] : [];
    })
  );
