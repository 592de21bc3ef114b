export { collectOutputs, type Collected, type OutputLimits };

import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unsafeName } from '../../ipfs/names.ts';

type OutputLimits = { bytes: number; entries: number; depth: number };

type Collected = {
  files: number;
  bytes: number;
  /** What was declared or found and is not there, and why. */
  omitted: { path: string; reason: string }[];
  /** More bytes, entries or levels than allowed: nothing more was copied. */
  exceeded: boolean;
};

const MAX_OMITTED = 100;
const CHUNK_BYTES = 1024 * 1024;

/**
 * Copies what a job declared from its work folder to `target`: regular files and folders with names
 * a UnixFS directory may have (threat I3). Links are not followed, and devices, pipes and sockets
 * are not opened. No process of the job may be left, or it could swap a folder for a link.
 * @param work opened up with `openUp` before
 * @param target an empty folder
 */
async function collectOutputs(
  work: string,
  declared: readonly string[],
  target: string,
  limits: OutputLimits,
  signal?: AbortSignal
): Promise<Collected> {
  const collected: Collected = { files: 0, bytes: 0, omitted: [], exceeded: false };
  let entries = 0;
  const omit = (path: string, reason: string): void => {
    if (collected.omitted.length < MAX_OMITTED) collected.omitted.push({ path, reason });
  };
  const exceed = (path: string, reason: string): void => {
    omit(path, reason);
    collected.exceeded = true;
  };
  const visit = async (path: string, depth: number): Promise<void> => {
    signal?.throwIfAborted();
    const stats = await lstat(join(work, path)).catch(() => undefined);
    if (++entries > limits.entries) exceed(path, `more than ${limits.entries} entries`);
    else if (stats === undefined) omit(path, 'missing');
    else if (stats.isSymbolicLink()) omit(path, 'a symbolic link');
    else if (stats.isFile()) await copy(path, stats.size);
    else if (!stats.isDirectory()) omit(path, 'neither a file nor a folder');
    else if (depth >= limits.depth) exceed(path, `more than ${limits.depth} folders deep`);
    else await visitFolder(path, depth + 1);
  };
  const copy = async (path: string, size: number): Promise<void> => {
    if (collected.bytes + size > limits.bytes) {
      exceed(path, `more than ${limits.bytes} bytes of outputs`);
      return;
    }
    collected.bytes += size;
    collected.files += 1;
    await copyFile(join(work, path), join(target, path), size);
  };
  const visitFolder = async (path: string, depth: number): Promise<void> => {
    await mkdir(join(target, path), { recursive: true });
    const names = await readdir(join(work, path), { encoding: 'buffer' });
    for (const bytes of names.sort((a, b) => Buffer.compare(a, b))) {
      if (collected.exceeded) return;
      const name = bytes.toString();
      const reason = bytes.equals(Buffer.from(name)) ? unsafeName(name) : 'is not UTF-8';
      if (reason === undefined) await visit(`${path}/${name}`, depth);
      else omit(printable(`${path}/${name}`), `its name ${reason}`);
    }
  };
  for (const path of outermost(declared)) {
    if (collected.exceeded) break;
    const link = await linkAbove(work, path);
    if (link === undefined) await visit(path, path.split('/').length);
    else omit(path, `${link} is not a folder`);
  }
  return collected;
}

/** Sorted, each once, without what a declared folder holds anyway. */
const outermost = (paths: readonly string[]): string[] =>
  [...new Set(paths)].filter((path) => !paths.some((other) => path.startsWith(`${other}/`))).sort();

/** A declared `a/b` must not lead through a link at `a`. */
async function linkAbove(work: string, path: string): Promise<string | undefined> {
  const parts = path.split('/');
  for (let i = 1; i < parts.length; i++) {
    const above = parts.slice(0, i).join('/');
    const stats = await lstat(join(work, above)).catch(() => undefined);
    if (stats !== undefined && !stats.isDirectory()) return above;
  }
  return undefined;
}

/** Data only: a hole is written as zeros, and mode, owner and times stay behind. */
async function copyFile(from: string, to: string, size: number): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const source = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const destination = await open(to, 'wx', 0o644);
    try {
      const buffer = Buffer.alloc(Math.min(CHUNK_BYTES, Math.max(1, size)));
      for (let at = 0; at < size;) {
        const { bytesRead } = await source.read(buffer, 0, buffer.length, at);
        if (bytesRead === 0) break;
        await destination.write(buffer, 0, bytesRead, at);
        at += bytesRead;
      }
    } finally {
      await destination.close();
    }
  } finally {
    await source.close();
  }
}

const printable = (path: string): string => JSON.stringify(path).slice(1, -1).slice(0, 300);
