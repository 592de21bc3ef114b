export { readEntries, type Entry, type EntryLimits, ENTRY_LIMITS };

import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { asIpfsError } from './abort.ts';
import { IpfsError } from './error.ts';
import { assertSafeName } from './names.ts';

/** A file, or an empty folder when it has no content. `path` is below the root, with `/`. */
type Entry = { path: string; content?: AsyncIterable<Uint8Array> };

type EntryLimits = { files: number; bytes: number; depth: number };

const ENTRY_LIMITS: EntryLimits = { files: 10_000, bytes: 1024 ** 3, depth: 32 };

/**
 * What stands in `folder`, names in byte order, so that the same content always reads the same. A job
 * wrote these files, so nothing but plain files and folders is followed: a link could publish the host's
 * keys, a pipe would never end.
 * @throws {IpfsError} `unsafe-file`, `unsafe-name`, `limit`, `not-a-directory`, `storage`
 */
async function* readEntries(
  folder: string,
  limits: EntryLimits = ENTRY_LIMITS
): AsyncGenerator<Entry> {
  const left = { files: limits.files, bytes: limits.bytes };
  const root = await stat(folder);
  if (!root.isDirectory()) throw new IpfsError('not-a-directory', `${folder} is not a folder`);
  yield* below(folder, '', 0);

  async function* below(at: string, path: string, depth: number): AsyncGenerator<Entry> {
    if (depth > limits.depth)
      throw new IpfsError('limit', `${path} lies deeper than ${limits.depth} folders`);
    const names = await sortedNames(at);
    if (names.length === 0 && path !== '') yield { path };
    for (const name of names) {
      const file = join(at, name);
      const inside = path === '' ? name : `${path}/${name}`;
      const stats = await stat(file);
      if (stats.isDirectory()) yield* below(file, inside, depth + 1);
      else if (stats.isFile()) yield { path: inside, content: read(file, inside) };
      else throw refused(inside);
    }
  }

  async function sortedNames(at: string): Promise<string[]> {
    const names: Buffer[] = [];
    // Names are read as bytes: one that is not UTF-8 would otherwise be opened under another name.
    const entries = await opendir(at, { encoding: 'buffer' as BufferEncoding });
    for await (const entry of entries) {
      if (left.files-- === 0)
        throw new IpfsError('limit', `there are more than ${limits.files} files and folders`);
      names.push(entry.name as unknown as Buffer);
    }
    return names.sort((a, b) => a.compare(b)).map(decodeName);
  }

  async function* read(file: string, path: string): AsyncGenerator<Uint8Array> {
    const handle = await openPlain(file, path);
    try {
      for await (const chunk of handle.createReadStream({ autoClose: false })) {
        left.bytes -= (chunk as Buffer).length;
        if (left.bytes < 0)
          throw new IpfsError('limit', `the files have more than ${limits.bytes} bytes`);
        yield chunk as Buffer;
      }
    } finally {
      await handle.close();
    }
  }
}

function decodeName(bytes: Buffer): string {
  try {
    return assertSafeName(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    if (cause instanceof IpfsError) throw cause;
    throw new IpfsError('unsafe-name', `a file name is not UTF-8: 0x${bytes.toString('hex')}`, {
      cause,
    });
  }
}

/** Opens without following a link or waiting for a pipe's other end, and looks again at what is open. */
async function openPlain(file: string, path: string): Promise<FileHandle> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const handle = await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error: unknown) => {
    throw (error as NodeJS.ErrnoException).code === 'ELOOP'
      ? refused(path)
      : asIpfsError(error, 'storage', `cannot read ${path}`);
  });
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw refused(path);
}

const stat = (file: string): Promise<Stats> =>
  lstat(file).catch((error: unknown) => {
    throw asIpfsError(error, 'storage', `cannot look at ${file}`);
  });

const refused = (path: string): IpfsError =>
  new IpfsError(
    'unsafe-file',
    `${JSON.stringify(path)} is a link, device, socket or pipe; only files and folders are published`
  );
