import { readAccount } from '../../contracts/chain/account.ts';
import { ChainError } from '../../contracts/chain/error.ts';
import type { Graphql } from '../../contracts/chain/graphql.ts';
import { Writer } from '../../contracts/formats/bytes.ts';
import { encodeNote } from '../../contracts/formats/note.ts';
import { encodeClosing, encodeExtension } from '../../contracts/formats/order.ts';
import { writeSignature } from '../../contracts/formats/signature.ts';
import { encodeTabState, parseTabState, type TabState } from '../../contracts/formats/tab-state.ts';
import { type Terms, writeTerms } from '../../contracts/formats/terms.ts';
import { readLog } from '../../oracle/read/from-git.ts';
import { settlementOf } from '../../oracle/witness/fold.ts';
import type { Progress } from '../../oracle/prove/message.ts';
import type { Settlement, Settler, SettlerOptions } from '../../runner-hooks/daemon/settler.ts';
import { PartialProofs } from './partial-proofs.ts';
import type { Sender } from './sender.ts';

export { ProvingSettler, type SettlerParts };

interface SettlerParts {
  readonly node: Graphql;
  readonly sender: Pick<Sender, 'send'>;
  /** Where the tabs' logs are read: as anybody would, not from what the daemon wrote. */
  readonly logOf: (service: string) => Promise<string>;
  /** Public key that signs this provider's receipts. */
  readonly runner: string;
  /** Keeps what is proven of a settlement across restarts. */
  readonly folder: string;
}

/** From a tab's log to its payment: read, check, prove, send. */
class ProvingSettler implements Settler {
  readonly #partials: PartialProofs;

  constructor(private readonly parts: SettlerParts) {
    this.#partials = new PartialProofs(parts.folder);
  }

  async settle(
    { terms, maximumJobs }: { terms: Terms; maximumJobs: number },
    options: SettlerOptions
  ): Promise<Settlement> {
    const { tab } = terms;
    const state = await this.#stateOf(tab, options);
    const repository = await this.parts.logOf(terms.service);
    options.onProgress?.(`reading the log of ${tab}`);
    const signal = options.signal;
    const log = await readLog({ repository, tab, from: state.head }, signal ? { signal } : {});
    const change = log.findIndex(({ note }) => note.runner !== log[0]!.note.runner);
    const entries = log.slice(0, Math.min(maximumJobs, change < 0 ? log.length : change));
    const { notes, total, state: after } = settlementOf(state, entries);

    const ids = entries.map(({ id }) => id);
    const resume = this.#partials.load(tab, state.head, ids);
    const transaction = await this.parts.sender.send(
      {
        kind: 'settle',
        terms: bytesOf(terms),
        state: [...encodeTabState(state)],
        notes: notes.map(encodeNote),
        ...(resume === undefined ? {} : { resume }),
      },
      {
        ...proving(options),
        onProgress: (progress) => {
          if (progress.partial !== undefined)
            this.#partials.save(tab, state.head, ids, progress.partial);
          options.onProgress?.(sentenceOf(progress));
        },
      }
    );
    this.#partials.drop(tab);
    const sequences = notes.map(({ receipt }) => receipt.sequence);
    return { transaction, head: after.head, paid: total, sequences };
  }

  async extend(
    order: Parameters<Settler['extend']>[0],
    options: SettlerOptions
  ): Promise<{ transaction: string }> {
    const job = { kind: 'extend', order: encodeExtension(order) } as const;
    return { transaction: await this.parts.sender.send(job, proving(options)) };
  }

  async close(
    order: Parameters<Settler['close']>[0],
    signature: Parameters<Settler['close']>[1],
    options: SettlerOptions
  ): Promise<{ transaction: string }> {
    const account = await readAccount(this.parts.node, order.terms.tab, options);
    const job = {
      kind: 'close',
      order: encodeClosing(order),
      runner: this.parts.runner,
      runnerSignature: writeSignature(new Writer(), signature).finish(),
      amount: account?.balance ?? 0n,
    } as const;
    return { transaction: await this.parts.sender.send(job, proving(options)) };
  }

  async refund(
    { terms, amount }: { terms: Terms; amount: bigint },
    options: SettlerOptions
  ): Promise<{ transaction: string }> {
    const job = { kind: 'refund', terms: bytesOf(terms), amount } as const;
    return { transaction: await this.parts.sender.send(job, proving(options)) };
  }

  async #stateOf(tab: string, { signal }: SettlerOptions): Promise<TabState> {
    const account = await readAccount(this.parts.node, tab, { signal });
    if (!account?.state)
      throw new ChainError('NO_ACCOUNT', `there is no tab at ${tab}; check the address`);
    return parseTabState(account.state);
  }
}

const bytesOf = (terms: Terms): Uint8Array => writeTerms(new Writer(), terms).finish();

const proving = ({ signal, onTransaction, onProgress }: SettlerOptions) => ({
  ...(signal === undefined ? {} : { signal }),
  onTransaction,
  onProgress: (progress: Progress) => onProgress?.(sentenceOf(progress)),
});

const sentenceOf = ({ what, done, of }: Progress): string => `${what} (${done} of ${of})`;
