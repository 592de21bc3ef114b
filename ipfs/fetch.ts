export { fetchTree, type FetchOptions, type Fetched };

import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { CID } from 'multiformats/cid';
import { type Abortable, asIpfsError, withDeadline } from './abort.ts';
import { Budget, type Limits } from './budget.ts';
import { decodeNode } from './dag.ts';
import { listDirectory } from './directory.ts';
import { IpfsError } from './error.ts';
import { type FileNode, streamNode } from './file.ts';
import { Lookahead } from './lookahead.ts';
import type { BlockSource } from './source.ts';

type FetchOptions = Abortable & {
  limits?: Partial<Limits>;
  onProgress?: (spent: Readonly<Budget['spent']>) => void;
};

/** What a fetch cost: blocks visited, their bytes, files and folders written. */
type Fetched = Readonly<Budget['spent']>;

/** Below `PATH_MAX` (4,096) with room for the folder that it is fetched into. */
const MAX_PATH_BYTES = 2048;

/**
 * Writes the file or directory called `root` to `target`, which must not exist. Everything goes to a
 * fresh sibling first, so that `target` is there whole or not at all, and nothing in the DAG can
 * name a place outside of it: names are checked, links don't exist in it, files are created anew.
 * @throws {IpfsError} `exists`, `limit`, `timeout`, `aborted`, `storage`, and what blocks can throw
 */
async function fetchTree(
  root: CID,
  target: string,
  source: BlockSource,
  { limits, signal, onProgress }: FetchOptions = {}
): Promise<Fetched> {
  const budget = new Budget(source, limits);
  await assertAbsent(target);
  const partial = join(
    dirname(target),
    `.${basename(target).slice(0, 100)}.partial-${randomBytes(6).toString('hex')}`
  );
  try {
    await withDeadline(
      `fetching ${String(root)}`,
      budget.limits.milliseconds,
      signal,
      async (both) => {
        setMaxListeners(0, both); // blocks are fetched ahead, and each listens for the end
        await writeNode(root, partial, {
          budget,
          source: new Lookahead(budget),
          signal: both,
          onProgress,
          depth: 0,
          path: 0,
        });
      }
    );
    await assertAbsent(target);
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw asIpfsError(error, 'storage', `could not write ${String(root)} to disk`);
  }
  return budget.spent;
}

type Place = {
  budget: Budget;
  source: BlockSource;
  signal: AbortSignal;
  onProgress: FetchOptions['onProgress'];
  depth: number;
  /** Bytes of the path below the root. */
  path: number;
};

async function writeNode(cid: CID, to: string, place: Place): Promise<void> {
  const { budget, source, signal, onProgress } = place;
  signal.throwIfAborted();
  budget.charge('entries', 1);
  budget.assertDepth(place.depth);
  const node = decodeNode({ cid, bytes: await source.get(cid, { signal }) });
  onProgress?.(budget.spent);
  if (node.kind === 'file') {
    budget.assertRoomFor(node.parts.length === 0 ? 0 : node.size);
    return writeFile(node, to, place);
  }
  await mkdir(to);
  for await (const { name, cid: child } of listDirectory(node, source, { signal, ahead: true })) {
    const path = place.path + Buffer.byteLength(name) + 1;
    if (path > MAX_PATH_BYTES)
      throw new IpfsError('limit', `a path has ${path} bytes, more than ${MAX_PATH_BYTES}`);
    await writeNode(child, join(to, name), { ...place, depth: place.depth + 1, path });
  }
}

async function writeFile(node: FileNode, to: string, place: Place): Promise<void> {
  const file = await open(to, 'wx', 0o644);
  try {
    for await (const chunk of streamNode(node, place.source, place)) {
      await file.writeFile(chunk);
      place.onProgress?.(place.budget.spent);
    }
  } finally {
    await file.close();
  }
}

async function assertAbsent(target: string): Promise<void> {
  const there = await lstat(target).then(
    () => true,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw asIpfsError(error, 'storage', `cannot look at ${target}`);
    }
  );
  if (there)
    throw new IpfsError('exists', `${target} is already there; remove it or choose another folder`);
}
