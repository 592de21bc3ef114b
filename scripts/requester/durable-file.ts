import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { RequesterError } from '../../requester/error.ts';

export { createFile, replaceFile };

/**
 * Writes a file that only its owner reads, and returns once the disk has it: money hangs on these.
 *
 * @throws RequesterError `EXISTS`: of two processes that create one file, one succeeds
 */
function createFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    write(path, text, 'wx');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new RequesterError('EXISTS', `${path} exists already and is not overwritten.`, { cause });
  }
  syncFolder(path);
}

/** The old content or the new one, whatever happens in between. */
function replaceFile(path: string, content: string | Uint8Array): void {
  write(`${path}.new`, content, 'w');
  renameSync(`${path}.new`, path);
  syncFolder(path);
}

function write(path: string, content: string | Uint8Array, flag: 'w' | 'wx'): void {
  const file = openSync(path, flag, 0o600);
  try {
    // A write may come back with less done than asked for.
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
