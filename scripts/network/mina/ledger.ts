import { Mina, PublicKey, TokenId, Types, UInt32, UInt64 } from 'o1js';
import { type Genesis, keyPairs } from './genesis.ts';

export { Ledger, failuresByUpdate };
export type { AccountJson, AccountId, Outcome, ProtocolView };

type AccountJson = Types.Json.Account;

interface AccountId {
  readonly publicKey: string;
  readonly tokenId: string;
}

/** What commands of a block see of the chain: the parent's height, their own block's slot. */
interface ProtocolView {
  readonly parentHeight: number;
  readonly slot: number;
}

/**
 * `applied`: everything took effect. `failed`: only the fee and the fee payer's nonce did; failures
 * stand per account update, the fee payer's first. `dropped`: nothing did, not even the fee could
 * be taken.
 */
type Outcome =
  | { readonly kind: 'applied' }
  | { readonly kind: 'failed'; readonly failures: string[][] }
  | { readonly kind: 'dropped'; readonly reason: string };

/**
 * Accounts and the protocol's own transaction logic (Mina's OCaml, as o1js ships it), reached through
 * `LocalBlockchain`. Of that we use only the ledger: its `sendTransaction` keeps events of rejected
 * transactions and does not check updates of accounts that don't exist yet. Proofs are not
 * checked here: `verification.ts` does that before a command comes this far.
 */
class Ledger {
  private constructor(private readonly local: Mina.LocalBlockchain) {}

  static async create(genesis: Genesis): Promise<Ledger> {
    const local = await Mina.LocalBlockchain({ proofsEnabled: false });
    for (const { publicKey } of keyPairs(genesis))
      local.addAccount(PublicKey.fromBase58(publicKey), genesis.balance);
    local.setTotalCurrency(UInt64.from(BigInt(genesis.balance) * BigInt(genesis.accounts)));
    return new Ledger(local);
  }

  account({ publicKey, tokenId }: AccountId): AccountJson | undefined {
    const key = PublicKey.fromBase58(publicKey);
    const token = TokenId.fromBase58(tokenId);
    if (!this.local.hasAccount(key, token)) return undefined;
    return Types.Account.toJSON(this.local.getAccount(key, token));
  }

  /** The values that network preconditions are compared with. */
  networkState(): ReturnType<Mina.LocalBlockchain['getNetworkState']> {
    return this.local.getNetworkState();
  }

  /** Checks all signatures, then applies. Takes about 10 ms and 5 ms a signature. */
  apply(json: string, { parentHeight, slot }: ProtocolView): Outcome {
    this.local.setBlockchainLength(UInt32.from(parentHeight));
    this.local.setGlobalSlot(UInt32.from(slot));
    try {
      this.local.applyJsonTransaction(json);
      return { kind: 'applied' };
    } catch (error) {
      const reason = ocamlMessage(error);
      const failures = failuresByUpdate(reason);
      return failures ? { kind: 'failed', failures } : { kind: 'dropped', reason };
    }
  }
}

/** A failed command's status is thrown as JSON: a list of failures an update, each in a list of its own. */
function failuresByUpdate(message: string): string[][] | undefined {
  try {
    const parsed = JSON.parse(message) as unknown;
    if (!Array.isArray(parsed)) return undefined;
    return parsed.map((failures) => (failures as (string | number)[][]).map(failureName));
  } catch {
    return undefined;
  }
}

/** As a node's GraphQL spells it; of all failures only the app state's has an argument, its index. */
function failureName([name, argument]: (string | number)[]): string {
  if (argument === undefined) return String(name);
  return String(name).replace('app_state', `app_state_${argument}`);
}

/** Exceptions of js_of_ocaml are nested arrays whose strings are objects with the text in `c`. */
function ocamlMessage(error: unknown): string {
  if (error instanceof Error) return error.message;
  const texts: string[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null && 'c' in value)
      texts.push(String(value.c));
    else if (typeof value === 'string') texts.push(value);
  };
  visit(error);
  return texts.join(' ') || 'unknown failure';
}
