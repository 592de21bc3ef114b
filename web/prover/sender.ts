import { readAccount } from '../../contracts/chain/account.ts';
import type { Command } from '../../contracts/chain/command.ts';
import { ChainError } from '../../contracts/chain/error.ts';
import { suggestFee } from '../../contracts/chain/fee.ts';
import { readNextNonce } from '../../contracts/chain/find-command.ts';
import { formatMina } from '../../contracts/formats/amount.ts';
import type { Requester } from '../../requester/requester.ts';
import type { ProvingSender } from '../../requester/sender.ts';
import { sendSigned } from '../../requester/transaction.ts';
import { type Wallet, signWith } from '../../requester/wallet.ts';
import type { ProveOptions, Prover } from './prover.ts';

export { pageSender };

interface SenderOptions extends Pick<ProveOptions, 'onRefused'> {
  readonly requester: Pick<Requester, 'node' | 'networkId' | 'interval'>;
  /** The node's GraphQL address, for the worker. */
  readonly node: string;
  readonly wallet: Wallet;
  readonly prover: Prover;
  /** False on an embedded network that was started so. */
  readonly proofsEnabled?: boolean;
}

/** Calls of a contract have three account updates at most: contract, payee, owner. */
const UPDATES = Array<never>(3);

/**
 * Proves in the page, asks the wallet to pay and sign, and sees the transaction included. One call at
 * a time.
 *
 * @returns for `refundTab`, `rotateService` and `pauseService`, which throw what this throws:
 *   ChainError `UNFUNDED` before anything is proven, ProverError, RequesterError `WALLET`, `NO_EFFECT`
 */
const pageSender = ({
  requester,
  node,
  wallet,
  prover,
  proofsEnabled = true,
  onRefused,
}: SenderOptions): ProvingSender => ({
  async send(call, { signal, onProgress } = {}) {
    const { publicKey } = wallet;
    const fee = await suggestFee(requester.node, { accountUpdates: UPDATES }, { signal });
    const balance = (await readAccount(requester.node, publicKey, { signal }))?.balance ?? 0n;
    if (balance < fee)
      throw new ChainError(
        'UNFUNDED',
        `${publicKey} has ${formatMina(balance)} MINA and the fee is ${formatMina(fee)}; send MINA to it`
      );
    const nonce = await readNextNonce(requester.node, publicKey, { signal });
    const { networkId } = requester;
    const { command } = await prover.prove(
      {
        kind: 'call',
        call,
        node,
        networkId,
        feePayer: { publicKey, fee, nonce },
        proofsEnabled,
      },
      {
        signal,
        onProgress: (progress) => void onProgress?.(progress),
        onRefused: (file) => {
          onRefused?.(file);
          void onProgress?.({
            what: `the key file ${file} was swapped: computing it`,
            done: 0,
            of: 1,
          });
        },
      }
    );
    const proven = JSON.parse(command!) as Command;
    for (let left = NONCE_TRIES; ; left--) {
      // The wallet may have paid for something else since; the proof holds for any nonce of its.
      const next = await readNextNonce(requester.node, publicKey, { signal });
      proven.feePayer.body.nonce = String(next);
      void onProgress?.({ stage: 'signing', what: 'having it signed', done: 0, of: 1 });
      const signed = await signWith(wallet, proven, { networkId, signal });
      try {
        return await sendSigned(requester, signed, {
          ...(signal === undefined ? {} : { signal }),
          onProgress: ({ words }) =>
            onProgress?.({ stage: 'sending', what: words, done: 0, of: 1 }),
        });
      } catch (error) {
        if (!(error instanceof ChainError) || error.code !== 'NONCE' || left === 0) throw error;
      }
    }
  },
});

/** How often the wallet is asked again where the nonce was taken while it was asked. */
const NONCE_TRIES = 2;
