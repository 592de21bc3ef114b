import type { Accessor } from 'solid-js';
import type { Wallet } from '../../requester/wallet.ts';
import type { SigningPrompt } from '../wallet/prompt.ts';
import type { WalletProblem } from '../wallet/errors.ts';
import type { WalletKind } from './settings.ts';

export { type WalletStore, type WalletStatus };

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
  signer(): Wallet;
}
