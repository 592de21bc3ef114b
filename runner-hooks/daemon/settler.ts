import type { SignedClosing, SignedExtension } from '../../contracts/formats/order.ts';
import type { FieldSignature } from '../../contracts/formats/signature.ts';
import type { Terms } from '../../contracts/formats/terms.ts';

export type { Settler, Settlement, SettlerOptions };

interface Settlement {
  readonly transaction: string;
  /** The head that it moves the tab to. */
  readonly head: string;
  /** Nanomina. */
  readonly paid: bigint;
  readonly sequences: readonly number[];
}

interface SettlerOptions {
  readonly signal?: AbortSignal;
  /** Told the hash before the transaction is sent, so that it is written down first. */
  readonly onTransaction: (hash: string) => void;
  readonly onProgress?: (step: string) => void;
}

/**
 * Proves and sends; the daemon holds no o1js. A promise that is rejected means that, as far as can
 * be told, the transaction is on no chain and in no pool: the daemon sends another one. Where that
 * is open, it resolves, and the tab's account decides.
 */
interface Settler {
  /** Settles what the log holds beyond the tab's settled head, at most `maximumJobs` of it. */
  settle(
    order: { terms: Terms; maximumJobs: number },
    options: SettlerOptions
  ): Promise<Settlement>;
  extend(order: SignedExtension, options: SettlerOptions): Promise<{ transaction: string }>;
  close(
    order: SignedClosing,
    runner: FieldSignature,
    options: SettlerOptions
  ): Promise<{ transaction: string }>;
  refund(
    order: { terms: Terms; amount: bigint },
    options: SettlerOptions
  ): Promise<{ transaction: string }>;
}
