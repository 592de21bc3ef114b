export { type ProcessName, nameOf, isAlive, processesOf };

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { descendants, statOf } from '../sandbox/process-tree.ts';
import { RecordError } from './error.ts';

/** A process for good: its number may be given to another one later, its start time in ticks may not. */
interface ProcessName {
  readonly pid: number;
  readonly startTime: string;
}

/** `undefined` where it is gone, or only waits to be buried. */
function nameOf(pid: number): ProcessName | undefined {
  const [state, ...fields] = statOf(pid) ?? [];
  return state === undefined || state === 'Z' ? undefined : { pid, startTime: fields[18]! };
}

const isAlive = ({ pid, startTime }: ProcessName): boolean => nameOf(pid)?.startTime === startTime;

/**
 * A process with all that lies below it now, or every process of a cgroup and its sub-groups.
 * @throws {RecordError} `INPUT` where there is none
 */
function processesOf(target: { readonly pid: number } | { readonly cgroup: string }): number[] {
  const pids =
    'pid' in target
      ? [target.pid, ...[...descendants(target.pid)].map(({ pid }) => pid)].filter(
          (pid) => nameOf(pid) !== undefined
        )
      : membersOf(target.cgroup);
  if (pids.length === 0)
    throw new RecordError('INPUT', `no process is left of ${JSON.stringify(target)}`);
  return pids;
}

function membersOf(cgroup: string): number[] {
  try {
    return readdirSync(cgroup, { recursive: true, encoding: 'utf8' })
      .filter((path) => /(^|\/)cgroup\.procs$/.test(path))
      .flatMap((path) => readFileSync(join(cgroup, path), 'latin1').split('\n'))
      .filter((line) => line !== '')
      .map(Number);
  } catch (cause) {
    throw new RecordError('INPUT', `the cgroup ${cgroup} cannot be read`, { cause });
  }
}
