export { type ReadObject, workflowDigest, digestAt };

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

/** GitHub takes workflow files up to 500 KiB or so; trees of a large repository are of that order too. */
const MAX_OBJECT_BYTES = 4 * 2 ** 20;
const MILLISECONDS = 5_000;

/** The checkout is the job's: of its configuration nothing may start a program or reach a network (G2). */
const GIT = [
  ...['-c', 'core.fsmonitor=false', '-c', 'safe.directory=*'],
  ...['-c', 'core.hooksPath=/dev/null', '-c', 'core.bigFileThreshold=4m'],
];
const ENVIRONMENT = {
  ...{ GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_NO_REPLACE_OBJECTS: '1' },
  // A promisor's objects are fetched by a command of the repository's choice; its own leave for that counts
  // more than `protocol.allow`.
  ...{
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
    HOME: '/nonexistent',
    LC_ALL: 'C',
  },
};

/**
 * SHA-256 of a file as it was at a commit, from whatever checkout the job made. Each object on the way is
 * hashed again, so that a job can hide the file, but not show another.
 *
 * @returns hex; `undefined` where the checkout does not hold it
 */
const workflowDigest = (
  workspace: string,
  at: { readonly commit: string; readonly path: string }
): Promise<string | undefined> => digestAt(at, (type, id) => readObject(workspace, type, id));

/** An object's content by its SHA-1; `undefined` where it cannot be had, or is another's. */
type ReadObject = (
  type: 'commit' | 'tree' | 'blob',
  id: string
) => Buffer | undefined | Promise<Buffer | undefined>;

/** {@link workflowDigest} from wherever objects come. */
async function digestAt(
  { commit, path }: { readonly commit: string; readonly path: string },
  read: ReadObject
): Promise<string | undefined> {
  const head = await read('commit', commit);
  let id = /^tree ([0-9a-f]{40})\n/.exec(head?.toString('latin1') ?? '')?.[1];
  for (const name of path.split('/').slice(0, -1)) id = await entryOf(read, id, name, DIRECTORY);
  id = await entryOf(read, id, path.split('/').at(-1)!, FILE);
  const file = id === undefined ? undefined : await read('blob', id);
  return file && createHash('sha256').update(file).digest('hex');
}

const DIRECTORY = /^40000$/;
const FILE = /^100(644|755)$/;

async function entryOf(
  read: ReadObject,
  tree: string | undefined,
  name: string,
  mode: RegExp
): Promise<string | undefined> {
  const bytes = tree === undefined ? undefined : await read('tree', tree);
  // Entries: mode, space, name, NUL, 20 bytes.
  for (let at = 0; bytes !== undefined && at < bytes.length;) {
    const end = bytes.indexOf(0, at);
    if (end === -1) return undefined;
    const [, entryMode, entryName] = /^([0-7]+) (.+)$/s.exec(bytes.toString('utf8', at, end)) ?? [];
    at = end + 21;
    if (entryName === name)
      return mode.test(entryMode!) ? bytes.toString('hex', end + 1, at) : undefined;
  }
  return undefined;
}

async function readObject(
  workspace: string,
  type: 'commit' | 'tree' | 'blob',
  id: string
): Promise<Buffer | undefined> {
  if (!/^[0-9a-f]{40}$/.test(id)) return undefined;
  const args = [...GIT, '--git-dir', join(workspace, '.git'), 'cat-file', type, id];
  // Where we are root, git is whoever the checkout belongs to.
  const owner = process.getuid?.() === 0 ? await stat(workspace).catch(() => undefined) : undefined;
  const bytes = await new Promise<Buffer | undefined>((resolve) => {
    const options = {
      ...(owner === undefined ? {} : { uid: owner.uid, gid: owner.gid }),
      ...({ encoding: 'buffer', maxBuffer: MAX_OBJECT_BYTES, timeout: MILLISECONDS } as const),
      ...({ killSignal: 'SIGKILL', env: { ...ENVIRONMENT, PATH: process.env.PATH } } as const),
    };
    execFile('git', args, options, (error, stdout) => resolve(error ? undefined : stdout));
  });
  if (bytes === undefined) return undefined;
  const hash = createHash('sha1').update(`${type} ${bytes.length}\0`).update(bytes).digest('hex');
  return hash === id ? bytes : undefined;
}
