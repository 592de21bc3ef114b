import * as v from 'valibot';
import { PROTOCOL } from '../formats/protocol.ts';
import { ChainError } from './error.ts';
import type { Graphql, QueryOptions } from './graphql.ts';
import { base58, uint } from './schema.ts';

export { type Block, BLOCK_FIELDS, BlockSchema, blockOf, readBestChain, readTip, readCurrentSlot };

interface Block {
  readonly height: number;
  readonly hash: string;
  readonly parent: string;
  /** Since genesis. */
  readonly slot: number;
}

const BLOCK_FIELDS = `stateHash
  protocolState {
    previousStateHash
    consensusState { blockHeight slotSinceGenesis }
  }`;

const DOCUMENT = `query BestChain($maxLength: Int!) {
  bestChain(maxLength: $maxLength) { ${BLOCK_FIELDS} }
}`;

/** What {@link BLOCK_FIELDS} selects. */
const BlockSchema = v.object({
  stateHash: base58,
  protocolState: v.object({
    previousStateHash: base58,
    consensusState: v.object({ blockHeight: uint(32), slotSinceGenesis: uint(32) }),
  }),
});

const blockOf = ({ stateHash, protocolState }: v.InferOutput<typeof BlockSchema>): Block => ({
  height: Number(protocolState.consensusState.blockHeight),
  hash: stateHash,
  parent: protocolState.previousStateHash,
  slot: Number(protocolState.consensusState.slotSinceGenesis),
});

/** @returns the newest blocks, oldest first, at most `length` and at most {@link PROTOCOL.finality} */
async function readBestChain(
  node: Graphql,
  length: number,
  { signal }: QueryOptions = {}
): Promise<readonly Block[]> {
  const schema = v.object({ bestChain: v.nullable(v.array(BlockSchema)) });
  const maxLength = Math.min(length, PROTOCOL.finality);
  const { bestChain } = await node.query(DOCUMENT, { maxLength }, schema, { signal });
  if (bestChain === null || bestChain.length === 0)
    throw new ChainError('NOT_SYNCED', 'the node has no chain yet; wait until it has caught up');
  // Nodes give the oldest first; o1js reads the newest first, and so do nodes made for it.
  return bestChain.map(blockOf).sort((a, b) => a.height - b.height);
}

const readTip = async (node: Graphql, options: QueryOptions = {}): Promise<Block> =>
  (await readBestChain(node, 1, options)).at(-1)!;

/** Slot since genesis of the newest block: at most what the clock says, and what preconditions see. */
const readCurrentSlot = async (node: Graphql, options: QueryOptions = {}): Promise<number> =>
  (await readTip(node, options)).slot;
