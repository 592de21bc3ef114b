import { readAccount } from '../contracts/chain/account.ts';
import type { Command, Draft, FeePayer } from '../contracts/chain/command.ts';
import { ChainError } from '../contracts/chain/error.ts';
import { suggestFee } from '../contracts/chain/fee.ts';
import { readNextNonce } from '../contracts/chain/find-command.ts';
import { type Inclusion, sendCommand } from '../contracts/chain/send.ts';
import { signCommand } from '../contracts/chain/sign.ts';
import { formatMina } from '../contracts/formats/amount.ts';
import { RequesterError } from './error.ts';
import type { Requester, Stepwise } from './requester.ts';
import { type Wallet, signWith } from './wallet.ts';

export { type SendPaidOptions, sendPaid, sendSigned, sendAgain };

interface SendPaidOptions extends Stepwise {
  /** Private keys that sign before the wallet does. */
  readonly signers?: readonly string[];
  /** Awaited right before the first try to send: from here on it may be included. */
  readonly onSend?: (command: Command) => Promise<void> | void;
}

/**
 * Builds a transaction, has it signed, and waits until a block has it.
 *
 * @param build called twice: without a fee, to learn what the transaction costs, then for good
 * @returns its hash
 * @throws ChainError `UNFUNDED` before anything is sent; RequesterError `WALLET`, `NO_EFFECT`
 */
async function sendPaid(
  requester: Pick<Requester, 'node' | 'networkId' | 'interval'>,
  wallet: Wallet,
  build: (payer: FeePayer) => Draft,
  { signers = [], onSend, ...options }: SendPaidOptions = {}
): Promise<string> {
  const { node, networkId } = requester;
  const { signal, onProgress } = options;
  const { publicKey } = wallet;
  const nonce = await readNextNonce(node, publicKey, { signal });
  const { command } = build({ publicKey, fee: 0n, nonce });
  const fee = await suggestFee(node, command, { signal });
  const balance = (await readAccount(node, publicKey, { signal }))?.balance ?? 0n;
  const needed = fee + spentBy(publicKey, command);
  if (balance < needed)
    throw new ChainError(
      'UNFUNDED',
      `${publicKey} has ${formatMina(balance)} MINA and needs ${formatMina(needed)}; send MINA to it`
    );
  const draft = build({ publicKey, fee, nonce });
  const partly = signCommand(draft, signers, networkId);
  await onProgress?.({ stage: 'signing', words: 'having it signed' });
  const signed = await signWith(wallet, partly, { networkId, signal });
  await onSend?.(signed);
  return sendSigned(requester, signed, options);
}

/**
 * Sends a signed transaction, once more where it was sent before, and waits until a block has it.
 *
 * @returns its hash
 * @throws RequesterError `NO_EFFECT`; ChainError
 */
async function sendSigned(
  { node, interval }: Pick<Requester, 'node' | 'interval'>,
  command: Command,
  { signal, onProgress }: Stepwise = {}
): Promise<string> {
  await onProgress?.({ stage: 'sending', words: 'sending the transaction' });
  const outcome = await sendCommand(node, command, {
    interval,
    signal,
    onProgress: ({ kind }) =>
      void onProgress?.({ stage: 'sending', words: `the transaction is ${kind}` }),
  });
  return hashOf(outcome);
}

/**
 * Sends a command that may have been sent before.
 *
 * @param opened address of the account that it opens, if it opens one
 * @returns its hash; `undefined` where it is in a block that the node no longer shows
 * @throws RequesterError `NO_EFFECT` where it can no longer be included; ChainError
 */
async function sendAgain(
  requester: Pick<Requester, 'node' | 'interval'>,
  opened: string,
  command: Command,
  options: Stepwise = {}
): Promise<string | undefined> {
  const { node } = requester;
  try {
    return await sendSigned(requester, command, options);
  } catch (cause) {
    if (!(cause instanceof ChainError) || cause.code !== 'NONCE') throw cause;
    const { publicKey, nonce } = command.feePayer.body;
    const payer = await readAccount(node, publicKey, options);
    if (payer === null || payer.nonce <= Number(nonce)) throw cause;
    // Its nonce is used, by itself or by another. Only this command could open the account.
    const opens = command.accountUpdates.some(({ body }) => body.publicKey === opened);
    if (opens && (await readAccount(node, opened, options)) !== null) return undefined;
    throw new RequesterError(
      'NO_EFFECT',
      `another transaction took nonce ${nonce} of ${publicKey}; order again what this one was for.`,
      { cause }
    );
  }
}

/** Nanomina that a command takes from an account, the fee aside. */
const spentBy = (publicKey: string, { accountUpdates }: Draft['command']): bigint =>
  accountUpdates
    .filter(({ body }) => body.publicKey === publicKey && body.balanceChange.sgn === 'Negative')
    .reduce((sum, { body }) => sum + BigInt(body.balanceChange.magnitude), 0n);

function hashOf(outcome: Inclusion): string {
  switch (outcome.kind) {
    case 'included':
      return outcome.hash;
    case 'failed': {
      const reasons = outcome.failures.flatMap((failure) => failure.reasons).join(', ');
      throw new RequesterError(
        'NO_EFFECT',
        `the transaction ${outcome.hash} was included without effect (${reasons}); only its fee is gone.`
      );
    }
    case 'replaced':
      throw new RequesterError(
        'NO_EFFECT',
        `another transaction took nonce ${outcome.nonce}; use a wallet for one thing at a time and try again.`
      );
    case 'dropped':
      throw new RequesterError(
        'NO_EFFECT',
        'the node dropped the transaction each time it was sent; try again later.'
      );
  }
}
