export { writeThrough, syncFolder, asSpoolErrors };

import { open } from 'node:fs/promises';
import { RecordError } from './error.ts';

/** Writes a file that only we may read; the disk has it when this returns. */
async function writeThrough(path: string, text: string, flags = 'w'): Promise<void> {
  const handle = await open(path, flags, 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Has the disk hold what was made, renamed or removed in a folder. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** @throws {RecordError} `SPOOL` in place of whatever reading and writing may throw */
async function asSpoolErrors<T>(spool: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof RecordError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RecordError('SPOOL', `the spool ${spool} cannot be used: ${why}`, { cause });
  }
}
