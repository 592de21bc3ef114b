import * as v from 'valibot';
import type { Command } from '../../contracts/chain/command.ts';
import { isKey } from '../../contracts/formats/key.ts';
import type { Wallet } from '../../requester/wallet.ts';
import { WalletError, fromProvider } from './errors.ts';
import type { Provider } from './provider.ts';

export { askAccount, knownAccount, readNetwork, switchNetwork, providerWallet };

const Accounts = v.pipe(v.array(v.pipe(v.string(), v.check(isKey))), v.maxLength(1_000));
const Network = v.object({ networkID: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,64}$/)) });
const Signed = v.object({ signedData: v.pipe(v.string(), v.maxLength(2 ** 20)) });

/** `signedData` is the JSON of mina-signer's `signZkappCommand().data`. */
const SignedData = v.object({
  zkappCommand: v.pipe(
    v.looseObject({
      feePayer: v.looseObject({
        body: v.looseObject({ publicKey: v.string() }),
        authorization: v.string(),
      }),
      accountUpdates: v.array(v.looseObject({})),
      memo: v.string(),
    }),
    v.transform((command) => command as unknown as Command)
  ),
});

/**
 * Providers throw their errors, or hand them out in place of a result (the documentation shows both).
 *
 * @throws WalletError
 */
async function answer<const S extends v.GenericSchema>(
  schema: S,
  ask: () => Promise<unknown>
): Promise<v.InferOutput<S>> {
  let result: unknown;
  try {
    result = await ask();
  } catch (error) {
    throw fromProvider(error);
  }
  const parsed = v.safeParse(schema, result);
  if (parsed.success) return parsed.output;
  if (typeof result === 'object' && result !== null && 'code' in result) throw fromProvider(result);
  throw new WalletError(
    'MALFORMED',
    'The wallet gave an answer that this page does not understand; update the wallet and try again.'
  );
}

/** Asks its owner. @throws WalletError */
async function askAccount(provider: Provider): Promise<string> {
  const [account] = await answer(Accounts, () => provider.requestAccounts());
  if (account === undefined) throw fromProvider({ code: 20001 });
  return account;
}

/** Without asking anybody; `undefined` where the page is not connected. @throws WalletError */
const knownAccount = async (provider: Provider): Promise<string | undefined> =>
  (await answer(Accounts, () => provider.getAccounts()))[0];

/** Id of the network that the wallet is set to, such as `mina:testnet`. @throws WalletError */
const readNetwork = async (provider: Provider): Promise<string> =>
  (await answer(Network, () => provider.requestNetwork())).networkID;

/** @throws WalletError `UNSUPPORTED_CHAIN` where the wallet does not know it, `REJECTED`, … */
async function switchNetwork(provider: Provider, networkId: string): Promise<void> {
  const { networkID } = await answer(Network, () => provider.switchChain({ networkID: networkId }));
  if (networkID !== networkId) throw wrongNetwork(networkID, networkId);
}

const wrongNetwork = (is: string, wanted: string): WalletError =>
  new WalletError(
    'WRONG_NETWORK',
    `The wallet is on ${is}, this page on ${wanted}; change the network in one of them.`
  );

/** Nanomina in MINA as a JavaScript number: exact below 9 million MINA, and a fee is far below. */
const inMina = (nanomina: string): number => Number(nanomina) / 1e9;

/**
 * Signs through a provider and never has it broadcast: the same command is sent again after a crash,
 * and through the node that this page reads from.
 *
 * @param memoOf decodes a command's memo; Auro takes it as text and clears what it is not told
 */
const providerWallet = (
  provider: Provider,
  publicKey: string,
  memoOf: (memo: string) => Promise<string>
): Wallet => ({
  publicKey,
  async sign(command, { networkId, signal }) {
    const network = await readNetwork(provider);
    if (network !== networkId) throw wrongNetwork(network, networkId);
    const account = await knownAccount(provider);
    if (account === undefined) throw fromProvider({ code: 1001 });
    if (account !== publicKey)
      throw new WalletError(
        'WRONG_ACCOUNT',
        `The wallet has gone over to the account ${account}; go back to ${publicKey} or connect again.`
      );
    const { fee, nonce } = command.feePayer.body;
    const memo = await memoOf(command.memo);
    signal?.throwIfAborted();
    const { signedData } = await answer(Signed, () =>
      provider.sendTransaction({
        onlySign: true,
        transaction: JSON.stringify(command),
        nonce: Number(nonce),
        feePayer: { fee: inMina(fee), memo },
      })
    );
    signal?.throwIfAborted();
    return parseSigned(signedData);
  },
});

/** What of it may be used is for `signWith` to say. @throws WalletError `MALFORMED` */
function parseSigned(signedData: string): Command {
  try {
    return v.parse(SignedData, JSON.parse(signedData)).zkappCommand;
  } catch (cause) {
    throw new WalletError(
      'MALFORMED',
      'The wallet gave back no signed transaction; nothing was sent. Update the wallet and try again.',
      { cause }
    );
  }
}
