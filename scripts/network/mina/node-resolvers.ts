import { GraphQLScalarType } from 'graphql';
import { createGraphQLError, createSchema } from 'graphql-yoga';
import { PublicKey, TokenId } from 'o1js';
import { fieldToBase58 } from './base58.ts';
import type { Block, IncludedCommand } from './block.ts';
import { type Command, type CommandJson, parseCommand } from './command.ts';
import { CommandRefused } from './errors.ts';
import { type Given, given } from './given.ts';
import { ACCOUNT_CREATION_FEE, COINBASE, SLOTS_PER_EPOCH } from './genesis.ts';
import type { AccountId, AccountJson } from './ledger.ts';
import { NODE_SCHEMA, SCALARS } from './node-schema.ts';
import type { MinaNode } from './node.ts';

export { NETWORK_ID, createNodeSchema };

const NETWORK_ID = 'mina:testnet';

/** Mina's scalars travel as strings; numbers are taken too, as nodes do. */
const scalars = Object.fromEntries(
  SCALARS.map((name) => [
    name,
    new GraphQLScalarType({
      name,
      parseValue(value) {
        if (typeof value === 'string') return value;
        if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
        throw createGraphQLError(`${name} must be a string.`);
      },
    }),
  ])
);

function createNodeSchema(node: MinaNode): ReturnType<typeof createSchema> {
  return createSchema({
    typeDefs: NODE_SCHEMA,
    resolvers: {
      ...scalars,
      Query: {
        syncStatus: () => 'SYNCED',
        networkID: () => NETWORK_ID,
        daemonStatus: () => daemonStatus(node),
        genesisConstants: () => ({
          accountCreationFee: ACCOUNT_CREATION_FEE.toString(),
          coinbase: COINBASE.toString(),
          genesisTimestamp: new Date(node.genesis.timestamp).toISOString(),
        }),
        account: (_: unknown, args: { publicKey: string; token?: string | null }) =>
          account(node, accountId(args.publicKey, args.token ?? MINA_TOKEN)),
        bestChain: (_: unknown, { maxLength }: { maxLength?: number | null }) =>
          node.view
            .best(bounded(maxLength ?? node.genesis.k, node.genesis.k))
            .map((block) => blockOf(node, block)),
        block: (_: unknown, args: BlockName) => blockOf(node, findBlock(node, given(args))),
        pooledZkappCommands: (_: unknown, args: PoolFilter) => pooled(node, given(args)),
        transactionStatus: (_: unknown, args: { zkappTransaction: string }) =>
          transactionStatus(node, args.zkappTransaction),
      },
      Mutation: {
        sendZkapp: async (_: unknown, args: { input: { zkappCommand: unknown } }) => ({
          zkapp: waiting(await submit(node, args.input.zkappCommand)),
        }),
      },
    },
  });
}

async function submit(node: MinaNode, input: unknown): Promise<Command> {
  try {
    return await node.submit(input);
  } catch (error) {
    if (!(error instanceof CommandRefused)) throw error;
    throw createGraphQLError(error.message, { extensions: { code: error.code } });
  }
}

const badInput = (message: string): Error =>
  createGraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

function bounded(length: number, most: number): number {
  if (length < 1) throw badInput(`maxLength must be 1 or more, not ${length}.`);
  return Math.min(length, most);
}

function accountId(publicKey: string, token: string): AccountId {
  try {
    return {
      publicKey: PublicKey.fromBase58(publicKey).toBase58(),
      tokenId: TokenId.toBase58(TokenId.fromBase58(token)),
    };
  } catch (cause) {
    throw badInput(`not an account: ${(cause as Error).message}.`);
  }
}

function account(node: MinaNode, id: AccountId): Record<string, unknown> | null {
  const found = node.view.ledger.account(id);
  if (found === undefined) return null;
  const { timing, zkapp, delegate } = found;
  const { height, stateHash } = node.view.tip;
  return {
    publicKey: found.publicKey,
    tokenId: found.tokenId,
    token: found.tokenId,
    timing: timing.isTimed ? timing : {},
    balance: { total: found.balance, blockHeight: String(height), stateHash },
    nonce: found.nonce,
    inferredNonce: String(inferredNonce(node, id, found)),
    receiptChainHash: fieldToBase58('receiptChainHash', BigInt(found.receiptChainHash)),
    delegate,
    delegateAccount: () =>
      delegate === null ? null : account(node, { publicKey: delegate, tokenId: MINA_TOKEN }),
    votingFor: fieldToBase58('stateHash', BigInt(found.votingFor)),
    permissions: found.permissions,
    tokenSymbol: found.tokenSymbol,
    zkappUri: zkapp?.zkappUri ?? null,
    zkappState: zkapp?.appState ?? null,
    provedState: zkapp?.provedState ?? null,
    verificationKey: zkapp?.verificationKey
      ? { verificationKey: zkapp.verificationKey.data, hash: zkapp.verificationKey.hash }
      : null,
    actionState: zkapp?.actionState ?? null,
  };
}

const MINA_TOKEN = TokenId.toBase58(TokenId.default);

/** Only MINA accounts pay fees, so only they have commands in the pool. */
const inferredNonce = (
  node: MinaNode,
  { publicKey, tokenId }: AccountId,
  of: AccountJson
): number => (tokenId === MINA_TOKEN ? node.pool.expectedNonce(publicKey, of) : Number(of.nonce));

function daemonStatus(node: MinaNode): Record<string, unknown> {
  const { k, slotTime, timestamp } = node.genesis;
  const { height, stateHash, slot } = node.view.tip;
  return {
    blockchainLength: height,
    stateHash,
    syncStatus: 'SYNCED',
    globalSlotSinceGenesisBestTip: slot,
    consensusConfiguration: {
      k,
      slotsPerEpoch: SLOTS_PER_EPOCH,
      slotDuration: slotTime,
      epochDuration: SLOTS_PER_EPOCH * slotTime,
      genesisStateTimestamp: new Date(timestamp).toISOString(),
    },
  };
}

interface BlockName {
  readonly stateHash?: string | null;
  readonly height?: number | null;
}

function findBlock(node: MinaNode, { stateHash, height }: Given<BlockName>): Block {
  if ((stateHash === undefined) === (height === undefined))
    throw badInput('give a block by stateHash or by height, one of the two.');
  const found =
    height === undefined
      ? node.view.blocks.find((block) => block.stateHash === stateHash)
      : node.view.blocks[height - 1];
  if (found) return found;
  throw badInput(
    `no block ${stateHash ?? `of height ${height}`} on the best chain, ` +
      `whose height is ${node.view.tip.height}.`
  );
}

function blockOf(node: MinaNode, block: Block): Record<string, unknown> {
  const { height, slot } = block;
  const state = node.view.ledger.networkState();
  const epochData = (data: typeof state.nextEpochData): Record<string, unknown> => ({
    ledger: {
      hash: fieldToBase58('ledgerHash', data.ledger.hash.toBigInt()),
      totalCurrency: data.ledger.totalCurrency.toString(),
    },
    seed: fieldToBase58('epochSeed', data.seed.toBigInt()),
    startCheckpoint: fieldToBase58('stateHash', data.startCheckpoint.toBigInt()),
    lockCheckpoint: fieldToBase58('stateHash', data.lockCheckpoint.toBigInt()),
    epochLength: data.epochLength.toString(),
  });
  const epoch = Math.floor(slot / SLOTS_PER_EPOCH);
  const ledgerHash = fieldToBase58('ledgerHash', state.snarkedLedgerHash.toBigInt());
  return {
    stateHash: block.stateHash,
    commandTransactionCount: block.commands.length,
    transactions: { zkappCommands: () => block.commands.map(included) },
    protocolState: {
      previousStateHash: block.previousStateHash,
      blockchainState: {
        date: String(block.timestamp),
        utcDate: String(block.timestamp),
        snarkedLedgerHash: ledgerHash,
        stagedLedgerHash: ledgerHash,
        stagedLedgerProofEmitted: false,
      },
      consensusState: {
        blockchainLength: String(height),
        blockHeight: String(height),
        epochCount: String(epoch),
        epoch: String(epoch),
        slot: String(slot % SLOTS_PER_EPOCH),
        slotSinceGenesis: String(slot),
        minWindowDensity: state.minWindowDensity.toString(),
        totalCurrency: state.totalCurrency.toString(),
        stakingEpochData: epochData(state.stakingEpochData),
        nextEpochData: epochData(state.nextEpochData),
      },
    },
  };
}

const waiting = ({ hash, id, body }: Command): Record<string, unknown> => ({
  hash,
  id,
  zkappCommand: body,
  failureReason: null,
});

const included = ({ hash, id, json, failures }: IncludedCommand): Record<string, unknown> => ({
  hash,
  id,
  zkappCommand: () => JSON.parse(json) as CommandJson,
  failureReason: failures && failureReason(failures),
});

/** Index 0 is the fee payer, i + 1 account update i; the last first, without those that are fine. */
function failureReason(
  failures: readonly (readonly string[])[]
): { index: string; failures: readonly string[] }[] {
  return failures
    .map((names, index) => ({ index: String(index), failures: names }))
    .filter((entry) => entry.failures.length > 0)
    .reverse();
}

interface PoolFilter {
  readonly publicKey?: string | null;
  readonly hashes?: readonly string[] | null;
  readonly ids?: readonly string[] | null;
}

function pooled(node: MinaNode, filter: Given<PoolFilter>): Record<string, unknown>[] {
  const { publicKey, hashes, ids } = filter;
  return node.pool
    .first(node.pool.size)
    .filter(
      (command) =>
        (publicKey === undefined || command.body.feePayer.body.publicKey === publicKey) &&
        (hashes === undefined || hashes.includes(command.hash)) &&
        (ids === undefined || ids.includes(command.id))
    )
    .map(waiting);
}

async function transactionStatus(node: MinaNode, id: string): Promise<string> {
  let hash: string;
  try {
    ({ hash } = await parseCommand(JSON.parse(Buffer.from(id, 'base64').toString('utf8'))));
  } catch {
    throw badInput(
      "zkappTransaction must be the id that sendZkapp gave, which is not the transaction's hash."
    );
  }
  if (node.pool.has(hash)) return 'PENDING';
  const isIn = (block: Block): boolean => block.commands.some((command) => command.hash === hash);
  return node.view.best(node.genesis.k).some(isIn) ? 'INCLUDED' : 'UNKNOWN';
}
