import { CliError } from '../cli/error.ts';
import type { DaemonLine } from './provider.ts';

export { Watch };

/** What the daemon says while we wait for what it does. */
class Watch {
  /** Hash of the first transaction that it sent. */
  readonly transaction: Promise<string>;
  #sent!: (hash: string) => void;
  #failed!: (error: CliError) => void;
  readonly #failure: Promise<never>;

  constructor(private readonly onProgress: (what: string) => void) {
    this.transaction = new Promise((resolve) => (this.#sent = resolve));
    this.#failure = new Promise((_, reject) => (this.#failed = reject));
    // It may fail while nobody waits.
    this.#failure.catch(() => undefined);
  }

  line({ msg, sequence, step, transaction, reason }: DaemonLine): void {
    if (msg === 'sent' && transaction !== undefined) this.#sent(transaction);
    if (msg === 'refused') this.fail(`the provider refused a job: ${reason ?? ''}`);
    if (SHOWN.includes(msg))
      this.onProgress(
        [sequence === undefined ? '' : `job ${sequence}`, msg, step ?? ''].filter(Boolean).join(' ')
      );
  }

  fail(reason: string): void {
    this.#failed(new CliError('FAILED', reason));
  }

  /** What `work` comes to, unless the daemon fails first. */
  orFailure<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#failure]);
  }
}

const SHOWN: readonly string[] = [
  ...['accepted', 'running', 'ran', 'published', 'noted', 'settling', 'proving', 'sent', 'settled'],
];
