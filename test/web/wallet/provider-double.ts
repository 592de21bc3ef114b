import type { SendTransactionArgs } from '@aurowallet/mina-provider';
import type { Command } from '../../../contracts/chain/command.ts';
import { decodeMemo, encodeMemo } from '../../../contracts/chain/base58check.ts';
import { type KeyPair, signCommand } from '../../../contracts/chain/sign.ts';
import type { Provider } from '../../../web/wallet/provider.ts';

export { type Double, auroDouble };

type Method =
  'requestAccounts' | 'getAccounts' | 'requestNetwork' | 'switchChain' | 'sendTransaction';

/** Auro as its documentation and source describe it, with every answer open to change. */
interface Double extends Provider {
  readonly isAuro: true;
  accounts: string[];
  networkID: string;
  /** Answers next time, once, by throwing (as the extension does) or in place of the result. */
  fail(method: Method, code: number, how?: 'thrown' | 'returned'): void;
  /** What it was last asked to sign. */
  asked: SendTransactionArgs | undefined;
  /** A fee in MINA that its owner chooses instead. */
  chosenFee: number | undefined;
  emit(event: string, value: unknown): void;
}

function auroDouble(keys: KeyPair): Double {
  const failures = new Map<Method, { readonly code: number; readonly how: string }>();
  const listeners = new Map<string, Set<(value: never) => void>>();
  let isConnected = false;
  const answer = <T>(method: Method, result: () => T): Promise<T> => {
    const failure = failures.get(method);
    if (failure === undefined) return Promise.resolve().then(result);
    failures.delete(method);
    const error = { code: failure.code, message: `message ${failure.code}` };
    return failure.how === 'thrown'
      ? // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as the extension does
        Promise.reject(error)
      : Promise.resolve(error as unknown as T);
  };
  const double: Double = {
    isAuro: true,
    accounts: [keys.publicKey],
    networkID: 'mina:testnet',
    asked: undefined,
    chosenFee: undefined,
    fail: (method, code, how = 'thrown') => void failures.set(method, { code, how }),
    emit(event, value) {
      for (const listener of listeners.get(event) ?? []) listener(value as never);
    },
    requestAccounts: () =>
      answer('requestAccounts', () => {
        isConnected = true;
        return double.accounts;
      }),
    getAccounts: () => answer('getAccounts', () => (isConnected ? double.accounts : [])),
    requestNetwork: () => answer('requestNetwork', () => ({ networkID: double.networkID })),
    switchChain: ({ networkID }) =>
      answer('switchChain', () => {
        double.networkID = networkID;
        double.emit('chainChanged', { networkID });
        return { networkID };
      }),
    sendTransaction: (args) =>
      answer('sendTransaction', () => {
        double.asked = args;
        return { signedData: JSON.stringify({ zkappCommand: signedBy(keys, double, args) }) };
      }),
    on(event, listener) {
      if (!listeners.has(event)) listeners.set(event, new Set());
      listeners.get(event)!.add(listener);
      return double as never;
    },
    removeListener(event, listener) {
      listeners.get(event)?.delete(listener);
      return double as never;
    },
  };
  return double;
}

/** As `signTransaction` of the extension: fee and memo from its own window, in MINA and as text. */
function signedBy(keys: KeyPair, double: Double, args: SendTransactionArgs): Command {
  const given = JSON.parse(args.transaction as string) as Command;
  decodeMemo(given.memo);
  const fee = String(Math.round((double.chosenFee ?? args.feePayer!.fee!) * 1e9));
  const nonce = String(args.nonce ?? given.feePayer.body.nonce);
  const body = { ...given.feePayer.body, fee, nonce };
  const command = {
    ...given,
    feePayer: { ...given.feePayer, body },
    memo: encodeMemo(args.feePayer?.memo ?? ''),
  };
  return signCommand({ command, signers: [keys.publicKey] }, [keys.privateKey], double.networkID);
}
