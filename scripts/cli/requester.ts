import { parseMina } from '../../contracts/formats/amount.ts';
import type { KeyPair } from '../../contracts/chain/sign.ts';
import { type Prover, spawnProver } from '../../oracle/prove/prover.ts';
import { Sender } from '../provider/sender.ts';
import type { Progress } from '../../requester/requester.ts';
import { type Wallet, keyWallet } from '../../requester/wallet.ts';
import { type LocalRequester, openRequester } from '../requester/open-requester.ts';
import type { Cli } from './command.ts';
import { CliError } from './error.ts';
import { readKeyFile } from './key-file.ts';

export { requesterOf, walletOf, keysOf, withSender, progressOf, amountOf, countOf, slotOf };

/** The requester's side as the settings describe it. @throws CliError `SETTINGS`, ChainError */
function requesterOf({ settings, signal }: Cli): Promise<LocalRequester> {
  const { node, gateway, upload, uploadToken, home } = settings;
  if (node === undefined)
    throw new CliError('SETTINGS', 'No Mina node is known; name one with --node.');
  if (gateway === undefined)
    throw new CliError('SETTINGS', 'No IPFS gateway is known; name one with --gateway.');
  return openRequester(
    {
      node,
      gateways: [gateway],
      home,
      ...(upload === undefined ? {} : { upload }),
      ...(uploadToken === undefined ? {} : { uploadToken }),
    },
    { signal }
  );
}

/** @throws CliError `SETTINGS`, `KEY_FILE` */
const walletOf = (cli: Cli): Wallet => keyWallet(keysOf(cli));

/** The wallet's keys, for a sender that proves. @throws CliError `SETTINGS`, `KEY_FILE` */
function keysOf({ settings }: Cli): KeyPair {
  if (settings.wallet === undefined)
    throw new CliError(
      'SETTINGS',
      'No wallet is known; name the key file that pays with --wallet.'
    );
  return readKeyFile(settings.wallet, 'mina');
}

/** Runs what needs a proof, and ends the prover's process whatever comes of it. */
async function withSender<T>(
  { node, nodeUrl, networkId, interval }: LocalRequester,
  wallet: KeyPair,
  { proofs }: { readonly proofs: boolean },
  work: (sender: Sender) => Promise<T>
): Promise<T> {
  const prover: Prover = spawnProver({ proofsEnabled: proofs });
  try {
    return await work(new Sender({ node, nodeUrl, networkId, wallet, prover, interval }));
  } finally {
    await prover.stop();
  }
}

const progressOf = ({ output, signal }: Cli) => ({
  signal,
  onProgress: ({ words }: Progress) => output.progress(words),
});

/** Nanomina. @throws CliError `USAGE` */
function amountOf(option: string, text: string | undefined): bigint {
  if (text === undefined)
    throw new CliError('USAGE', `How much? Say it with ${option}, such as ${option} 1.5 (MINA).`);
  return parseMina(text);
}

/** @throws CliError `USAGE` */
function countOf(option: string, text: string, most: number): number {
  const count = Number(text);
  if (!/^[0-9]{1,10}$/.test(text) || count < 1 || count > most)
    throw new CliError(
      'USAGE',
      `${option} ${JSON.stringify(text)} is not a number from 1 to ${most}.`
    );
  return count;
}

/** @throws CliError `USAGE` */
const slotOf = (option: string, text: string): number => countOf(option, text, 2 ** 32 - 1);
