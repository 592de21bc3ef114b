import type {
  AccountsChangedListener,
  ChainChangedListener,
  SendTransactionArgs,
} from '@aurowallet/mina-provider';
import * as v from 'valibot';
import type { Command } from '../../contracts/chain/command.ts';
import { fetchWhole } from '../../contracts/chain/fetch.ts';
import type { KeyPair } from '../../contracts/chain/sign.ts';
import type { SigningPrompt } from './prompt.ts';
import type { Provider } from './provider.ts';

export { type DevelopmentOptions, createDevelopmentProvider, acquireAccount };

interface DevelopmentOptions {
  /** REST address of the embedded network's account manager. */
  readonly accountManager: string;
  readonly networkId: () => Promise<string>;
  /** Where the account is kept, so that a reload has the same one. */
  readonly load: () => Promise<unknown>;
  readonly save: (account: { readonly pk: string; readonly sk: string }) => Promise<void>;
  /** Shows a question to the page's owner, or takes it away. */
  readonly ask: (prompt: SigningPrompt | undefined) => void;
}

const Account = v.object({
  pk: v.pipe(v.string(), v.regex(/^B62[1-9A-HJ-NP-Za-km-z]{52}$/)),
  sk: v.pipe(v.string(), v.regex(/^EK[1-9A-HJ-NP-Za-km-z]{50}$/)),
});
const AccountText = v.pipe(v.string(), v.parseJson(), Account);
const BOUNDS = { milliseconds: 10_000, maxBytes: 2 ** 16 };

/** A documented provider error. */
const failure = (code: number, message: string): Error =>
  Object.assign(new Error(message), { code });

/**
 * A wallet for the embedded network only: its accounts are test accounts whose keys anybody can ask
 * for. Speaks Auro's interface, so that what is tried with it is what happens with Auro.
 */
function createDevelopmentProvider(options: DevelopmentOptions): Provider {
  const { ask } = options;
  const listeners = {
    accountsChanged: new Set<AccountsChangedListener>(),
    chainChanged: new Set<ChainChangedListener>(),
    networkChanged: new Set<(network: string) => void>(),
  };
  let connected: KeyPair | undefined;
  let isAsking = false;

  const signer = () => import('../../contracts/chain/sign.ts');

  async function account(): Promise<KeyPair> {
    const kept = v.safeParse(Account, await options.load());
    const { pk, sk } = kept.success
      ? kept.output
      : await acquireAccount(options.accountManager).then(async (fresh) => {
          await options.save(fresh);
          return fresh;
        });
    const { publicKeyOf } = await signer();
    if (publicKeyOf(sk) !== pk) throw failure(21001, 'Transaction error.');
    return { publicKey: pk, privateKey: sk };
  }

  /** One question at a time, as Auro has it. */
  async function confirmed(
    make: (answers: Pick<SigningPrompt, 'approve' | 'reject'>) => SigningPrompt
  ): Promise<void> {
    if (isAsking) throw failure(20005, 'Request already pending. Please wait.');
    isAsking = true;
    try {
      await new Promise<void>((approve, refuse) => {
        const reject = (): void => refuse(failure(1002, 'User rejected the request.'));
        ask(make({ approve, reject }));
      });
    } finally {
      isAsking = false;
      ask(undefined);
    }
  }

  async function sign({ transaction, onlySign, nonce, feePayer }: SendTransactionArgs) {
    if (connected === undefined) throw failure(1001, 'User disconnect, please connect first.');
    if (onlySign !== true) throw failure(20006, 'Method not supported.');
    const { publicKey, privateKey } = connected;
    const { signCommand, encodeMemo } = {
      ...(await signer()),
      ...(await import('../../contracts/chain/base58check.ts')),
    };
    let command: Command;
    try {
      const given = (
        typeof transaction === 'string' ? JSON.parse(transaction) : transaction
      ) as Command;
      const body = {
        ...given.feePayer.body,
        publicKey,
        ...(nonce === undefined ? {} : { nonce: String(nonce) }),
        ...(feePayer?.fee === undefined ? {} : { fee: String(Math.round(feePayer.fee * 1e9)) }),
      };
      command = {
        ...given,
        feePayer: { ...given.feePayer, body },
        memo: encodeMemo(feePayer?.memo ?? ''),
      };
    } catch {
      throw failure(20003, 'Invalid method parameter(s).');
    }
    const fee = BigInt(command.feePayer.body.fee);
    const total = fee + lossOf(publicKey, command);
    await confirmed((answers) => ({
      ...answers,
      kind: 'sign',
      address: publicKey,
      command,
      fee,
      total,
      memo: feePayer?.memo ?? '',
    }));
    const networkId = await options.networkId();
    const signed = signCommand({ command, signers: [publicKey] }, [privateKey], networkId);
    const { fee: paid, nonce: used, validUntil } = signed.feePayer.body;
    return {
      signedData: JSON.stringify({
        zkappCommand: signed,
        feePayer: {
          ...{ feePayer: publicKey, fee: paid, nonce: used, validUntil },
          memo: feePayer?.memo ?? '',
        },
      }),
    };
  }

  const provider: Provider = {
    async requestAccounts() {
      const own = await account();
      if (connected === undefined)
        await confirmed((answers) => ({ ...answers, kind: 'connect', address: own.publicKey }));
      connected = own;
      for (const listener of listeners.accountsChanged) listener([own.publicKey]);
      return [own.publicKey];
    },
    async getAccounts() {
      // Connected once is connected after a reload, until the page forgets the account.
      if (connected === undefined && v.is(Account, await options.load()))
        connected = await account();
      return connected === undefined ? [] : [connected.publicKey];
    },
    requestNetwork: async () => ({ networkID: await options.networkId() }),
    async switchChain({ networkID }) {
      if (networkID !== (await options.networkId())) throw failure(20004, 'Not support chain.');
      return { networkID };
    },
    sendTransaction: sign,
    on(event, listener) {
      (listeners[event] as Set<typeof listener>).add(listener);
      return provider as never;
    },
    removeListener(event, listener) {
      (listeners[event] as Set<typeof listener>).delete(listener);
      return provider as never;
    },
  };
  return provider;
}

/** Nanomina that a command takes from an account, the fee aside. */
const lossOf = (publicKey: string, { accountUpdates }: Command): bigint =>
  accountUpdates
    .filter(({ body }) => body.publicKey === publicKey)
    .reduce(
      (sum, { body: { balanceChange } }) =>
        sum + (balanceChange.sgn === 'Negative' ? 1n : -1n) * BigInt(balanceChange.magnitude),
      0n
    );

/** A funded test account of lightnet's account manager, or of the embedded network's. */
async function acquireAccount(
  accountManager: string
): Promise<{ readonly pk: string; readonly sk: string }> {
  const base = accountManager.endsWith('/') ? accountManager : `${accountManager}/`;
  const url = new URL('acquire-account?isRegularAccount=true', base);
  const answer = await fetchWhole(url, {}, BOUNDS).catch(() => undefined);
  const account = v.safeParse(AccountText, new TextDecoder().decode(answer?.bytes));
  if (!account.success) throw failure(20001, 'Please create or restore wallet first.');
  return account.output;
}
