import type { Command } from '../contracts/chain/command.ts';
import { type KeyPair, signCommand } from '../contracts/chain/sign.ts';

export { type Wallet, keyWallet };

/** Who pays fees and funds. */
interface Wallet {
  readonly publicKey: string;
  /**
   * Adds the fee payer's signature, and those of the same key's account updates, to a command that all
   * other keys have signed already. Does not send it.
   *
   * @returns the command signed. Fee, nonce, memo and last slot of the fee payer may have changed, as
   *   people may choose them in a wallet; everything else is compared and must be as it was
   */
  sign(
    command: Command,
    options: { readonly networkId: string; readonly signal?: AbortSignal }
  ): Promise<Command>;
}

/** Signs in this process. @throws ChainError `KEY` */
const keyWallet = ({ publicKey, privateKey }: KeyPair): Wallet => ({
  publicKey,
  sign: (command, { networkId }) =>
    Promise.resolve(signCommand({ command, signers: [publicKey] }, [privateKey], networkId)),
});
