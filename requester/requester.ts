import type { Graphql } from '../contracts/chain/graphql.ts';
import type { Pinned } from '../contracts/chain/pinned.ts';
import type { BlockSource } from '../ipfs/source.ts';
import type { LogReader } from './logs.ts';
import type { Peers } from './peers.ts';
import type { TabStore } from './store.ts';
import type { Uploads } from './upload.ts';

export type { Requester, Stepwise, Stage, Progress };

/** The requester's side of the world. What differs between Node and a browser is passed in. */
interface Requester {
  readonly node: Graphql;
  readonly networkId: string;
  /** Trustless gateways, a CAR, a node: every block is held against its CID. */
  readonly blocks: BlockSource;
  /** Absent where nothing may be written: reading, and handing over to an endpoint, need none. */
  readonly uploads?: Uploads;
  /** Absent where no provider's node can be dialled. */
  readonly peers?: Peers;
  readonly store: TabStore;
  readonly logs: LogReader;
  /** Keys that this release's contracts compile to. */
  readonly pinned: Pinned;
  /** Milliseconds between two looks at chain, log or endpoint. */
  readonly interval: number;
}

/**
 * How far a call is. Up to `signing` nothing has happened to anybody's money; from `sending` on, and for
 * what is handed over from `delivering` on, it may have.
 */
type Stage =
  | 'reading'
  | 'sealing'
  | 'uploading'
  | 'proving'
  | 'signing'
  | 'sending'
  | 'delivering'
  | 'waiting'; // for the provider

interface Progress {
  readonly stage: Stage;
  /** For people; anything may stand here. */
  readonly words: string;
}

/** What every longer call takes. */
interface Stepwise {
  readonly signal?: AbortSignal;
  /** Told before each step, which waits for it: so it can be written down before it happens. */
  readonly onProgress?: (progress: Progress) => void | Promise<void>;
}
