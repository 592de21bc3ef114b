export { runInSandbox, isOurs, type SandboxOptions, type SandboxOutcome };

import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { EXIT } from '../../contracts/formats/job.ts';
import { insideArguments, networkCommand, outsideCommand, type Room } from './bubblewrap.ts';
import { SandboxError } from './error.ts';
import { ownerOf } from './folders.ts';
import { diskBreach, watchLimits, type Breach, type SandboxLimits } from './limits.ts';
import { openPipe } from './pipe.ts';
import { seccompProgram } from './seccomp.ts';
import { createStatusReader } from './status.ts';

type SandboxOptions = {
  /** Run as it stands, found on the environment's PATH. */
  command: readonly string[];
  room: Room;
  limits: SandboxLimits;
  /** Command line of a program that measures from outside; the sandbox's is appended to it. */
  meter?: readonly string[];
  /** An open descriptor; nothing to read by default. */
  stdin?: number;
  /** Standard output and error in the order written, raw, at most `limits.logBytes` in all. */
  onOutput?: (chunk: Buffer) => void;
  /** Gets the host's number of the sandbox's first process, before the command starts. */
  onStart?: (init: number) => void;
  signal?: AbortSignal | undefined;
};

type SandboxOutcome = {
  /** See `EXIT`. */
  exitStatus: number;
  /** Which limit was passed, in words. */
  breach: string | undefined;
  /** Wall time, setting up and clearing away included. */
  milliseconds: number;
  /** Highest sum of resident anonymous and shared memory seen at a poll. */
  peakMemoryBytes: number;
};

/** Descriptors of the command that is spawned; bwrap closes all but 0–2 before the job starts. */
const FD = { status: 3, arguments: 4, seccomp: 5, go: 6, first: 7 } as const;
const MAX_ERROR_BYTES = 64 * 1024;
/** A process needs one open file or two; sockets and watchers some hundred. */
const MAX_OPEN_FILES = 16_384;
/** Head room, so that a fork bomb stands *above* the limit when it is counted, and no higher. */
const SPARE_TASKS = 16;
/** A heap may reserve more than it fills; beyond this the kernel refuses it, however fast it grows. */
const DATA_FACTOR = 4;
/** For perf to write down what it has, once the job is dead. */
const GRACE_MILLISECONDS = 30_000;

/** What bwrap and perf say of a kernel or container that forbids them their work. */
const FORBIDDEN = /No permissions to creat|Creating new namespace failed|Operation not permitted/;

/**
 * Runs a command in namespaces of its own (bubblewrap), within limits, and leaves nothing of it:
 * when it ends, is aborted or passes a limit, its whole PID namespace is killed by the kernel.
 *
 * Enforced by the kernel: no capability, no host path but the room's, no network unless granted, no
 * new user namespace, no tracing or keyring (seccomp), RLIMIT_NPROC, RLIMIT_FSIZE, RLIMIT_DATA of
 * four times the memory limit a process, RLIMIT_NOFILE, no core files. Enforced by looking and killing:
 * wall time, memory of the tree (every 50 ms), tasks, disk (every 500 ms or slower), output. Not
 * counted: what the kernel holds for a job in pipe and socket buffers; a memory limit on the unit or
 * cgroup that the daemon runs in bounds that.
 *
 * @throws {SandboxError} `aborted`, `unsupported`, `input`, `setup`
 */
async function runInSandbox(options: SandboxOptions): Promise<SandboxOutcome> {
  const { room, limits, signal } = options;
  const folders = room.writable.map(({ source }) => source);
  assertNotAborted(signal);
  const uid = await ownerOf(folders[0]!);
  const output = await openPipe(uid);

  const start = performance.now();
  const child = launch(options, uid, output);

  let breach: Breach | undefined;
  let init: number | undefined;
  let watch: { stop: () => number } | undefined;
  let dead: NodeJS.Timeout | undefined;
  const kill = (): void => {
    // Killing its init ends a PID namespace; perf, outside it, still writes its counters.
    if (init !== undefined) tryKill(init);
    else tryKill(-child.pid!);
    dead ??= setTimeout(() => tryKill(-child.pid!), GRACE_MILLISECONDS);
  };
  const stop = (reason: Breach): void => {
    breach ??= reason;
    kill();
  };

  const status = createStatusReader(child.stdio[FD.status] as Readable, (pid) => {
    init = pid;
    options.onStart?.(pid);
    watch = watchLimits(pid, folders, limits, stop);
    give(child, FD.go, '\n');
    if (breach !== undefined || signal?.aborted) kill();
  });
  const deadline = setTimeout(
    () =>
      stop({
        exitStatus: EXIT.timeLimit,
        sentence: `still running after ${limits.seconds} seconds, all that is allowed`,
      }),
    1000 * limits.seconds
  );
  signal?.addEventListener('abort', kill);
  try {
    const complaint = collect(child.stderr!, MAX_ERROR_BYTES);
    const drained = drain(output.read, limits.logBytes, options.onOutput, () =>
      stop({
        exitStatus: EXIT.logLimit,
        sentence: `more than ${limits.logBytes} bytes of output, all that is allowed`,
      })
    );
    // A listener that throws must not leave a job behind that nobody reads.
    drained.catch(kill);
    await closed(child);
    await drained;
    const exit = await status.exit;
    assertNotAborted(signal);
    if (exit === undefined && breach === undefined) throw setupError(await complaint, options);
    breach ??= await diskBreach(folders, limits);
    return {
      exitStatus: breach?.exitStatus ?? fromShell(exit!),
      breach: breach?.sentence,
      milliseconds: Math.round(performance.now() - start),
      peakMemoryBytes: watch?.stop() ?? 0,
    };
  } finally {
    clearTimeout(deadline);
    clearTimeout(dead);
    watch?.stop();
    signal?.removeEventListener('abort', kill);
    output.read.destroy();
    for (const pipe of child.stdio) pipe?.destroy();
  }
}

/**
 * Runs inside, before the command: waits for our word, which never comes if we died while all this
 * was being set up and nothing was bound to our life yet; takes every descriptor away that the programs around leak (perf
 * stat's report is one, and with it a job could write its own counters), and sets what ulimit sets.
 */
const PRELUDE = `
read -r -u ${FD.go} || exit 1
exec 2>&1
for fd in /proc/self/fd/*; do fd=\${fd##*/}; if ((fd > 2)); then eval "exec $fd>&-"; fi; done
umask 022
ulimit -c 0 -u "$1" -f "$2" -d "$3" -n "$4" || exit 126
shift 4
exec "$@"`;

/** Whether these are the arguments of a bwrap that {@link runInSandbox} started, here or elsewhere. */
const isOurs = (argv: readonly string[]): boolean => argv[0] === 'bwrap' && argv.includes(PRELUDE);

function launch(
  options: SandboxOptions,
  uid: number | undefined,
  output: Awaited<ReturnType<typeof openPipe>>
): ChildProcess {
  try {
    return spawnInside(options, uid, output.write);
  } catch (error) {
    output.read.destroy();
    throw error;
  } finally {
    output.closeWrite();
  }
}

function spawnInside(
  options: SandboxOptions,
  uid: number | undefined,
  write: number
): ChildProcess {
  const { room, limits, meter = [], command, stdin = 'ignore' } = options;
  const outside = outsideCommand([...room.writable, ...room.readable], uid);
  const inside = insideArguments(room, outside.sources, FD);
  const rlimits = [
    limits.processes + SPARE_TASKS,
    Math.ceil(limits.diskBytes / 1024) + 1024,
    Math.ceil((DATA_FACTOR * limits.memoryBytes) / 1024),
    MAX_OPEN_FILES,
  ].map(String);
  const argv = [
    // Without it perf would outlive us, and the job with it.
    ...['setpriv', '--pdeathsig', 'KILL', '--', ...meter],
    ...[...networkCommand(room, uid), ...outside.command],
    ...['bwrap', '--args', `${FD.arguments}`, '--'],
    ...['/bin/bash', '-c', PRELUDE, 'job', ...rlimits, ...command],
  ];
  const data = inside.files.map((): 'pipe' => 'pipe');
  const own = ['pipe', 'pipe', 'pipe', 'pipe'] as const;
  const stdio: StdioOptions = [stdin, write, 'pipe', ...own, ...data];
  const child = spawn(argv[0]!, argv.slice(1), {
    stdio,
    cwd: '/',
    detached: true,
    env: { PATH: process.env.PATH, LC_ALL: 'C', HOME: '/nonexistent', PERF_CONFIG: '/dev/null' },
  });
  // Where bwrap ends early, its status says so.
  for (const pipe of child.stdio) pipe?.on('error', () => undefined);
  give(child, FD.arguments, inside.args.map((arg) => `${arg}\0`).join(''));
  give(child, FD.seccomp, seccompProgram());
  inside.files.forEach(({ bytes }, i) => give(child, FD.first + i, bytes));
  return child;
}

function give(child: ChildProcess, fd: number, bytes: Uint8Array | string): void {
  const pipes: readonly (Readable | Writable | null | undefined)[] = child.stdio;
  (pipes[fd] as Writable | null | undefined)?.end(bytes);
}

async function closed(child: ChildProcess): Promise<void> {
  try {
    await once(child, 'exit');
  } catch (cause) {
    throw new SandboxError(
      'unsupported',
      'setpriv could not be started; install util-linux, bubblewrap and linux-perf',
      { cause }
    );
  }
}

/** Reads to the end whatever happens, or the writer would block; passes on `max` bytes. */
async function drain(
  stream: Readable,
  max: number,
  onChunk: ((chunk: Buffer) => void) | undefined,
  onOverflow: () => void
): Promise<void> {
  let left = max;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (left > 0) onChunk?.(chunk.subarray(0, left));
    if (chunk.length > left) onOverflow();
    left = Math.max(0, left - chunk.length);
  }
}

async function collect(stream: Readable, max: number): Promise<string> {
  const chunks: Buffer[] = [];
  await drain(
    stream,
    max,
    (chunk) => chunks.push(chunk),
    () => undefined
  );
  return Buffer.concat(chunks).toString();
}

/** Shell and bwrap report a death by signal n as 128 + n; a command that exits so reads the same. */
const fromShell = (status: number): number =>
  status > 128 && status <= 192 ? status - 128 + EXIT.signalled : status;

function setupError(complaint: string, { command }: SandboxOptions): SandboxError {
  const said = complaint.trim().slice(0, 500);
  if (/failed to execute|Workload failed/.test(said))
    return new SandboxError(
      'unsupported',
      `a tool is missing: ${said}; install bubblewrap, linux-perf and util-linux`
    );
  if (FORBIDDEN.test(said))
    return new SandboxError(
      'unsupported',
      `this machine forbids the sandbox or perf: ${said}; allow unprivileged user namespaces and set kernel.perf_event_paranoid to 2 or lower`
    );
  return new SandboxError('setup', `the sandbox for ${command[0]} could not be set up: ${said}`);
}

function assertNotAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new SandboxError('aborted', 'the job was stopped by its caller', {
      cause: signal.reason,
    });
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it is gone already
  }
}
