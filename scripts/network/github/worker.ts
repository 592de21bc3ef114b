import type { ChildProcess } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export {
  type Said,
  WORKER,
  HOOK_SHELL,
  WORKER_LOOP,
  createRunnerFolder,
  commander,
  finishLog,
  killTracked,
  environmentIn,
  quoted,
};

interface Said {
  readonly status: number;
  readonly output: string;
}

const WORKER = 'Runner.Worker';
/** As `HostContext.GetDefaultShellForScript` and `ScriptHandlerHelpers` have a `.sh` started. */
const HOOK_SHELL = 'bash --noprofile --norc -e -o pipefail';

/**
 * For a copy of bash by the worker's name, `$0` its diagnostic log. Holds the log open, as the real worker
 * does, and runs what it is told; it starts nothing else.
 */
const WORKER_LOOP = `exec 9>>"$0"
while IFS= read -r -d '' command; do
  bash -c "$command" 9>&- >"$0.step"; status=$?
  IFS= read -r -d '' output <"$0.step"
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

/** Has a worker run commands, one after the other. */
function commander({ stdin, stdout }: ChildProcess): (command: string) => Promise<Said> {
  const answers: ((said: Said) => void)[] = [];
  let text = '';
  stdout!.setEncoding('utf8');
  stdout!.on('data', (chunk: string) => {
    text += chunk;
    for (let parts = text.split('\0'); parts.length > 2; parts = text.split('\0')) {
      answers.shift()!({ status: Number(parts[0]), output: parts[1]! });
      text = parts.slice(2).join('\0');
    }
  });
  return (command) =>
    new Promise((resolve) => {
      answers.push(resolve);
      stdin!.write(`${command}\0`);
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
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has just ended.
    }
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

/** One word of a shell. */
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
