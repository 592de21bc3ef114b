import type { CID } from 'multiformats/cid';
import type { Abortable } from './chain.ts';

export type { Content };

/** What the daemon asks of its IPFS node. Bytes that it gets hash to what it asked for. */
interface Content {
  get(cid: CID, options: Abortable): Promise<Uint8Array>;
  put(cid: CID, bytes: Uint8Array, options: Abortable): Promise<void>;
  /** Stores a folder as UnixFS; the same files give the same root. */
  publish(folder: string, options: Abortable): Promise<CID>;
  /** The root that {@link publish} would give. */
  rootOf(folder: string, options: Abortable): Promise<CID>;
}
