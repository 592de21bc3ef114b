export { Records };

import { FsDatastore } from 'datastore-fs';
import type { Key } from 'interface-datastore';
import { IpfsError } from './error.ts';

/**
 * A node's small records on disk: its key, its peers, its pins. libp2p goes on noting peers after it
 * has stopped; what comes after `close` is refused, and what came before is waited for, so that the
 * folder is still when `close` returns and another process may take it.
 */
class Records extends FsDatastore {
  private readonly writing = new Set<Promise<unknown>>();
  private closed = false;

  override async put(...args: Parameters<FsDatastore['put']>): Promise<Key> {
    if (this.closed) throw new IpfsError('storage', 'the node has stopped; nothing is written');
    const write = super.put(...args);
    this.writing.add(write);
    try {
      return await write;
    } finally {
      this.writing.delete(write);
    }
  }

  override async close(): Promise<void> {
    this.closed = true;
    await Promise.allSettled(this.writing);
    await super.close();
  }
}
