import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { Decrypter } from 'age-encryption';
import type { CID } from 'multiformats/cid';
import type { Limits } from '../../ipfs/budget.ts';
import { IpfsError } from '../../ipfs/error.ts';
import { fetchTree } from '../../ipfs/fetch.ts';
import { RequesterError } from '../../requester/error.ts';
import type { Requester, Stepwise } from '../../requester/requester.ts';
import { SEALED_SUFFIX, isSealed } from '../../requester/sealed.ts';

export { fetchResult };

interface FetchResultOptions extends Stepwise {
  /** age identity of the tab; opens sealed results. */
  readonly identity?: string;
  readonly limits?: Partial<Limits>;
}

/**
 * Fetches a result to a folder that does not exist yet, opened where it is sealed: the folder is there
 * whole or not at all.
 *
 * @throws IpfsError; RequesterError `SEALED` without an identity that opens it
 */
async function fetchResult(
  { blocks }: Pick<Requester, 'blocks'>,
  root: CID,
  folder: string,
  { identity, limits, signal, onProgress }: FetchResultOptions = {}
): Promise<{ readonly files: number; readonly bytes: number; readonly wasSealed: boolean }> {
  const target = resolve(folder);
  if (existsSync(target))
    throw new IpfsError('exists', `${target} is already there; remove it or choose another folder`);
  const wasSealed = await isSealed(blocks, root, signal);
  if (wasSealed && identity === undefined)
    throw new RequesterError(
      'SEALED',
      'the result is sealed to its requester; name the tab whose file is here with --tab.'
    );
  const staging = join(
    dirname(target),
    `.${basename(target).slice(0, 100)}.opening-${randomBytes(6).toString('hex')}`
  );
  try {
    const { entries, bytes } = await fetchTree(root, staging, blocks, {
      signal,
      ...(limits === undefined ? {} : { limits }),
      onProgress: (spent) =>
        void onProgress?.({
          stage: 'reading',
          words: `${spent.entries} entries, ${spent.bytes} bytes`,
        }),
    });
    if (wasSealed) await openAll(staging, identity!);
    await rename(staging, target);
    return { files: entries, bytes, wasSealed };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function openAll(folder: string, identity: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile() || !entry.name.endsWith(SEALED_SUFFIX)) continue;
    const path = join(entry.parentPath, entry.name);
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    try {
      const sealed = Readable.toWeb(
        createReadStream(path)
      ) as unknown as ReadableStream<Uint8Array>;
      const opened = await decrypter.decrypt(sealed);
      await pipeline(
        Readable.fromWeb(opened as unknown as NodeReadableStream<Uint8Array>),
        createWriteStream(path.slice(0, -SEALED_SUFFIX.length), { flags: 'wx', mode: 0o600 })
      );
    } catch (cause) {
      throw new RequesterError(
        'SEALED',
        `${entry.name} does not open with the identity of that tab; it is sealed to another or damaged.`,
        { cause }
      );
    }
    await rm(path);
  }
}
