export { machineChecks, printedVerdict, isBroken };

import { execFile } from 'node:child_process';
import { access, constants, mkdtemp, readFile, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { PerfError } from '../perf/error.ts';
import { EVENTS } from '../perf/events.ts';
import { parseStat } from '../perf/stat.ts';
import { createJobFolder, removeTree } from '../sandbox/folders.ts';
import { runInSandbox } from '../sandbox/sandbox.ts';
import type { Check, Verdict } from './installation.ts';

const run = promisify(execFile);
const MILLISECONDS = 10_000;
const NODE_MINIMUM = [20, 19] as const;
const SCARCE_BYTES = 2 ** 30;
const FULL_BYTES = 64 * 2 ** 20;
/** capabilities(7) */
const CAP_PERFMON = 38n;

const SIGN: Readonly<Record<Verdict, string>> = { works: 'ok', limited: 'so-so', fails: 'FAIL' };
const printedVerdict = (verdict: Verdict): string => SIGN[verdict];

/** Whether something is broken that nothing works without. */
const isBroken = (checks: readonly Check[]): boolean =>
  checks.some(({ verdict }) => verdict === 'fails');

/**
 * What this machine can do for attested runs, each thing tried rather than looked up.
 * @param folder where spool and blocks are or will be
 */
const machineChecks = async (folder: string): Promise<readonly Check[]> => [
  checkNode(),
  ...(await Promise.all([
    checkGit(),
    checkPerf(),
    checkParanoid(),
    checkContainers(),
    checkSandbox(),
    checkDisk(folder),
  ])),
];

function checkNode(): Check {
  const name = 'node';
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isNew = major > NODE_MINIMUM[0] || (major === NODE_MINIMUM[0] && minor >= NODE_MINIMUM[1]);
  const detail = `${process.versions.node}, ${process.execPath}`;
  return isNew
    ? { name, verdict: 'works', detail }
    : { name, verdict: 'fails', detail, remedy: `install Node ${NODE_MINIMUM.join('.')} or newer` };
}

async function checkGit(): Promise<Check> {
  const name = 'git';
  try {
    const { stdout } = await run('git', ['--version'], { timeout: MILLISECONDS });
    return { name, verdict: 'works', detail: stdout.trim() };
  } catch {
    return {
      ...{ name, verdict: 'limited', detail: 'not found: workflow files get no digest' },
      remedy: 'install git',
    };
  }
}

/** Counts a real process, as a job is counted. */
async function checkPerf(): Promise<Check> {
  const name = 'perf events';
  const folder = await mkdtemp(join(tmpdir(), 'runproof-doctor-'));
  try {
    const report = join(folder, 'stat.json');
    const events = Object.keys(EVENTS).join(',');
    await run('perf', ['stat', '-j', '--event', events, '--output', report, '--', 'true'], {
      ...{ timeout: MILLISECONDS, env: { PATH: process.env.PATH, LC_ALL: 'C' } },
    });
    const counters = parseStat(await readFile(report, 'utf8'));
    const missing = counters.filter(({ value }) => value === undefined).map((c) => c.name);
    return missing.length === 0
      ? { name, verdict: 'works', detail: `all ${counters.length} counters` }
      : {
          ...{ name, verdict: 'works' },
          detail: `${counters.length - missing.length} counters; this machine has no ${missing.join(', ')}`,
        };
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    const detail =
      code === 'ENOENT'
        ? 'perf is not installed: receipts have no counters'
        : `perf cannot count: ${error instanceof PerfError ? error.message : (stderr.trim().split('\n')[0] ?? '')}`;
    const remedy =
      code === 'ENOENT'
        ? 'install linux-perf (Debian) or linux-tools (Ubuntu)'
        : 'run: sudo sysctl kernel.perf_event_paranoid=2';
    return { name, verdict: 'limited', detail, remedy };
  } finally {
    await removeTree(folder);
  }
}

async function checkParanoid(): Promise<Check> {
  const name = 'perf_event_paranoid';
  const level = await readFile('/proc/sys/kernel/perf_event_paranoid', 'latin1').then(
    (text) => Number(text.trim()),
    () => undefined
  );
  if (level === undefined)
    return {
      ...{ name, verdict: 'limited', detail: 'this kernel has no perf events' },
      remedy: 'boot a kernel with CONFIG_PERF_EVENTS',
    };
  const detail = `${level}`;
  if (level <= 2) return { name, verdict: 'works', detail };
  if (await hasCapability(CAP_PERFMON))
    return { name, verdict: 'works', detail: `${level}, but this process may all the same` };
  return {
    ...{ name, verdict: 'limited', detail: `${level}: only root may count processes` },
    remedy:
      'run: echo kernel.perf_event_paranoid=2 | sudo tee /etc/sysctl.d/60-runproof.conf && sudo sysctl --system',
  };
}

/** A container's processes are mostly another user's, whom only root or CAP_PERFMON may count. */
async function checkContainers(): Promise<Check> {
  const name = 'container permissions';
  const socket = '/var/run/docker.sock';
  const canUse = await canAccess(socket, constants.R_OK | constants.W_OK);
  const has = (await canAccess(socket, constants.F_OK)) ? 'docker' : 'no docker';
  if (await hasCapability(CAP_PERFMON))
    return { name, verdict: 'works', detail: `${has}; may count any user's processes` };
  return {
    ...{ name, verdict: 'limited' },
    detail: `${has}${has === 'docker' && !canUse ? ', which this user may not use' : ''}; only this user's processes can be counted`,
    remedy: 'jobs in rootless containers are counted; for others run the agent as root',
  };
}

/** Profiles are read in it, since a recording may be as hostile as the job it is of. */
async function checkSandbox(): Promise<Check> {
  const name = 'sandbox';
  const folder = await mkdtemp(join(tmpdir(), 'runproof-doctor-'));
  try {
    const work = await createJobFolder(join(folder, 'job'));
    const outcome = await runInSandbox({
      command: ['/bin/true'],
      room: {
        ...{ writable: [{ source: work, target: '/job/work' }], readable: [], files: [] },
        ...{ environment: {}, network: false, sharedMemoryBytes: 2 ** 20 },
      },
      limits: {
        ...{ seconds: 10, memoryBytes: 2 ** 28, processes: 16 },
        ...{ diskBytes: 2 ** 26, logBytes: 2 ** 16 },
      },
      onOutput: () => undefined,
    });
    if (outcome.exitStatus === 0) return { name, verdict: 'works', detail: 'bubblewrap' };
    return {
      ...{ name, verdict: 'limited', detail: `a command in it ended with ${outcome.exitStatus}` },
      remedy: 'receipts then have no profile; see `bwrap --unshare-all --ro-bind / / true`',
    };
  } catch (error) {
    return {
      ...{ name, verdict: 'limited' },
      detail: `${error instanceof Error ? error.message : String(error)}: receipts have no profile`,
      remedy: 'install bubblewrap, and allow user namespaces',
    };
  } finally {
    await removeTree(folder);
  }
}

async function checkDisk(folder: string): Promise<Check> {
  const name = 'disk';
  const { bavail, bsize } = await statfs(await existing(folder));
  const free = bavail * bsize;
  const detail = `${(free / 2 ** 30).toFixed(1)} GiB free for ${folder}`;
  if (free >= SCARCE_BYTES) return { name, verdict: 'works', detail };
  const remedy = 'free some room, or move the folder';
  return { name, verdict: free < FULL_BYTES ? 'fails' : 'limited', detail, remedy };
}

const existing = async (path: string): Promise<string> =>
  (await canAccess(path, constants.F_OK)) ? path : existing(dirname(path));

const canAccess = (path: string, mode: number): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false
  );

async function hasCapability(bit: bigint): Promise<boolean> {
  const status = await readFile('/proc/self/status', 'latin1');
  const effective = BigInt(`0x${/^CapEff:\s+([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return (effective >> bit) % 2n === 1n;
}
