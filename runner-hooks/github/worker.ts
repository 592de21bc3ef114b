export { findWorker, spentBelow };

import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { type ProcessName, nameOf } from '../record/process.ts';
import { ancestors, statOf } from '../sandbox/process-tree.ts';
import { GithubError } from './error.ts';

const WORKER = 'Runner.Worker';

/**
 * The process of the runner that does this job and no other, above the hook that asks: by its name, or
 * where it goes by another, as the first that does not carry the job's tracking id, which the worker gives
 * to its children only.
 *
 * @throws {GithubError} `WORKER`
 */
function findWorker(from: number, trackingId: string | undefined): ProcessName {
  let outside: number | undefined;
  for (const pid of ancestors(from)) {
    if (isWorker(pid)) return named(pid);
    const carries = trackingId !== undefined && environmentOf(pid).includes(trackingId);
    if (!carries) outside ??= pid;
  }
  if (outside === undefined || trackingId === undefined)
    throw new GithubError('WORKER', `no ${WORKER} is among the parents of process ${from}.`);
  return named(outside);
}

function named(pid: number): ProcessName {
  const name = nameOf(pid);
  if (name === undefined) throw new GithubError('WORKER', `the runner's process ${pid} is gone.`);
  return name;
}

/** A program of its own, or on a development build .NET's host with the program as an argument. */
function isWorker(pid: number): boolean {
  const words = read(`/proc/${pid}/cmdline`).split('\0').slice(0, 2);
  return [linkOf(`/proc/${pid}/exe`), ...words]
    .map((path) => basename(path))
    .some((name) => name === WORKER || name === `${WORKER}.dll`);
}

/** CPU time of all that a process has started and outlived, in milliseconds; the kernel counts in hundredths. */
function spentBelow(pid: number): number {
  const fields = statOf(pid) ?? [];
  return 10 * (Number(fields[13] ?? 0) + Number(fields[14] ?? 0));
}

const environmentOf = (pid: number): string[] =>
  read(`/proc/${pid}/environ`)
    .split('\0')
    .flatMap((entry) =>
      entry.startsWith('RUNNER_TRACKING_ID=') ? [entry.slice(entry.indexOf('=') + 1)] : []
    );

const read = (path: string): string => orNothing(() => readFileSync(path, 'latin1'));
const linkOf = (path: string): string => orNothing(() => readlinkSync(path));

function orNothing(look: () => string): string {
  try {
    return look();
  } catch {
    return '';
  }
}
