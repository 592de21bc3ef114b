export { Budget, LIMITS, type Limits };

import type { CID } from 'multiformats/cid';
import type { Abortable } from './abort.ts';
import { IpfsError } from './error.ts';
import type { BlockSource } from './source.ts';

/** How much of somebody else's DAG we are ready to walk. */
type Limits = {
  /** Blocks visited; one that stands in the DAG twice counts twice. */
  blocks: number;
  /** Bytes of those blocks. */
  bytes: number;
  /** Files and folders. */
  entries: number;
  /** Folders within folders. */
  depth: number;
  milliseconds: number;
};

const LIMITS: Limits = {
  blocks: 20_000,
  bytes: 1024 ** 3,
  entries: 10_000,
  depth: 32,
  milliseconds: 10 * 60_000,
};

/**
 * Counts what a walk costs and stops it at the limit. **Visits** are counted, not distinct blocks:
 * forty blocks that each name the next one a thousand times are a small download and an endless walk.
 */
class Budget implements BlockSource {
  readonly limits: Limits;
  readonly spent = { blocks: 0, bytes: 0, entries: 0 };

  constructor(
    private readonly source: BlockSource,
    limits: Partial<Limits> = {}
  ) {
    this.limits = { ...LIMITS, ...limits };
  }

  async get(cid: CID, options?: Abortable): Promise<Uint8Array> {
    this.charge('blocks', 1);
    const bytes = await this.source.get(cid, options);
    this.charge('bytes', bytes.length);
    return bytes;
  }

  /** @throws {IpfsError} `limit` */
  charge(what: 'blocks' | 'bytes' | 'entries', amount: number): void {
    this.spent[what] += amount;
    if (this.spent[what] > this.limits[what]) throw over(what, this.spent[what], this.limits[what]);
  }

  /** Refuses what a block announces before any of it is fetched. @throws {IpfsError} `limit` */
  assertRoomFor(bytes: number): void {
    if (this.spent.bytes + bytes > this.limits.bytes)
      throw over('bytes', this.spent.bytes + bytes, this.limits.bytes);
  }

  /** @throws {IpfsError} `limit` */
  assertDepth(depth: number): void {
    if (depth > this.limits.depth) throw over('depth', depth, this.limits.depth);
  }
}

const over = (what: string, amount: number, limit: number): IpfsError =>
  new IpfsError(
    'limit',
    `this content needs ${what} ${amount}, more than the ${limit} allowed; raise the limit if you trust its publisher`
  );
