import { type InboxAction, parseAction } from '../formats/action.ts';
import { FormatError } from '../formats/error.ts';
import { readAccount } from './account.ts';
import { EMPTY_ACTION_STATE } from './action-state.ts';
import { type RungBlock, readRungBlocks } from './archive.ts';
import { readTip } from './block.ts';
import { type Checkpoint, type InboxCursor, advanceCursor } from './cursor.ts';
import { ChainError } from './error.ts';
import type { Graphql, QueryOptions } from './graphql.ts';

export { type InboxEntry, type InboxPage, type ReadInboxOptions, readInbox };

/** One action of a service's inbox. Anybody may have sent it, and anything may stand in it. */
interface InboxEntry {
  /** The ring, or why it is none. */
  readonly ring: InboxAction | { readonly refused: string };
  /** Action state after the update that carried it; with `index` it names the entry. */
  readonly actionState: bigint;
  readonly index: number;
  readonly height: number;
  readonly block: string;
  readonly transaction: string;
}

interface InboxPage {
  /** In the order in which the chain has them. */
  readonly entries: readonly InboxEntry[];
  /** Where to go on; journal it together with what was made of the entries. */
  readonly cursor: InboxCursor;
  /**
   * Whether the node's account confirms every entry. False only where `maxActions` cut reading off
   * before a state that the account still has: until a later page is confirmed, nothing but the
   * archive's word says that these were ever rung.
   */
  readonly confirmed: boolean;
  /** Whether the inbox is read to its end, as the node knows it; false too where the archive lags. */
  readonly current: boolean;
  /** Whether `maxActions` ended the page: reading on at once gives the next one. */
  readonly more: boolean;
}

interface ReadInboxOptions extends QueryOptions {
  /** No further block is hashed once so many are in hand. Default 1,000. */
  readonly maxActions?: number;
}

/** Heights asked for at once: few at first, since a block may hold 2,560 actions, then more. */
const WINDOW = { first: 8, most: 5_000 } as const;

/**
 * Reads on in a service's inbox. Nothing is taken from the archive's word: its actions must hash, block by
 * block, from a checkpoint of the cursor to an action state that the node's account has.
 *
 * What was read once is not read again. After a reorganisation it resumes at the newest checkpoint that
 * is still on the chain; entries that come back in the same order are not handed out twice, others
 * may be, with another `actionState`.
 *
 * @throws ChainError `NO_ACCOUNT`, `ARCHIVE_MISMATCH` where no checkpoint leads to what the node has
 */
async function readInbox(
  { node, archive }: { readonly node: Graphql; readonly archive: Graphql },
  service: string,
  cursor: InboxCursor,
  { maxActions = 1_000, signal }: ReadInboxOptions = {}
): Promise<InboxPage> {
  const account = await readAccount(node, service, { signal });
  if (account === null)
    throw new ChainError('NO_ACCOUNT', `there is no service at ${service}; check the address`);
  const known = account.actionStates ?? [EMPTY_ACTION_STATE];
  const tip = (await readTip(node, { signal })).height;
  if (cursor[0].actionState === known[0])
    return { entries: [], cursor, confirmed: true, current: true, more: false };

  for (const [i, checkpoint] of cursor.entries()) {
    const walked = await walk(archive, service, checkpoint, { tip, maxActions, signal });
    if (walked === undefined) continue;
    const confirmed = confirm(checkpoint, walked, known);
    if (confirmed === undefined) continue;
    const fresh = afterState(confirmed.blocks, cursor[0].actionState);
    const passed = confirmed.blocks
      .map(({ height, after }) => ({ height, actionState: after }))
      .reverse();
    return {
      entries: fresh.flatMap(entriesOf),
      cursor: advanceCursor(cursor.slice(i), passed, tip),
      confirmed: confirmed.byNode,
      current: (passed[0] ?? checkpoint).actionState === known[0],
      more: walked.isCut,
    };
  }
  throw new ChainError(
    'ARCHIVE_MISMATCH',
    `what the archive has of ${service} does not lead to the node's action state; it lags far behind or is wrong: use another`
  );
}

interface Walk {
  readonly blocks: readonly RungBlock[];
  readonly isCut: boolean;
}

/** Follows the chain of action states from a checkpoint; undefined where it does not begin there. */
async function walk(
  archive: Graphql,
  service: string,
  { height, actionState }: Checkpoint,
  options: { tip: number; maxActions: number; signal: AbortSignal | undefined }
): Promise<Walk | undefined> {
  const blocks: RungBlock[] = [];
  let count = 0;
  let size: number = WINDOW.first;
  let state = actionState;
  for (let from = height + 1; from <= options.tip;) {
    const to = Math.min(from + size, options.tip + 1);
    const read = await readWindow(archive, service, { from, to, signal: options.signal });
    if (read === 'too large') {
      size = Math.max(1, Math.floor(size / 2));
      continue;
    }
    for (const block of read) {
      // Here too, not only between windows: one answer may hold minutes of hashing (threat C10).
      if (count >= options.maxActions) return { blocks, isCut: true };
      if (block.before !== state) return undefined;
      state = block.after;
      count += block.rungs.reduce((sum, { actions }) => sum + actions.length, 0);
      blocks.push(block);
    }
    from = to;
    size = Math.min(size * 2, WINDOW.most);
  }
  return { blocks, isCut: false };
}

async function readWindow(
  archive: Graphql,
  service: string,
  range: { from: number; to: number; signal: AbortSignal | undefined }
): Promise<Iterable<RungBlock> | 'too large'> {
  try {
    return await readRungBlocks(archive, service, range);
  } catch (error) {
    const isSplittable = error instanceof ChainError && error.code === 'TOO_LARGE';
    if (isSplittable && range.to - range.from > 1) return 'too large';
    throw error;
  }
}

/** Cuts off what the node does not know yet; undefined where the two contradict each other. */
function confirm(
  checkpoint: Checkpoint,
  { blocks, isCut }: Walk,
  known: readonly bigint[]
): { blocks: readonly RungBlock[]; byNode: boolean } | undefined {
  const last = blocks.findLastIndex(({ after }) => known.includes(after));
  if (last >= 0) return { blocks: blocks.slice(0, last + 1), byNode: true };
  const age = known.indexOf(checkpoint.actionState);
  // The archive is ahead of the node, or has nothing yet of what follows.
  if (age === 0 || (age > 0 && blocks.length === 0)) return { blocks: [], byNode: true };
  // An account keeps one state a slot, and only five: where a page ends, it need not have one.
  return isCut ? { blocks, byNode: false } : undefined;
}

/** What follows the state that was handed out last; everything where the chain has passed it by. */
function afterState(blocks: readonly RungBlock[], state: bigint): readonly RungBlock[] {
  for (const [i, block] of blocks.entries()) {
    const at = block.rungs.findIndex((rung) => rung.actionState === state);
    if (at < 0) continue;
    return [{ ...block, rungs: block.rungs.slice(at + 1) }, ...blocks.slice(i + 1)];
  }
  return blocks;
}

const entriesOf = ({ height, hash, rungs }: RungBlock): readonly InboxEntry[] =>
  rungs.flatMap(({ actions, actionState, transaction }) =>
    actions.map((fields, index) => ({
      ring: parseRing(fields),
      actionState,
      index,
      height,
      block: hash,
      transaction,
    }))
  );

function parseRing(fields: readonly bigint[]): InboxEntry['ring'] {
  try {
    return parseAction(fields);
  } catch (error) {
    if (error instanceof FormatError) return { refused: error.message };
    throw error;
  }
}
