export { Lookahead };

import type { CID } from 'multiformats/cid';
import type { Abortable } from './abort.ts';
import type { BlockSource } from './source.ts';

/** Blocks held or under way at once: 64 MiB when each is as large as a block can be. */
const HELD = 32;
/** Blocks one hint may start, so that a folder's files leave room for the files' parts. */
const A_HINT = 16;

/**
 * Fetches blocks before they are asked for, when the walk says what it will want next. A walk that
 * waits for every block in turn pays a round trip for each.
 */
class Lookahead implements BlockSource {
  private readonly held = new Map<string, Promise<Uint8Array>>();

  constructor(private readonly source: BlockSource) {}

  async get(cid: CID, options?: Abortable): Promise<Uint8Array> {
    const key = cid.toString();
    const early = this.held.get(key);
    if (early === undefined) return this.source.get(cid, options);
    this.held.delete(key);
    return early;
  }

  hint(cids: readonly CID[], options?: Abortable): void {
    for (const cid of cids.slice(0, A_HINT)) {
      if (this.held.size >= HELD) return;
      const key = cid.toString();
      if (this.held.has(key)) continue;
      const early = this.source.get(cid, options);
      early.catch(() => undefined); // told to whoever asks for the block, if anyone does
      this.held.set(key, early);
    }
  }
}
