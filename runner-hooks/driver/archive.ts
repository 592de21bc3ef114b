export { MAX_ARCHIVE_BYTES, type ArchiveLimits, unpackArchive, readTextFiles };

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { unsafeName } from '../../ipfs/names.ts';
import { ForgeError } from './error.ts';

/** Of an archive as it is fetched; it is unpacked in memory. */
const MAX_ARCHIVE_BYTES = 256 * 2 ** 20;
/** Of all that is unpacked from one, whatever a job may publish. */
const MAX_UNPACKED_BYTES = 2 ** 30;

interface ArchiveLimits {
  /** Unpacked, all together. */
  readonly bytes: number;
  readonly entries: number;
  readonly depth: number;
}

type Omitted = { path: string; reason: string };

/**
 * Unpacks a zip archive that a job has made into an empty folder: regular files and folders with names
 * that a UnixFS directory may have (threat I3). A link comes out as a file that holds its target. A file
 * takes what its entry says and not a byte more, so an archive cannot be larger than it claims.
 *
 * @returns what was left out, and whether that is for a limit: then nothing at all was unpacked
 * @throws {ForgeError} `answer` for what is no zip archive
 */
async function unpackArchive(
  archive: Uint8Array,
  target: string,
  limits: ArchiveLimits
): Promise<{ omitted: Omitted[]; exceeded: boolean }> {
  const omitted: Omitted[] = [];
  const exceed = (path: string, reason: string) => ({
    omitted: [{ path: printable(path), reason }],
    exceeded: true,
  });
  const most = Math.min(limits.bytes, MAX_UNPACKED_BYTES);
  const names = new Set<string>();
  let bytes = 0;
  let entries = 0;
  for (const { name, originalSize } of listOf(archive, limits.entries + 1)) {
    entries += 1;
    bytes += originalSize;
    if (entries > limits.entries) return exceed(name, `more than ${limits.entries} entries`);
    if (bytes > most) return exceed(name, `more than ${most} bytes of outputs`);
    if (name.endsWith('/')) continue;
    const parts = name.split('/');
    const reason = parts.map(unsafeName).find((why) => why !== undefined);
    if (parts.length > limits.depth) return exceed(name, `more than ${limits.depth} folders deep`);
    if (reason !== undefined) omitted.push({ path: printable(name), reason: `its name ${reason}` });
    else if (names.has(name)) omitted.push({ path: name, reason: 'twice in the archive' });
    else names.add(name);
  }
  const files = unzip(archive, (name) => names.has(name));
  for (const [name, content] of Object.entries(files)) {
    const path = join(target, name);
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content, { flag: 'wx', mode: 0o644 });
    } catch (error) {
      // A file and a folder of one name.
      if (!['EEXIST', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? ''))
        throw error;
      omitted.push({ path: name, reason: 'both a file and a folder in the archive' });
    }
  }
  return { omitted: omitted.slice(0, MAX_OMITTED), exceeded: false };
}

const MAX_OMITTED = 100;

/**
 * Files of an archive by their numbers, at most `maxBytes` of all together.
 * @param order `undefined` for files that are not wanted
 * @throws {ForgeError} `answer`
 */
function readTextFiles(
  archive: Uint8Array,
  order: (name: string) => number | undefined,
  maxBytes: number
): Uint8Array {
  const wanted = listOf(archive, MAX_LOG_FILES)
    .flatMap(({ name, originalSize }) => {
      const at = order(name);
      return at === undefined ? [] : [{ name, originalSize, at }];
    })
    .sort((a, b) => a.at - b.at);
  let left = maxBytes;
  const names = new Set(
    wanted.filter(({ originalSize }) => (left -= originalSize) >= 0).map(({ name }) => name)
  );
  const files = unzip(archive, (name) => names.has(name));
  return Buffer.concat([...names].map((name) => files[name] ?? new Uint8Array()));
}

const MAX_LOG_FILES = 10_000;

interface Entry {
  readonly name: string;
  readonly originalSize: number;
}

/** What the archive's directory says, nothing unpacked: as many entries as are asked for, at most. */
function listOf(archive: Uint8Array, most: number): readonly Entry[] {
  const list: Entry[] = [];
  const enough = new Error();
  try {
    unzipSync(archive, {
      filter({ name, size, originalSize, compression }) {
        // Stored entries that are longer than they say might all be the whole archive.
        if (compression === 0 && size !== originalSize)
          throw new Error('an entry lies of its size');
        list.push({ name, originalSize });
        if (list.length >= most) throw enough;
        return false;
      },
    });
  } catch (error) {
    if (error !== enough) throw asForgeError(error);
  }
  return list;
}

function unzip(
  archive: Uint8Array,
  isWanted: (name: string) => boolean
): Readonly<Record<string, Uint8Array>> {
  // The first of two that have one name.
  const taken = new Set<string>();
  try {
    return unzipSync(archive, {
      filter({ name }) {
        const isFirst = isWanted(name) && !taken.has(name);
        if (isFirst) taken.add(name);
        return isFirst;
      },
    });
  } catch (error) {
    throw asForgeError(error);
  }
}

const asForgeError = (cause: unknown): ForgeError =>
  new ForgeError('answer', 'what the forge sent as an archive is no zip file', { cause });

const printable = (path: string): string => JSON.stringify(path).slice(1, -1).slice(0, 300);
