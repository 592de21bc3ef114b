import * as v from 'valibot';
import { PROTOCOL } from '../formats/protocol.ts';
import type { Permissions } from '../formats/permissions.ts';
import { parseKey } from '../formats/key.ts';
import { MINA_TOKEN } from '../formats/terms.ts';
import { decodeTokenId, encodeTokenId } from './base58check.ts';
import { ChainError } from './error.ts';
import type { Graphql, QueryOptions } from './graphql.ts';
import { authorization, field, publicKey, uint } from './schema.ts';

export { type Account, type Timing, readAccount };

/** An account as the node's best tip has it. */
interface Account {
  readonly address: string;
  readonly token: bigint;
  /** Nanomina, or the token's smallest unit. */
  readonly balance: bigint;
  readonly nonce: number;
  /** Eight field elements; null where the account is no zkApp. */
  readonly state: readonly bigint[] | null;
  readonly verificationKey: { readonly hash: bigint } | null;
  readonly permissions: Permissions;
  /** Whether one proof set all of the state. */
  readonly provedState: boolean;
  /** Newest first; null where the account is no zkApp. */
  readonly actionStates: readonly bigint[] | null;
  /** What is locked and until when; null for nothing. */
  readonly timing: Timing | null;
  readonly delegate: string | null;
  readonly tokenSymbol: string;
  readonly zkappUri: string | null;
}

/** Vesting: amounts in nanomina, times in slots since genesis. */
interface Timing {
  readonly initialMinimumBalance: bigint;
  readonly cliffTime: bigint;
  readonly cliffAmount: bigint;
  readonly vestingPeriod: bigint;
  readonly vestingIncrement: bigint;
}

const DOCUMENT = `query Account($publicKey: PublicKey!, $token: TokenId!) {
  account(publicKey: $publicKey, token: $token) {
    publicKey
    token
    nonce
    balance { total }
    tokenSymbol
    timing { initialMinimumBalance cliffTime cliffAmount vestingPeriod vestingIncrement }
    permissions {
      editState access send receive setDelegate setPermissions
      setVerificationKey { auth txnVersion }
      setZkappUri editActionState setTokenSymbol incrementNonce setVotingFor setTiming
    }
    delegateAccount { publicKey }
    zkappState
    verificationKey { hash }
    actionState
    provedState
    zkappUri
  }
}`;

const fields = (length: number) => v.nullable(v.pipe(v.array(field), v.length(length)));

const AccountSchema = v.object({
  publicKey,
  token: v.pipe(v.string(), v.maxLength(64)),
  nonce: v.nullable(uint(32)),
  balance: v.object({ total: uint(64) }),
  tokenSymbol: v.nullable(v.pipe(v.string(), v.maxLength(64))),
  timing: v.nullable(
    v.object({
      initialMinimumBalance: v.nullable(uint(64)),
      cliffTime: v.nullable(uint(32)),
      cliffAmount: v.nullable(uint(64)),
      vestingPeriod: v.nullable(uint(32)),
      vestingIncrement: v.nullable(uint(64)),
    })
  ),
  permissions: v.object({
    editState: authorization,
    access: authorization,
    send: authorization,
    receive: authorization,
    setDelegate: authorization,
    setPermissions: authorization,
    setVerificationKey: v.object({
      auth: authorization,
      txnVersion: v.pipe(uint(32), v.transform(String)),
    }),
    setZkappUri: authorization,
    editActionState: authorization,
    setTokenSymbol: authorization,
    incrementNonce: authorization,
    setVotingFor: authorization,
    setTiming: authorization,
  }),
  delegateAccount: v.nullable(v.object({ publicKey })),
  zkappState: fields(PROTOCOL.stateFields),
  verificationKey: v.nullable(v.object({ hash: field })),
  actionState: fields(PROTOCOL.actionStates),
  provedState: v.nullable(v.boolean()),
  zkappUri: v.nullable(v.pipe(v.string(), v.maxLength(4096))),
});

/**
 * @param address base58
 * @param token id; the native token unless given
 * @returns null where the ledger has no such account
 * @throws ChainError
 */
async function readAccount(
  node: Graphql,
  address: string,
  { token = MINA_TOKEN, signal }: QueryOptions & { readonly token?: bigint } = {}
): Promise<Account | null> {
  parseKey(address);
  const variables = { publicKey: address, token: encodeTokenId(token) };
  const schema = v.object({ account: v.nullable(AccountSchema) });
  const { account } = await node.query(DOCUMENT, variables, schema, { signal });
  if (account === null) return null;
  if (account.publicKey !== address || decodeTokenId(account.token) !== token)
    throw new ChainError(
      'MALFORMED',
      `asked for account ${address}, the node sent ${account.publicKey}; use another node`
    );
  return {
    address,
    token,
    balance: account.balance.total,
    nonce: Number(account.nonce ?? 0n),
    state: account.zkappState,
    verificationKey: account.verificationKey,
    permissions: account.permissions,
    provedState: account.provedState ?? false,
    actionStates: account.actionState,
    timing: parseTiming(account.timing),
    delegate: account.delegateAccount?.publicKey ?? null,
    tokenSymbol: account.tokenSymbol ?? '',
    zkappUri: account.zkappUri,
  };
}

/** Nodes write "no vesting" as an object of nulls. */
function parseTiming(timing: v.InferOutput<typeof AccountSchema>['timing']): Timing | null {
  const values = Object.values(timing ?? {});
  if (timing === null || values.every((value) => value === null)) return null;
  if (values.some((value) => value === null))
    throw new ChainError('MALFORMED', 'the account has half a vesting schedule; use another node');
  return timing as Timing;
}
