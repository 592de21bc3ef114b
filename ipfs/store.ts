export { BlockStore, putBlock };

import type { FsBlockstore } from 'blockstore-fs';
import type { CID } from 'multiformats/cid';
import { rawCidOf, rawCidOfBlock } from '../contracts/formats/cid.ts';
import { type Abortable, asIpfsError } from './abort.ts';
import { allowed, assertBlock } from './block.ts';
import { IpfsError } from './error.ts';
import type { BlockSink, BlockSource } from './source.ts';

type Disk = Pick<FsBlockstore, 'get' | 'put' | 'has' | 'delete' | 'getAll'>;

/**
 * The blocks on this machine's disk, one file each. Every read is hashed: a file that was cut by a
 * power loss, or changed, is dropped and counts as not there, so that it is fetched anew.
 */
class BlockStore implements BlockSource, BlockSink {
  /** @param announce told of every new block once it can be read, for peers who wait for it */
  constructor(
    private readonly disk: Disk,
    private readonly announce: (cid: CID) => Promise<void> = async () => undefined
  ) {}

  /** @throws {IpfsError} `not-found`, `bad-cid` */
  async get(cid: CID, { signal }: Abortable = {}): Promise<Uint8Array> {
    allowed(cid);
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of this.disk.get(cid, signal && { signal })) chunks.push(chunk);
    } catch (cause) {
      throw new IpfsError('not-found', `${String(cid)} is not on this machine`, { cause });
    }
    try {
      return await assertBlock(cid, chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    } catch (cause) {
      await this.delete(cid);
      throw new IpfsError('not-found', `${String(cid)} was damaged on disk and is dropped`, {
        cause,
      });
    }
  }

  /** @throws {IpfsError} `wrong-bytes`, `limit`, `storage` */
  async put(cid: CID, bytes: Uint8Array, { signal }: Abortable = {}): Promise<void> {
    await assertBlock(cid, bytes);
    if (await this.disk.has(cid)) return;
    try {
      await this.disk.put(cid, bytes, signal && { signal });
    } catch (error) {
      throw asIpfsError(error, 'storage', `could not store ${String(cid)}`);
    }
    await this.announce(cid);
  }

  async has(cid: CID): Promise<boolean> {
    return this.disk.has(allowed(cid));
  }

  async delete(cid: CID): Promise<void> {
    await this.disk.delete(cid);
  }

  /** Every block, by a raw CID whatever its codec: the disk keeps digests only. */
  async *list(): AsyncGenerator<CID> {
    for await (const { cid, bytes } of this.disk.getAll()) {
      await bytes.return(undefined); // not read, and the file handle is let go
      yield rawCidOf(cid.multihash.digest);
    }
  }
}

/** Stores `bytes` as one raw block. @throws {IpfsError} `limit` over 2 MiB, `storage` */
async function putBlock(bytes: Uint8Array, sink: BlockSink, options?: Abortable): Promise<CID> {
  const cid = rawCidOfBlock(bytes);
  await sink.put(cid, bytes, options);
  return cid;
}
