export { type SandboxLimits, type Breach, watchLimits, diskBreach };

import { statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../../contracts/formats/job.ts';
import { folderUsage } from './folders.ts';
import { surveyTree, unlinkedBytes } from './process-tree.ts';

/** What a command may use at most. */
type SandboxLimits = {
  /** Wall time. */
  seconds: number;
  /** Resident anonymous and shared memory of all processes together. */
  memoryBytes: number;
  /** Processes and threads. */
  processes: number;
  /** Allocated below the writable folders. */
  diskBytes: number;
  /** Raw output, before anything is taken out of it. */
  logBytes: number;
};

/** Which limit was passed, as an exit status of `EXIT`, and a sentence with the numbers. */
type Breach = { exitStatus: number; sentence: string };

/** What a core can fill meanwhile, some 100 MB, is what the memory limit may be overshot by. */
const POLL_MILLISECONDS = 50;
const DISK_POLL_MILLISECONDS = 500;
/** Walking a big tree costs: at most a tenth of the time goes into it. */
const DISK_SHARE = 10;
const MAX_NAMES = 2_000_000;
/** What a job may not take from the rest of the machine, however it fills the disk. */
const FREE_BYTES = 256 * 2 ** 20;

/**
 * Watches a running tree from outside and reports the first limit it passes.
 * @param init host number of the sandbox's first process
 * @returns `stop` ends the watch and gives the highest memory use seen, in bytes
 */
function watchLimits(
  init: number,
  folders: readonly string[],
  limits: SandboxLimits,
  onBreach: (breach: Breach) => void
): { stop: () => number } {
  let peak = 0;
  const stopped = new AbortController();
  const look = (): void => {
    const { tasks, memoryBytes } = surveyTree(init);
    peak = Math.max(peak, memoryBytes);
    if (memoryBytes > limits.memoryBytes)
      onBreach({
        exitStatus: EXIT.memoryLimit,
        sentence: `${memoryBytes} bytes of memory in use, ${limits.memoryBytes} allowed`,
      });
    if (tasks > limits.processes)
      onBreach({
        exitStatus: EXIT.processLimit,
        sentence: `${tasks} processes and threads, ${limits.processes} allowed`,
      });
  };
  const poll = setInterval(look, POLL_MILLISECONDS);
  // A last look may find the folders gone; a failing disk shows at the end, in `diskBreach`.
  watchDisk(init, folders, limits, onBreach, stopped.signal).catch(() => undefined);
  return {
    stop: () => {
      clearInterval(poll);
      stopped.abort();
      return peak;
    },
  };
}

async function watchDisk(
  init: number,
  folders: readonly string[],
  limits: SandboxLimits,
  onBreach: (breach: Breach) => void,
  signal: AbortSignal
): Promise<void> {
  let pause = DISK_POLL_MILLISECONDS;
  while (await sleep(pause, true, { signal }).catch(() => false)) {
    const start = performance.now();
    const breach = await diskBreach(folders, limits, unlinkedBytes(init));
    if (breach !== undefined && !signal.aborted) onBreach(breach);
    pause = Math.max(DISK_POLL_MILLISECONDS, DISK_SHARE * (performance.now() - start));
  }
}

/** The disk limit at one instant; asked once more at the end, for jobs faster than the poll. */
async function diskBreach(
  folders: readonly string[],
  { diskBytes }: Pick<SandboxLimits, 'diskBytes'>,
  unlinked = 0
): Promise<Breach | undefined> {
  const { bytes: named, names } = await folderUsage(folders);
  const bytes = named + unlinked;
  const { bavail, bsize } = await statfs(folders[0]!);
  const exitStatus = EXIT.outputLimit;
  if (bytes > diskBytes)
    return { exitStatus, sentence: `${bytes} bytes on disk, ${diskBytes} allowed` };
  if (names > MAX_NAMES)
    return { exitStatus, sentence: `${names} files and folders, ${MAX_NAMES} allowed` };
  if (bavail * bsize < FREE_BYTES)
    return { exitStatus, sentence: `the disk has ${bavail * bsize} bytes left` };
  return undefined;
}
