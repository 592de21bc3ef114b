import { createGraphQLError, createSchema } from 'graphql-yoga';
import { PublicKey, TokenId } from 'o1js';
import { BLOCK_RANGE, type Emission } from './archive.ts';
import { ARCHIVE_SCHEMA } from './archive-schema.ts';
import { fieldToBase58 } from './base58.ts';
import { type Given, given } from './given.ts';
import type { Block } from './block.ts';
import type { AccountId } from './ledger.ts';
import type { MinaNode } from './node.ts';

export { createArchiveSchema };

interface Filter {
  readonly address: string;
  readonly tokenId?: string | null;
  readonly status?: 'ALL' | 'PENDING' | 'CANONICAL' | null;
  readonly from?: number | null;
  readonly to?: number | null;
}

interface ActionFilter extends Filter {
  readonly fromActionState?: string | null;
  readonly endActionState?: string | null;
}

function createArchiveSchema(node: MinaNode): ReturnType<typeof createSchema> {
  return createSchema({
    typeDefs: ARCHIVE_SCHEMA,
    resolvers: {
      Query: {
        events: (_: unknown, { input }: { input: Filter }) =>
          node.view.archive
            .events(accountId(input), heightRange(node, input))
            .filter(({ block }) => hasStatus(node, block, input))
            .map(({ block, emissions }) => ({
              blockInfo: blockInfo(node, block),
              eventData: emissions.map(emission),
            })),
        actions: (_: unknown, { input }: { input: ActionFilter }) => actions(node, input),
        networkState: () => {
          const { height } = node.view.tip;
          return {
            maxBlockHeight: {
              canonicalMaxBlockHeight: Math.max(1, height - node.genesis.k),
              pendingMaxBlockHeight: height,
            },
          };
        },
      },
    },
  });
}

/**
 * Blocks whose action state stands between the two given, both included: o1js leaves the first out
 * where it is the state it asked from.
 */
function actions(node: MinaNode, input: ActionFilter): unknown[] {
  const { fromActionState, endActionState } = given(input);
  const all = node.view.archive.actions(accountId(input));
  // Place 0 is the state before any action; block i leaves state i + 1.
  const states = all.length
    ? [all[0]!.actionStates[1]!, ...all.map((entry) => entry.actionStates[0]!)]
    : [];
  const place = (name: string, state: string): number => {
    const at = states.lastIndexOf(state);
    if (at !== -1 || states.length === 0) return at;
    throw refused('ACTION_STATE_NOT_FOUND', `${name} ${state} does not exist`);
  };
  const first = fromActionState === undefined ? 0 : place('fromActionState', fromActionState);
  const last = endActionState === undefined ? Infinity : place('endActionState', endActionState);
  const { from, to } = heightRange(node, input);
  return all
    .filter((_, i) => first <= i + 1 && i + 1 <= last)
    .filter(({ block }) => from <= block.height && block.height < to)
    .filter(({ block }) => hasStatus(node, block, input))
    .map(({ block, emissions, actionStates }) => ({
      blockInfo: blockInfo(node, block),
      transactionInfo: emission(emissions[0]!).transactionInfo,
      actionData: emissions.map(emission),
      actionState: {
        actionStateOne: actionStates[0],
        actionStateTwo: actionStates[1],
        actionStateThree: actionStates[2],
        actionStateFour: actionStates[3],
        actionStateFive: actionStates[4],
      },
    }));
}

const MINA_TOKEN = TokenId.toBase58(TokenId.default);

const refused = (code: string, message: string): Error =>
  createGraphQLError(message, { extensions: { code } });

function accountId({ address, tokenId }: Filter): AccountId {
  try {
    return {
      publicKey: PublicKey.fromBase58(address).toBase58(),
      tokenId: TokenId.toBase58(TokenId.fromBase58(tokenId ?? MINA_TOKEN)),
    };
  } catch (cause) {
    throw refused('BAD_USER_INPUT', `not an account: ${(cause as Error).message}.`);
  }
}

/** As Archive-Node-API bounds a scan. */
function heightRange(node: MinaNode, input: Filter): { from: number; to: number } {
  const { from, to }: Given<Filter> = given(input);
  if (from !== undefined && to !== undefined) {
    if (to < from) throw refused('BLOCK_RANGE_ERROR', 'to must be greater than from');
    if (to - from > BLOCK_RANGE)
      throw refused(
        'BLOCK_RANGE_ERROR',
        `The block range is too large. The maximum range is ${BLOCK_RANGE}`
      );
  }
  if (from !== undefined) return { from, to: to ?? from + BLOCK_RANGE };
  if (to !== undefined) return { from: to - BLOCK_RANGE, to };
  return { from: node.view.tip.height - BLOCK_RANGE, to: Infinity };
}

const chainStatus = (node: MinaNode, { height }: Block): 'canonical' | 'pending' =>
  node.view.tip.height - height >= node.genesis.k || height === 1 ? 'canonical' : 'pending';

const hasStatus = (node: MinaNode, block: Block, { status }: Filter): boolean =>
  [undefined, 'all', chainStatus(node, block)].includes(status?.toLowerCase());

const blockInfo = (node: MinaNode, block: Block): Record<string, unknown> => ({
  height: block.height,
  stateHash: block.stateHash,
  parentHash: block.previousStateHash,
  ledgerHash: fieldToBase58('ledgerHash', 0n),
  chainStatus: chainStatus(node, block),
  timestamp: String(block.timestamp),
  globalSlotSinceHardfork: block.slot,
  globalSlotSinceGenesis: block.slot,
  distanceFromMaxBlockHeight: node.view.tip.height - block.height,
});

function emission({ data, update, command }: Emission): Record<string, unknown> {
  const { isProved, isSigned } = update.body.authorizationKind;
  return {
    accountUpdateId: String(update.id),
    data,
    transactionInfo: {
      status: 'applied',
      hash: command.hash,
      memo: command.memo,
      authorizationKind: isProved ? 'Proof' : isSigned ? 'Signature' : 'None_given',
      sequenceNumber: command.sequence,
      zkappAccountUpdateIds: command.updates.map(({ id }) => id),
    },
  };
}
