import * as v from 'valibot';
import type { Command } from '../contracts/chain/command.ts';
import { type KeyPair, isSignedByPayer, signCommand } from '../contracts/chain/sign.ts';
import { RequesterError } from './error.ts';

export { type Wallet, keyWallet, signWith };

/** Who pays fees and funds. */
interface Wallet {
  readonly publicKey: string;
  /**
   * Adds the fee payer's signature, and those of the same key's account updates, to a command that all
   * other keys have signed already. Does not send it.
   *
   * @returns the command signed. Fee, nonce, memo and last slot of the fee payer may have changed, as
   *   people may choose them in a wallet; everything else has to be as it was
   */
  sign(
    command: Command,
    options: { readonly networkId: string; readonly signal?: AbortSignal | undefined }
  ): Promise<Command>;
}

/** Signs in this process. @throws ChainError `KEY` */
const keyWallet = ({ publicKey, privateKey }: KeyPair): Wallet => ({
  publicKey,
  sign: async (command, { networkId }) =>
    signCommand({ command, signers: [publicKey] }, [privateKey], networkId),
});

const slotOrNonce = v.pipe(v.string(), v.regex(/^[0-9]{1,10}$/));
/** All that a wallet may have a say in. */
const AnswerSchema = v.object({
  feePayer: v.object({
    body: v.object({
      fee: v.pipe(v.string(), v.regex(/^[0-9]{1,20}$/)),
      validUntil: v.nullish(slotOrNonce),
      nonce: slotOrNonce,
    }),
    authorization: v.pipe(v.string(), v.maxLength(128)),
  }),
  memo: v.pipe(v.string(), v.maxLength(128)),
});

/**
 * Has a command signed, and takes nothing from the answer but what a wallet may choose: the rest is
 * ours, and the signature tells whether it was signed. So no wallet, and nobody between it and us, can
 * slip in another payment.
 *
 * @throws RequesterError `WALLET`; whatever the wallet throws, such as its refusal
 */
async function signWith(
  wallet: Wallet,
  command: Command,
  options: { readonly networkId: string; readonly signal?: AbortSignal | undefined }
): Promise<Command> {
  const answer = v.safeParse(AnswerSchema, await wallet.sign(command, options));
  if (!answer.success)
    throw new RequesterError(
      'WALLET',
      'the wallet gave back no signed transaction; nothing was sent, so try again.'
    );
  const { feePayer, memo } = answer.output;
  const { authorization } = feePayer;
  const { fee, nonce, validUntil } = feePayer.body;
  const { publicKey } = wallet;
  const signed: Command = {
    feePayer: {
      body: { publicKey, fee, nonce, validUntil: validUntil ?? null },
      authorization,
    },
    // The same key signs the same whole: one signature stands for all of its updates.
    accountUpdates: command.accountUpdates.map((update) =>
      update.body.publicKey === publicKey && update.body.authorizationKind.isSigned
        ? { ...update, authorization: { proof: null, signature: authorization } }
        : update
    ),
    memo,
  };
  if (!isSignedByPayer(signed, options.networkId))
    throw new RequesterError(
      'WALLET',
      `the wallet signed another transaction than it was asked to, or not as ${publicKey}; nothing was sent. Choose that account and the network ${options.networkId} in it.`
    );
  return signed;
}
