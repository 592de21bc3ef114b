import type { Stage, Stepwise } from './requester.ts';

export { type ProvenCall, type ProvingSender, type ProvingProgress, sendProven };

/** What no signature can do alone. Values travel in their canonical bytes (`contracts/formats`). */
type ProvenCall =
  | { readonly kind: 'refund'; readonly terms: Uint8Array; readonly amount: bigint }
  | {
      readonly kind: 'rotate';
      readonly service: string;
      readonly owner: string;
      readonly runner: string;
      /** SHA-256 of the new keyset block. */
      readonly keyset: Uint8Array;
    }
  | {
      readonly kind: 'pause';
      readonly service: string;
      readonly owner: string;
      readonly paused: boolean;
    };

interface ProvingProgress {
  /** Default `proving`. */
  readonly stage?: Extract<Stage, 'proving' | 'signing' | 'sending'>;
  readonly what: string;
  readonly done: number;
  readonly of: number;
}

/** Proves a contract call, has it paid and signed, and sees it included. */
interface ProvingSender {
  /** @returns the transaction's hash */
  send(
    call: ProvenCall,
    options?: {
      readonly signal?: AbortSignal | undefined;
      readonly onProgress?: (progress: ProvingProgress) => void | Promise<void>;
    }
  ): Promise<string>;
}

/** @returns the transaction's hash */
const sendProven = (
  sender: ProvingSender,
  call: ProvenCall,
  { signal, onProgress }: Stepwise
): Promise<string> =>
  sender.send(call, {
    signal,
    onProgress: ({ what, done, of, stage = 'proving' }) =>
      onProgress?.({ stage, words: of > 1 ? `${what} (${done} of ${of})` : what }),
  });
