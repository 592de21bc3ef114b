import * as v from 'valibot';
import { nextActionState } from './action-state.ts';
import { encodeTokenId } from './base58check.ts';
import { MINA_TOKEN } from '../formats/terms.ts';
import { ChainError } from './error.ts';
import type { Graphql, QueryOptions } from './graphql.ts';
import { base58, field, uint } from './schema.ts';

export { type RungBlock, type Rung, readRungBlocks };

/** What one block added to an account's actions, in the order in which the protocol hashes it. */
interface RungBlock {
  readonly height: number;
  readonly hash: string;
  /** The account's action state before the block and after it, the latter recomputed by us. */
  readonly before: bigint;
  readonly after: bigint;
  readonly rungs: readonly Rung[];
}

/** All actions of one account update. */
interface Rung {
  readonly transaction: string;
  readonly actions: readonly (readonly bigint[])[];
  /** Action state once this update was applied. */
  readonly actionState: bigint;
}

const DOCUMENT = `query Actions($input: ActionFilterOptionsInput!) {
  actions(input: $input) {
    blockInfo { height stateHash }
    actionState { actionStateOne actionStateTwo }
    actionData {
      accountUpdateId
      data
      transactionInfo { hash sequenceNumber zkappAccountUpdateIds }
    }
  }
}`;

const id = v.pipe(uint(53), v.transform(Number));
const ActionSchema = v.object({
  accountUpdateId: id,
  data: v.array(field),
  transactionInfo: v.object({
    hash: base58,
    sequenceNumber: id,
    zkappAccountUpdateIds: v.array(id),
  }),
});
type ActionRow = v.InferOutput<typeof ActionSchema>;

const RowsSchema = v.object({
  actions: v.array(
    v.object({
      blockInfo: v.object({ height: id, stateHash: base58 }),
      actionState: v.object({ actionStateOne: field, actionStateTwo: field }),
      actionData: v.pipe(v.array(ActionSchema), v.minLength(1)),
    })
  ),
});

/**
 * Blocks of heights `from` to `to - 1` with actions of an account, ascending. The hash of every block is
 * recomputed, so an archive can neither change nor add nor reorder what a block holds without
 * another action state coming out; whether the states form a chain is for the caller to see.
 *
 * @returns hashed one by one as they are taken (about a millisecond an action), so that who stops
 *   pays for no more; taking one throws `ARCHIVE_MISMATCH` where its actions do not hash to its state
 * @throws ChainError
 */
async function readRungBlocks(
  archive: Graphql,
  address: string,
  { from, to, signal }: QueryOptions & { readonly from: number; readonly to: number }
): Promise<Iterable<RungBlock>> {
  const input = { address, tokenId: encodeTokenId(MINA_TOKEN), from, to };
  const { actions } = await archive.query(DOCUMENT, { input }, RowsSchema, { signal });
  return rehashed(
    actions
      .filter(({ blockInfo: { height } }) => height >= from && height < to)
      .sort((a, b) => a.blockInfo.height - b.blockInfo.height)
  );
}

function* rehashed(blocks: v.InferOutput<typeof RowsSchema>['actions']): Iterable<RungBlock> {
  for (const { blockInfo, actionState, actionData } of blocks) {
    const { height, stateHash: hash } = blockInfo;
    const { actionStateTwo: before, actionStateOne: after } = actionState;
    const rungs = readRungs(before, after, actionData);
    if (rungs === undefined)
      throw new ChainError(
        'ARCHIVE_MISMATCH',
        `the actions of block ${height} do not hash to its action state; use another archive`
      );
    yield { height, hash, before, after, rungs };
  }
}

/**
 * An archive stores equal updates of one transaction once, under one id, so that a griefer could send
 * two equal rings in one transaction and no reader could tell where the first ends. Archives show
 * the rows of both or of one; the hash says which.
 */
const READINGS = ['each', 'once'] as const;
type Reading = (typeof READINGS)[number];

function readRungs(
  before: bigint,
  after: bigint,
  rows: readonly ActionRow[]
): readonly Rung[] | undefined {
  for (const reading of READINGS) {
    const rungs = rehash(before, byUpdate(rows, reading));
    if (rungs.at(-1)!.actionState === after) return rungs;
  }
  return undefined;
}

/** Order of application: the transaction's place in its block, then the update's in its transaction. */
function byUpdate(rows: readonly ActionRow[], reading: Reading): readonly ActionRow[][] {
  const place = ({ accountUpdateId, transactionInfo }: ActionRow): number =>
    transactionInfo.zkappAccountUpdateIds.indexOf(accountUpdateId);
  const ordered = [...rows].sort(
    (a, b) =>
      a.transactionInfo.sequenceNumber - b.transactionInfo.sequenceNumber || place(a) - place(b)
  );
  const updates: ActionRow[][] = [];
  for (const row of ordered) {
    const last = updates.at(-1);
    if (last !== undefined && sameUpdate(last[0]!, row)) last.push(row);
    else updates.push([row]);
  }
  return updates.flatMap((update) => repeat(update, reading));
}

const sameUpdate = (a: ActionRow, b: ActionRow): boolean =>
  a.accountUpdateId === b.accountUpdateId && a.transactionInfo.hash === b.transactionInfo.hash;

function repeat(rows: ActionRow[], reading: Reading): readonly ActionRow[][] {
  const { accountUpdateId, transactionInfo } = rows[0]!;
  const times = transactionInfo.zkappAccountUpdateIds.filter((x) => x === accountUpdateId).length;
  const length = reading === 'each' ? rows.length / Math.max(times, 1) : rows.length;
  if (times <= 1 || !Number.isInteger(length)) return [rows];
  return Array.from({ length: times }, () => rows.slice(0, length));
}

function rehash(before: bigint, updates: readonly ActionRow[][]): readonly Rung[] {
  let actionState = before;
  return updates.map((rows) => {
    const actions = rows.map(({ data }) => data);
    actionState = nextActionState(actionState, actions);
    return { transaction: rows[0]!.transactionInfo.hash, actions, actionState };
  });
}
