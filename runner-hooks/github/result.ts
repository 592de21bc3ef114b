export { findLog, exitIn };

import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  readdirSync,
  readlinkSync,
} from 'node:fs';
import { EXIT } from '../../contracts/formats/job.ts';

const LOG = /\/_diag\/Worker_[0-9-]{8,32}-utc\.log$/;
const TAIL_BYTES = 256 * 1024;

/** The diagnostic log that a worker has open: the one place on the machine that says how its job ended. */
function findLog(pid: number): string | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`)
      .map((fd) => linkOf(`/proc/${pid}/fd/${fd}`))
      .find((path) => path !== undefined && LOG.test(path));
  } catch {
    return undefined;
  }
}

const linkOf = (path: string): string | undefined => {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
};

/** `TaskResult` of actions/runner; the runner cancels its steps by SIGINT. */
const RESULTS: Readonly<Record<string, number>> = {
  Succeeded: 0,
  SucceededWithIssues: 0,
  Failed: 1,
  Canceled: EXIT.signalled + 2,
};

/** As `Runner.Worker/JobRunner.cs` has traced it since its first release. */
const RESULT =
  /^\[[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}Z INFO JobRunner\] Job result after all job steps finish: (\w+)\r?$/gm;

/** The exit status that a worker's log ends with, see `EXIT`; `undefined` where it says none (yet). */
function exitIn(path: string): number | undefined {
  let handle: number;
  try {
    handle = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    const stats = fstatSync(handle);
    if (!stats.isFile()) return undefined;
    const tail = Buffer.alloc(Math.min(stats.size, TAIL_BYTES));
    const length = readSync(handle, tail, 0, tail.length, stats.size - tail.length);
    const last = [...tail.toString('utf8', 0, length).matchAll(RESULT)].at(-1);
    return last && RESULTS[last[1]!];
  } finally {
    closeSync(handle);
  }
}
