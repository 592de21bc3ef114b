import { createHash } from 'node:crypto';
import { type Dirent, createReadStream } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { toHex } from '../../contracts/formats/bytes.ts';

export { filesBelow, foldersBelow, sha256OfFile, syncTree };

/** Paths of all files below `folder`, relative to it, with `/`, sorted. */
const filesBelow = (folder: string): Promise<string[]> => below(folder, (entry) => entry.isFile());

/** The same of all folders. */
const foldersBelow = (folder: string): Promise<string[]> =>
  below(folder, (entry) => entry.isDirectory());

async function below(folder: string, isWanted: (entry: Dirent) => boolean): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter(isWanted)
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return toHex(hash.digest());
}

/** Has the disk hold every file and folder before the journal says that they are there (R3). */
async function syncTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = [folder, ...entries.map((entry) => join(entry.parentPath, entry.name))];
  for (const path of paths) {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}
