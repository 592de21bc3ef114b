import { readAccount } from '../../contracts/chain/account.ts';
import type { Command } from '../../contracts/chain/command.ts';
import { ChainError } from '../../contracts/chain/error.ts';
import { suggestFee } from '../../contracts/chain/fee.ts';
import { readNextNonce } from '../../contracts/chain/find-command.ts';
import type { Graphql } from '../../contracts/chain/graphql.ts';
import { type WaitOptions, submitCommand, waitForInclusion } from '../../contracts/chain/send.ts';
import { type KeyPair, signCommand } from '../../contracts/chain/sign.ts';
import type { CallJob } from '../../oracle/prove/job.ts';
import type { Prover, ProveOptions } from '../../oracle/prove/prover.ts';

export { Sender, type SenderOptions, type SendOptions };

/** A proof's job without what the sender adds: node, network and fee payer. */
type Unsent<J extends CallJob = CallJob> = J extends CallJob
  ? Omit<J, 'node' | 'networkId' | 'feePayer'>
  : never;

interface SenderOptions {
  readonly node: Graphql;
  /** The node's address, for the prover's process. */
  readonly nodeUrl: string;
  readonly networkId: string;
  readonly wallet: KeyPair;
  readonly prover: Pick<Prover, 'prove'>;
  /** Between two looks for a transaction. */
  readonly interval?: number;
}

interface SendOptions extends ProveOptions {
  readonly onTransaction?: (hash: string) => void;
}

/** Proves transactions in another process, pays for them from one wallet and sees them included. */
class Sender {
  #turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: SenderOptions) {}

  /**
   * One transaction after the other: two at once would take the same nonce.
   *
   * @returns its hash. Resolves as well where the node was lost while waiting: the account tells.
   * @throws ChainError `FAILED` where it was included without effect, or another took its nonce
   */
  send(job: Unsent, options: SendOptions = {}): Promise<string> {
    const mine = this.#turn.then(() => this.#send(job, options));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #send(job: Unsent, { onTransaction, ...options }: SendOptions): Promise<string> {
    const { node, nodeUrl, networkId, wallet, prover, interval } = this.options;
    const { signal } = options;
    const { publicKey } = wallet;
    // Before the minute of proving, not after it.
    const fee = await suggestFee(node, { accountUpdates: Array<never>(3) }, { signal });
    const account = await readAccount(node, publicKey, { signal });
    if (account === null || account.balance < fee)
      throw new ChainError(
        'UNFUNDED',
        `${publicKey} cannot pay the fee of ${fee} nanomina; fund it`
      );
    const nonce = await readNextNonce(node, publicKey, { signal });
    const { command } = await prover.prove(
      { ...job, node: nodeUrl, networkId, feePayer: { publicKey, fee, nonce } },
      options
    );
    const { hash, signed } = await this.#submit(JSON.parse(command) as Command, signal);
    onTransaction?.(hash);
    await settled(node, signed, { signal, ...(interval === undefined ? {} : { interval }) });
    return hash;
  }

  /**
   * The wallet may have paid for something else during the minute of proving. A proof holds for any
   * nonce of the fee payer's, so the same proof is signed again for the next one.
   */
  async #submit(
    command: Command,
    signal: AbortSignal | undefined
  ): Promise<{ hash: string; signed: Command }> {
    const { node, networkId, wallet } = this.options;
    const { publicKey, privateKey } = wallet;
    for (let left = NONCE_TRIES; ; left--) {
      const signed = signCommand({ command, signers: [publicKey] }, [privateKey], networkId);
      try {
        return { hash: await submitCommand(node, signed, { signal }), signed };
      } catch (error) {
        if (!(error instanceof ChainError) || error.code !== 'NONCE' || left === 0) throw error;
        command.feePayer.body.nonce = String(await readNextNonce(node, publicKey, { signal }));
      }
    }
  }
}

const NONCE_TRIES = 3;

async function settled(node: Graphql, command: Command, options: WaitOptions): Promise<void> {
  const outcome = await waitForInclusion(node, command, options).catch((error: unknown) => {
    if (error instanceof ChainError && UNKNOWN.includes(error.code)) return undefined;
    throw error;
  });
  if (outcome === undefined || outcome.kind === 'included') return;
  const reason =
    outcome.kind === 'failed'
      ? outcome.failures.flatMap(({ reasons }) => reasons).join(', ')
      : `it was ${outcome.kind}`;
  throw new ChainError('REFUSED', `the transaction had no effect: ${reason}`);
}

/** Nothing is known then; it may still be included. */
const UNKNOWN: readonly string[] = ['TIMEOUT', 'UNREACHABLE', 'NOT_SYNCED'];
