import * as v from 'valibot';
import { PROTOCOL } from '../formats/protocol.ts';
import { type Block, BLOCK_FIELDS, BlockSchema, blockOf } from './block.ts';
import type { Command } from './command.ts';
import { ChainError } from './error.ts';
import type { Graphql, QueryOptions } from './graphql.ts';
import { base58, uint } from './schema.ts';

export { type CommandStatus, type UpdateFailure, findCommand, readNextNonce };

/** Where a signed command is. */
type CommandStatus =
  | { readonly kind: 'pending'; readonly hash: string }
  | {
      readonly kind: 'included';
      readonly hash: string;
      readonly block: Block;
      /** Blocks on top of it. */
      readonly depth: number;
      /** Empty where it took effect; otherwise only the fee was taken. */
      readonly failures: readonly UpdateFailure[];
    }
  /** In neither. `nonce` is what the fee payer's account has now. */
  | { readonly kind: 'absent'; readonly nonce: number };

interface UpdateFailure {
  /** 0 is the fee payer, i + 1 account update i. */
  readonly index: number;
  readonly reasons: readonly string[];
}

const RESULT = `hash
  failureReason { index failures }
  zkappCommand { feePayer { authorization } }`;

const POOL = `query Pool($publicKey: PublicKey!) {
  pooledZkappCommands(publicKey: $publicKey) { ${RESULT} }
  account(publicKey: $publicKey) { nonce inferredNonce }
}`;

const CHAIN = `query Commands($maxLength: Int!) {
  bestChain(maxLength: $maxLength) {
    ${BLOCK_FIELDS}
    transactions { zkappCommands { ${RESULT} } }
  }
}`;

const reason = v.pipe(v.string(), v.regex(/^[\x20-\x7e]{1,200}$/, 'expected a failure’s name'));
const ResultSchema = v.object({
  hash: base58,
  failureReason: v.nullable(
    v.array(v.nullable(v.object({ index: v.nullable(uint(32)), failures: v.array(reason) })))
  ),
  zkappCommand: v.object({ feePayer: v.object({ authorization: v.string() }) }),
});
type Result = v.InferOutput<typeof ResultSchema>;

const PoolSchema = v.object({
  pooledZkappCommands: v.array(ResultSchema),
  account: v.nullable(
    v.object({ nonce: v.nullable(uint(32)), inferredNonce: v.nullable(uint(32)) })
  ),
});
const ChainSchema = v.object({
  bestChain: v.nullable(
    v.array(
      v.object({
        ...BlockSchema.entries,
        transactions: v.object({ zkappCommands: v.array(ResultSchema) }),
      })
    )
  ),
});

/**
 * Finds a command by its fee payer's signature, which commits to all of it. So a command can be found
 * again by whoever has only journalled it, before any node has told its hash.
 *
 * @param lookback newest blocks to search, at most {@link PROTOCOL.finality}
 */
async function findCommand(
  node: Graphql,
  command: Command,
  { lookback = 20, signal }: QueryOptions & { readonly lookback?: number } = {}
): Promise<CommandStatus> {
  const { publicKey } = command.feePayer.body;
  const isOurs = ({ zkappCommand }: Result): boolean =>
    zkappCommand.feePayer.authorization === command.feePayer.authorization;
  // The pool first: what leaves it for a block between the two answers is then found in the block.
  const pool = await node.query(POOL, { publicKey }, PoolSchema, { signal });
  const maxLength = Math.min(lookback, PROTOCOL.finality);
  const { bestChain } = await node.query(CHAIN, { maxLength }, ChainSchema, { signal });
  if (bestChain === null)
    throw new ChainError('NOT_SYNCED', 'the node has no chain yet; wait until it has caught up');

  const tip = Math.max(...bestChain.map((entry) => blockOf(entry).height));
  for (const entry of bestChain) {
    const found = entry.transactions.zkappCommands.find(isOurs);
    if (found === undefined) continue;
    const block = blockOf(entry);
    const failures = failuresOf(found);
    return { kind: 'included', hash: found.hash, block, depth: tip - block.height, failures };
  }
  const waiting = pool.pooledZkappCommands.find(isOurs);
  if (waiting !== undefined) return { kind: 'pending', hash: waiting.hash };
  return { kind: 'absent', nonce: Number(pool.account?.nonce ?? 0n) };
}

/** The nonce for a fee payer's next command: after those that wait in the node's pool. */
async function readNextNonce(
  node: Graphql,
  publicKey: string,
  { signal }: QueryOptions = {}
): Promise<number> {
  const { account } = await node.query(POOL, { publicKey }, PoolSchema, { signal });
  if (account === null)
    throw new ChainError('UNFUNDED', `${publicKey} has no account yet; send MINA to it first`);
  return Number(account.inferredNonce ?? account.nonce ?? 0n);
}

const failuresOf = ({ failureReason }: Result): readonly UpdateFailure[] =>
  (failureReason ?? []).flatMap((entry) =>
    entry === null || entry.failures.length === 0
      ? []
      : [{ index: Number(entry.index ?? 0n), reasons: entry.failures }]
  );
