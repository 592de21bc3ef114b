export { openPipe };

import { execFile } from 'node:child_process';
import { closeSync, constants, fchownSync, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A real pipe for a child's standard output *and* error. What Node calls a pipe is a socket pair, on
 * which `echo x > /dev/stderr` fails, and it would need two, which lose the order of what is said.
 * @param uid who may open it anew through `/dev/stdout`
 */
async function openPipe(
  uid: number | undefined
): Promise<{ read: Socket; write: number; closeWrite: () => void }> {
  const folder = await mkdtemp(join(tmpdir(), 'runproof-pipe-'));
  try {
    const path = join(folder, 'pipe');
    await run('mkfifo', ['-m', '600', path]);
    const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const write = openSync(path, constants.O_WRONLY);
    if (uid !== undefined) fchownSync(write, uid, uid);
    return {
      read: new Socket({ fd: read, readable: true, writable: false }),
      write,
      closeWrite: () => closeSync(write),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}
