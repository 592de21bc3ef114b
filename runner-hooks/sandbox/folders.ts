export { createJobFolder, ownerOf, folderUsage, openUp, removeTree };

import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chown, mkdir, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { SandboxError } from './error.ts';

const run = promisify(execFile);
const isRoot = (): boolean => process.getuid!() === 0;

/** Above every range that distributions hand out to people, services and containers. */
const FIRST_UID = 0x7a000000;
const UIDS = 2 ** 20;

/**
 * Makes an empty folder that belongs to the job alone: as root to a fresh user number, so that two
 * jobs never share one; else to ourselves.
 * @param like a folder of the same job, whose owner is taken over
 */
async function createJobFolder(path: string, like?: string): Promise<string> {
  await mkdir(path, { mode: 0o700 });
  if (isRoot()) {
    const uid = like === undefined ? FIRST_UID + randomInt(UIDS) : (await stat(like)).uid;
    await chown(path, uid, uid);
  }
  return path;
}

/** The user a job has to run as, `undefined` for ourselves. @throws {SandboxError} `input` */
async function ownerOf(path: string): Promise<number | undefined> {
  if (!isRoot()) return undefined;
  const { uid } = await stat(path);
  if (uid === 0)
    throw new SandboxError(
      'input',
      `${path} belongs to root, and no job runs as root; make it with createJobFolder`
    );
  return uid;
}

/**
 * Runs a tool over folders a job has written. Coreutils walk with descriptors: no path is too long,
 * no link is followed. An ordinary user takes root's place in a namespace of its own first, or a job
 * could hide files in a folder of mode 000.
 */
const overHostile = (command: string, args: readonly string[]) =>
  isRoot()
    ? run(command, args, { maxBuffer: 2 ** 20 })
    : run('unshare', ['--map-root-user', '--', command, ...args], { maxBuffer: 2 ** 20 });

/** Bytes allocated on disk, and names, below all folders together. */
async function folderUsage(paths: readonly string[]): Promise<{ bytes: number; names: number }> {
  const total = async (unit: string): Promise<number> => {
    const output = await overHostile('du', ['-sxc', unit, '--', ...paths]).then(
      ({ stdout }) => stdout,
      // du complains of what vanished while it looked, and counts the rest.
      (error: unknown) => (error as { stdout?: string }).stdout ?? ''
    );
    return Number(/(\d+)\ttotal\n$/.exec(output)?.[1] ?? 0);
  };
  return { bytes: await total('--block-size=1'), names: await total('--inodes') };
}

/** Gives the owner back what a job's `chmod` took away, so that outputs can be read. */
async function openUp(path: string): Promise<void> {
  await overHostile('chmod', ['-R', 'u+rwX', '--', path]);
}

/** Removes a tree whatever a job has put in it. */
async function removeTree(path: string): Promise<void> {
  await overHostile('rm', ['-rf', '--one-file-system', '--', path]);
}
