import type { LogClaim } from '../../requester/log-claim.ts';
import type { ProvenCall } from '../../requester/sender.ts';

export type { ProofTask, CallTask, LogTask, ProofResult, Progress, ToWorker, FromWorker };

/** What travels between the page and its worker, structured clones of values in canonical bytes. */

/** A contract call, proven for a node's accounts. No private key: the command goes back to be signed. */
interface CallTask {
  readonly kind: 'call';
  readonly call: ProvenCall;
  /** The node's GraphQL address, and its own name of the network. */
  readonly node: string;
  readonly networkId: string;
  readonly feePayer: {
    readonly publicKey: string;
    readonly fee: bigint;
    readonly nonce: number;
  };
  /** False on an embedded network that was started so. */
  readonly proofsEnabled: boolean;
}

/** A tab's log from its genesis on, all of it or up to some entry. */
interface LogTask {
  readonly kind: 'log';
  readonly terms: Uint8Array;
  /** Notes, oldest first. */
  readonly notes: readonly Uint8Array[];
}

type ProofTask = CallTask | LogTask;

interface ProofResult {
  /** Of a call: the proven command as JSON, fee payer (and owner) still to sign. */
  readonly command?: string;
  /** Of a log. */
  readonly claim?: LogClaim;
}

interface Progress {
  readonly what: string;
  readonly done: number;
  readonly of: number;
}

interface ToWorker {
  readonly task: ProofTask;
  /** The site's folder of key files. */
  readonly keys: string;
}

type FromWorker =
  | { readonly type: 'progress'; readonly progress: Progress }
  /** A key file that is not the one this release was built with; proving goes on without it. */
  | { readonly type: 'refused'; readonly file: string }
  | { readonly type: 'done'; readonly result: ProofResult }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };
