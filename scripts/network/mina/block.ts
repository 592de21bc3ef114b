import { sha256 } from '@noble/hashes/sha2.js';
import { fieldToBase58 } from './base58.ts';
import type { UpdateJson } from './command.ts';

export { createBlock, GENESIS_PARENT };
export type { Block, IncludedCommand, NumberedUpdate };

/** An account update with its number in the whole chain, as the archive's database gives one. */
interface NumberedUpdate {
  readonly id: number;
  readonly body: UpdateJson['body'];
  readonly authorization: UpdateJson['authorization'];
}

interface IncludedCommand {
  readonly hash: string;
  readonly id: string;
  /** Position among the block's commands. */
  readonly sequence: number;
  /** Failures per account update, the fee payer's first; null where the command took effect. */
  readonly failures: readonly (readonly string[])[] | null;
  readonly memo: string;
  readonly json: string;
  readonly updates: readonly NumberedUpdate[];
}

interface Block {
  readonly height: number;
  readonly stateHash: string;
  readonly previousStateHash: string;
  readonly slot: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly commands: readonly IncludedCommand[];
}

/** The genesis block's parent, which is no block: the hash zero. */
const GENESIS_PARENT = fieldToBase58('stateHash', 0n);

/**
 * A block whose state hash binds its parent, its place and what every command did. It is SHA-256 cut
 * to 248 bits where Mina has Poseidon over the protocol state, most of which doesn't exist here.
 */
function createBlock(fields: Omit<Block, 'stateHash'> & { readonly salt: string }): Block {
  const { salt, ...block } = fields;
  const digest = sha256(
    new TextEncoder().encode(
      JSON.stringify([
        'runproof network block',
        salt,
        block.previousStateHash,
        block.height,
        block.slot,
        block.timestamp,
        block.commands.map(({ hash, failures }) => [hash, failures]),
      ])
    )
  );
  const field = BigInt(`0x${Buffer.from(digest.subarray(0, 31)).toString('hex')}`);
  return { ...block, stateHash: fieldToBase58('stateHash', field) };
}
