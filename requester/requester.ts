import type { Graphql } from '../contracts/chain/graphql.ts';
import type { Pinned } from '../contracts/chain/pinned.ts';
import type { BlockSource } from '../ipfs/source.ts';
import type { LogReader } from './logs.ts';
import type { TabStore } from './store.ts';
import type { Uploads } from './upload.ts';

export type { Requester, Stepwise };

/** The requester's side of the world. What differs between Node and a browser is passed in. */
interface Requester {
  readonly node: Graphql;
  readonly networkId: string;
  /** Trustless gateways, a CAR, a node: every block is held against its CID. */
  readonly blocks: BlockSource;
  /** Absent where nothing may be written: reading, and handing over to an endpoint, need none. */
  readonly uploads?: Uploads;
  readonly store: TabStore;
  readonly logs: LogReader;
  /** Keys that this release's contracts compile to. */
  readonly pinned: Pinned;
  /** Milliseconds between two looks at chain, log or endpoint. */
  readonly interval: number;
}

/** What every longer call takes. */
interface Stepwise {
  readonly signal?: AbortSignal;
  /** What is being done, in words. */
  readonly onProgress?: (step: string) => void;
}
