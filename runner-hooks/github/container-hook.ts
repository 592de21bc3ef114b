/**
 * What a GitHub runner's container hooks run, bundled into one file:
 * `node github-container.mjs <mailbox> <delegate>`, with the command as JSON on standard input
 * (https://github.com/actions/runner-container-hooks). The delegate does the work, as if it had been called
 * by the runner; we see to it that what the job is given as secrets is hidden, and that nobody takes the
 * runner's counters for those of containers which run elsewhere.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { callAgent } from './call.ts';
import { isBelow, responseContainers } from './container.ts';
import { commandMasks, parseCommand } from './container-command.ts';
import { postMark } from './mailbox.ts';
import { findWorker } from './worker.ts';

const [mailbox, delegate] = process.argv.slice(2) as [string, string];

/** The delegate's word is the hook's: its output, its exit status, its response file. */
function runDelegate(input: Buffer): Promise<number> {
  // As the runner starts one: by bash, or for JavaScript by Node.
  const [command, ...args] = delegate.endsWith('.js')
    ? [process.execPath, delegate]
    : ['bash', '--noprofile', '--norc', '-e', '-o', 'pipefail', delegate];
  const child = spawn(command, args, { stdio: ['pipe', 'inherit', 'inherit'] });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status, signal) =>
      resolve(status ?? 128 + constants.signals[signal ?? 'SIGKILL'])
    );
  });
}

/** Nothing of ours keeps a step from running. */
async function orNothing(work: () => Promise<void> | void): Promise<void> {
  try {
    await work();
  } catch (error) {
    process.stdout.write(`Runproof: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

const input = readFileSync(0);
const command = parseCommand(input);
await orNothing(async () => {
  const masks = command === undefined ? [] : commandMasks(command);
  if (masks.length === 0) return;
  const worker = findWorker(process.ppid, process.env.RUNNER_TRACKING_ID);
  const report = postMark(mailbox, worker, 'masked');
  await callAgent(mailbox, { report, masks }, 0);
});
const status = await runDelegate(input);
await orNothing(() => {
  if (command?.command !== 'prepare_job' || status !== 0) return;
  const worker = findWorker(process.ppid, process.env.RUNNER_TRACKING_ID);
  const containers = responseContainers(command.responseFile);
  if (containers.some((id) => !isBelow(worker.pid, id))) postMark(mailbox, worker, 'outside');
});
process.exit(status);
