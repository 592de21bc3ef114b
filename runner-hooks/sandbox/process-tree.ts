export { type Survey, surveyTree, unlinkedBytes, descendants, ancestors, statOf };

import { readdirSync, readFileSync, statSync } from 'node:fs';

/** What a tree of processes uses at one instant. */
type Survey = {
  /** Processes and threads: what RLIMIT_NPROC counts. */
  tasks: number;
  /** Anonymous and shared memory that is resident. File pages are the kernel's to drop. */
  memoryBytes: number;
};

/** No limit is higher; a tree that outgrows it while we count is over its limit anyway. */
const MAX_TASKS = 70_000;
/** Processes end and their numbers are given again while we climb: a loop is thinkable. */
const MAX_LEVELS = 64;

/**
 * Counts every descendant of `root`, `root` itself left out: it is bwrap's init, under which all
 * that daemonizes ends up. Reads `/proc` (proc(5)); processes that end meanwhile count as gone.
 */
function surveyTree(root: number): Survey {
  const survey: Survey = { tasks: 0, memoryBytes: 0 };
  for (const { pid, threads } of descendants(root)) {
    survey.tasks += threads;
    survey.memoryBytes += residentBytes(pid);
    if (survey.tasks > MAX_TASKS) break;
  }
  return survey;
}

/** Bytes on disk of files that descendants of `root` hold open and that have no name any more. */
function unlinkedBytes(root: number): number {
  const files = new Map<string, number>();
  for (const { pid } of descendants(root))
    for (const fd of orGone(() => readdirSync(`/proc/${pid}/fd`)) ?? []) {
      const stats = orGone(() => statSync(`/proc/${pid}/fd/${fd}`));
      if (stats?.isFile() && stats.nlink === 0)
        files.set(`${stats.dev}:${stats.ino}`, 512 * stats.blocks);
    }
  return [...files.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** Every process below `root`, itself left out. */
function* descendants(root: number): Generator<{ pid: number; threads: number }> {
  const queue = [root];
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    const threads = listTasks(pid);
    for (const thread of threads) queue.push(...childrenOf(pid, thread));
    if (pid !== root) yield { pid, threads: threads.length };
  }
}

/** A process and those above it, the machine's first left out. */
function* ancestors(pid: number): Generator<number> {
  for (let at = pid, level = 0; at > 1 && level < MAX_LEVELS; level += 1) {
    yield at;
    at = Number(statOf(at)?.[1] ?? 0);
  }
}

/**
 * proc(5)'s stat from its third field on; the second, the name in parentheses, may hold anything.
 * `undefined` where the process is gone.
 */
const statOf = (pid: number): string[] | undefined =>
  orGone(() => readFileSync(`/proc/${pid}/stat`, 'latin1'))
    ?.split(') ')
    .at(-1)!
    .split(' ');

const listTasks = (pid: number): string[] => orGone(() => readdirSync(`/proc/${pid}/task`)) ?? [];

const childrenOf = (pid: number, thread: string): number[] =>
  (orGone(() => readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1')) ?? '')
    .split(' ')
    .filter((field) => field !== '')
    .map(Number);

function residentBytes(pid: number): number {
  const status = orGone(() => readFileSync(`/proc/${pid}/status`, 'latin1')) ?? '';
  const kibibytes = /^RssAnon:\s+(\d+) kB\n.*\nRssShmem:\s+(\d+) kB$/m.exec(status);
  return kibibytes === null ? 0 : 1024 * (Number(kibibytes[1]) + Number(kibibytes[2]));
}

function orGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
