import * as dagPb from '@ipld/dag-pb';
import { UnixFS } from 'ipfs-unixfs';
import { CID } from 'multiformats/cid';
import { sha256 } from 'multiformats/hashes/sha2';
import { IpfsError } from '../../ipfs/error.ts';
import type { BlockSink, BlockSource } from '../../ipfs/source.ts';

/** Blocks in a map: the smallest store, with a count of what was asked of it. */
export class MemoryStore implements BlockSource, BlockSink {
  readonly blocks = new Map<string, Uint8Array>();
  gets = 0;

  async get(cid: CID): Promise<Uint8Array> {
    this.gets += 1;
    const bytes = this.blocks.get(cid.toString());
    if (bytes === undefined) throw new IpfsError('not-found', `${cid.toString()} is not in memory`);
    return bytes;
  }

  async put(cid: CID, bytes: Uint8Array): Promise<void> {
    this.blocks.set(cid.toString(), bytes);
  }

  /** Stores any bytes under the CID that they hash to: what a hostile publisher can do. */
  async forge(codec: number, bytes: Uint8Array): Promise<CID> {
    const cid = CID.createV1(codec, await sha256.digest(bytes));
    await this.put(cid, bytes);
    return cid;
  }

  raw(bytes: Uint8Array): Promise<CID> {
    return this.forge(0x55, bytes);
  }

  /** A DAG-PB node as the encoder writes it, whatever it says. */
  node(unixfs: UnixFS, links: dagPb.PBLink[] = []): Promise<CID> {
    return this.forge(0x70, dagPb.encode(dagPb.prepare({ Data: unixfs.marshal(), Links: links })));
  }

  directory(entries: readonly (readonly [name: string, cid: CID])[]): Promise<CID> {
    return this.node(
      new UnixFS({ type: 'directory' }),
      entries.map(([Name, Hash]) => ({ Name, Hash, Tsize: 0 }))
    );
  }

  file(parts: readonly (readonly [cid: CID, size: number])[]): Promise<CID> {
    return this.node(
      new UnixFS({ type: 'file', blockSizes: parts.map(([, size]) => BigInt(size)) }),
      parts.map(([Hash, size]) => ({ Name: '', Hash, Tsize: size }))
    );
  }
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** The code of the IpfsError that `work` ends in. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason
  );
  if (error instanceof IpfsError) return error.code;
  throw new Error(`expected an IpfsError, got ${String(error)}`, { cause: error });
}
