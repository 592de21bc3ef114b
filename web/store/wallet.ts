import { type Accessor, createSignal } from 'solid-js';
import type { Graphql } from '../../contracts/chain/graphql.ts';
import type { Wallet } from '../../requester/wallet.ts';
import {
  askAccount,
  knownAccount,
  providerWallet,
  readNetwork,
  switchNetwork,
} from '../wallet/auro.ts';
import { WalletError, type WalletProblem, fromProvider } from '../wallet/errors.ts';
import type { SigningPrompt } from '../wallet/prompt.ts';
import type { Provider } from '../wallet/provider.ts';
import type { WalletKind } from './settings.ts';

export { type WalletStore, type WalletStatus, type WalletOptions, createWalletStore };

type WalletStatus =
  | 'absent' // no wallet in this browser
  | 'disconnected'
  | 'connecting' // the wallet asks its owner
  | 'connected'
  | 'wrong-network'; // connected, but to another network than the node's

interface WalletStore {
  /** Which wallets there are; may grow as extensions announce themselves. */
  readonly available: Accessor<readonly WalletKind[]>;
  readonly kind: Accessor<WalletKind | undefined>;
  readonly status: Accessor<WalletStatus>;
  readonly address: Accessor<string | undefined>;
  /** Nanomina as the node has it; `undefined` while unknown. */
  readonly balance: Accessor<bigint | undefined>;
  /** What went wrong last, in words; goes away with the next try. */
  readonly problem: Accessor<WalletProblem | undefined>;
  /** What the development wallet asks its owner just now; see `web/wallet/confirm.tsx`. */
  readonly prompt: Accessor<SigningPrompt | undefined>;
  /** Asks for an account; a rejection ends up in `problem`. */
  connect(kind?: WalletKind): Promise<void>;
  disconnect(): Promise<void>;
  /** Asks the wallet to go over to the node's network. */
  switchNetwork(): Promise<void>;
  /** Reads the balance again. */
  refresh(): Promise<void>;
  /** What pays. @throws WalletError where none is connected to the node's network */
  readonly signer: () => Wallet;
}

interface WalletOptions {
  /** The node's network; `undefined` while it is not known. */
  readonly networkId: () => string | undefined;
  readonly node: () => Graphql | undefined;
  /** Which wallet was connected last; remembered for the next time. */
  readonly remember: (kind: WalletKind | null) => Promise<void>;
  readonly prompt: Accessor<SigningPrompt | undefined>;
}

/** A wallet store, and the side by which providers come and networks change. */
interface WalletStoreControl extends WalletStore {
  /** A wallet is there, or (`undefined`) no longer is. */
  offer(kind: WalletKind, provider: Provider | undefined): void;
  /** Takes up the connection of an earlier visit, without asking anybody. */
  reconnect(kind: WalletKind): Promise<void>;
  /** The node's network may have changed. */
  recheck(): Promise<void>;
}

const memoOf = async (memo: string): Promise<string> =>
  (await import('../../contracts/chain/base58check.ts')).decodeMemo(memo);

function createWalletStore(options: WalletOptions): WalletStoreControl {
  const [providers, setProviders] = createSignal<ReadonlyMap<WalletKind, Provider>>(new Map());
  const [kind, setKind] = createSignal<WalletKind>();
  const [address, setAddress] = createSignal<string>();
  const [network, setNetwork] = createSignal<string>();
  const [balance, setBalance] = createSignal<bigint>();
  const [isConnecting, setConnecting] = createSignal(false);
  const [problem, setProblem] = createSignal<WalletProblem>();

  const provider = (): Provider | undefined => providers().get(kind()!);
  const available = (): readonly WalletKind[] => [...providers().keys()];
  const status = (): WalletStatus => {
    if (isConnecting()) return 'connecting';
    if (address() !== undefined) {
      const wanted = options.networkId();
      return wanted === undefined || network() === undefined || wanted === network()
        ? 'connected'
        : 'wrong-network';
    }
    return providers().size === 0 ? 'absent' : 'disconnected';
  };
  const report = (error: unknown): void => {
    const { code, message } = fromProvider(error);
    setProblem({ code, message });
  };

  async function refresh(): Promise<void> {
    const [node, own] = [options.node(), address()];
    if (node === undefined || own === undefined) {
      setBalance(undefined);
      return;
    }
    const { readAccount } = await import('../../contracts/chain/account.ts');
    const account = await readAccount(node, own).catch(() => undefined);
    // Nobody wants the balance of the account that was left meanwhile.
    if (account !== undefined && own === address()) setBalance(account?.balance ?? 0n);
  }

  async function recheck(): Promise<void> {
    const now = provider();
    if (now === undefined || address() === undefined) return;
    setNetwork(await readNetwork(now).catch(() => undefined));
    await refresh();
  }

  const onAccounts = (accounts: unknown): void => {
    const [account] = Array.isArray(accounts) ? (accounts as unknown[]) : [];
    // Only while connected: an answer to `requestAccounts` is heard as an event, too.
    if (isConnecting() || address() === undefined) return;
    if (typeof account === 'string') {
      setAddress(account);
      setBalance(undefined);
      void recheck();
    } else void disconnect();
  };
  const onChain = (): void => void recheck();

  function use(next: WalletKind | undefined): void {
    const before = provider();
    before?.removeListener('accountsChanged', onAccounts);
    before?.removeListener('chainChanged', onChain);
    setKind(next);
    provider()?.on('accountsChanged', onAccounts);
    provider()?.on('chainChanged', onChain);
  }

  async function enter(
    next: WalletKind,
    ask: (provider: Provider) => Promise<string | undefined>
  ): Promise<void> {
    setProblem(undefined);
    use(next);
    const chosen = provider();
    if (chosen === undefined) throw fromProvider({ code: 20001 });
    setConnecting(true);
    try {
      const account = await ask(chosen);
      setAddress(account);
      if (account !== undefined) await recheck();
    } finally {
      setConnecting(false);
    }
  }

  async function disconnect(): Promise<void> {
    use(undefined);
    setAddress(undefined);
    setBalance(undefined);
    setNetwork(undefined);
    await options.remember(null);
  }

  return {
    ...{ available, kind, status, address, balance, problem, disconnect, refresh, recheck },
    prompt: options.prompt,
    async connect(wanted = available()[0]) {
      try {
        if (wanted === undefined)
          throw new WalletError(
            'NO_WALLET',
            'There is no wallet in this browser; install Auro and reload this page.'
          );
        await enter(wanted, askAccount);
        await options.remember(wanted);
      } catch (error) {
        report(error);
      }
    },
    async reconnect(wanted) {
      if (address() !== undefined || !providers().has(wanted)) return;
      // A wallet that is locked or was left is no error: somebody connects again.
      await enter(wanted, knownAccount).catch(() => undefined);
    },
    async switchNetwork() {
      setProblem(undefined);
      const [now, wanted] = [provider(), options.networkId()];
      try {
        if (now === undefined || wanted === undefined) throw fromProvider({ code: 1001 });
        await switchNetwork(now, wanted);
        await recheck();
      } catch (error) {
        report(error);
      }
    },
    offer(which, offered) {
      const isOurs = kind() === which;
      if (isOurs) use(undefined);
      const next = new Map(providers());
      if (offered === undefined) next.delete(which);
      else next.set(which, offered);
      setProviders(next);
      if (!isOurs) return;
      if (offered === undefined) void disconnect();
      else use(which);
    },
    signer() {
      const [now, own] = [provider(), address()];
      if (now === undefined || own === undefined)
        throw new WalletError('NOT_CONNECTED', 'No wallet is connected; connect one first.');
      if (status() === 'wrong-network')
        throw new WalletError(
          'WRONG_NETWORK',
          `The wallet is on ${network()!}, this page on ${options.networkId()!}; change the network in one of them.`
        );
      return providerWallet(now, own, memoOf);
    },
  };
}
