export { SOCKET, postReport, postMark, readReports, readReport, dropReports, hasMark };

import * as fs from 'node:fs';
import { join } from 'node:path';
import { GithubError } from './error.ts';
import { type Mark, type Report, parseReport, reportName } from './report.ts';
import type { ProcessName } from '../record/process.ts';

/**
 * The folder between the hooks, which are gone in some milliseconds, and the agent, which may be away:
 * what a hook has to say stands here as a file first. It belongs to the runner's user.
 */
const SOCKET = 'agent.sock';
const MAX_REPORT_BYTES = 96 * 1024;
const MAX_REPORTS = 4_096;

/**
 * The disk has it when this returns. Synchronous, since the hook does nothing else.
 * @param owner whose it is to be; without, our own
 */
const postReport = (mailbox: string, report: Report, owner?: Owner): string =>
  post(mailbox, reportName(report.worker, report.stage), JSON.stringify(report), owner);

type Owner = { readonly uid: number; readonly gid: number };

const postMark = (mailbox: string, worker: ProcessName, mark: Mark): string =>
  post(mailbox, reportName(worker, mark), '{}');

function post(mailbox: string, name: string, text: string, owner?: Owner): string {
  fs.mkdirSync(mailbox, { recursive: true, mode: 0o700 });
  // No two hooks have one process at one time; random bytes cost them the loading of all cryptography.
  const draft = join(mailbox, `.${process.pid}-${process.hrtime.bigint()}`);
  const handle = fs.openSync(draft, 'wx', 0o600);
  try {
    fs.writeSync(handle, text);
    if (owner !== undefined && process.getuid!() === 0) fs.fchownSync(handle, owner.uid, owner.gid);
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
  fs.renameSync(draft, join(mailbox, name));
  return name;
}

/** All that is there, beginnings first, since a job may set the clock back; what no hook can have written is thrown away. */
function readReports(mailbox: string): readonly Report[] {
  const names = (fs.existsSync(mailbox) ? fs.readdirSync(mailbox) : []).filter((name) =>
    NAME.test(name)
  );
  return names
    .slice(0, MAX_REPORTS)
    .flatMap((name) => {
      try {
        return [readReport(mailbox, name) ?? []].flat();
      } catch (error) {
        if (error instanceof GithubError && error.code === 'REPORT') discard(mailbox, name);
        return [];
      }
    })
    .sort((a, b) => Number(isEnd(a)) - Number(isEnd(b)) || a.at - b.at);
}

/** A folder stays: nobody asked us to empty those of others. */
function discard(mailbox: string, name: string): void {
  try {
    fs.unlinkSync(join(mailbox, name));
  } catch {
    // It is read, and left out, again.
  }
}

const isEnd = ({ stage }: Report): boolean => stage === 'completed';

const NAME = /^[0-9]{1,10}-[0-9]{1,20}\.(started|completed)\.json$/;

/**
 * The mailbox is the runner's user's, and so any job's: nothing but a plain file of its own size is read.
 * @returns `undefined` where it is gone
 * @throws {GithubError} `REPORT`
 */
function readReport(mailbox: string, name: string): Report | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  let handle: number;
  try {
    handle = fs.openSync(join(mailbox, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new GithubError('REPORT', `the report ${name} cannot be read.`, { cause });
  }
  try {
    const stats = fs.fstatSync(handle);
    if (!stats.isFile() || stats.size > MAX_REPORT_BYTES)
      throw new GithubError('REPORT', `the report ${name} is no report.`);
    const report = parseReport(fs.readFileSync(handle, 'utf8'));
    if (name !== reportName(report.worker, report.stage))
      throw new GithubError('REPORT', `the report ${name} is of another job.`);
    return report;
  } finally {
    fs.closeSync(handle);
  }
}

const hasMark = (mailbox: string, worker: ProcessName, mark: Mark): boolean =>
  fs.existsSync(join(mailbox, reportName(worker, mark)));

function dropReports(mailbox: string, worker: ProcessName): void {
  for (const kind of ['started', 'completed', 'masked', 'outside'] as const)
    fs.rmSync(join(mailbox, reportName(worker, kind)), { force: true });
}
