import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { EMPTY_ACTION_STATE, nextActionState } from '../../../contracts/chain/action-state.ts';
import { advanceCursor, startCursor, type Checkpoint } from '../../../contracts/chain/cursor.ts';
import { ChainError } from '../../../contracts/chain/error.ts';
import type { Graphql } from '../../../contracts/chain/graphql.ts';
import { readInbox, type InboxPage } from '../../../contracts/chain/inbox.ts';
import { generateKeyPair } from '../../../contracts/chain/sign.ts';
import { encodeAction } from '../../../contracts/formats/action.ts';
import { servicePermissions } from '../../../contracts/formats/permissions.ts';
import { bytes } from './example.ts';

const service = generateKeyPair().publicKey;
const tab = generateKeyPair().publicKey;
const HASH = '3NLx3eBDTvYmP27bUmYANzmhjL5rGe36nGW6N5XhGcuStF6Zv7ZD';

type Actions = readonly (readonly bigint[])[];
interface Update {
  readonly id: number;
  readonly actions: Actions;
}
interface Row {
  accountUpdateId: string;
  data: string[];
  transactionInfo: { hash: string; sequenceNumber: number; zkappAccountUpdateIds: number[] };
}
interface RowBlock {
  blockInfo: { height: number; stateHash: string };
  actionState: { actionStateOne: string; actionStateTwo: string };
  actionData: Row[];
}

/** A ring whose digest says which it is. */
const ringOf = (number: number): readonly bigint[] => {
  const digest = bytes(0);
  new DataView(digest.buffer).setUint32(0, number);
  return encodeAction({ kind: 'request', tab, digest });
};
const numbers = ({ entries }: InboxPage): number[] =>
  entries.map(({ ring }) =>
    'refused' in ring ? -1 : new DataView(ring.digest.buffer).getUint32(0)
  );

/**
 * A chain as an archive would write it down, for what no honest network does: to lie, to lag, to be
 * huge. Transactions of a block, and their updates, come in reverse, since an archive promises no order.
 */
class Record {
  readonly states = [EMPTY_ACTION_STATE];
  readonly blocks: RowBlock[] = [];
  queries = 0;
  rowsServed = 0;

  constructor(readonly tip: number) {}

  add(height: number, transactions: readonly (readonly Update[])[]): this {
    const before = this.states[0]!;
    let state = before;
    const actionData = transactions.map((updates, sequenceNumber) => {
      const zkappAccountUpdateIds = updates.map((update) => update.id);
      const hash = `5J${sequenceNumber + 1}`;
      const rows = updates.map(({ id, actions }): Row[] => {
        state = nextActionState(state, actions);
        return actions.map((data) => ({
          accountUpdateId: String(id),
          data: data.map(String),
          transactionInfo: { hash, sequenceNumber, zkappAccountUpdateIds },
        }));
      });
      return rows.reverse().flat();
    });
    this.states.unshift(state);
    this.blocks.push({
      blockInfo: { height, stateHash: HASH },
      actionState: { actionStateOne: String(state), actionStateTwo: String(before) },
      actionData: actionData.reverse().flat(),
    });
    return this;
  }

  /**
   * @param behind how many rung blocks the node does not know yet
   * @param inOneSlot whether all blocks fall into one slot, of which an account keeps the last state
   */
  node(behind = 0, inOneSlot = false): Graphql {
    const states = this.states.slice(behind, inOneSlot ? behind + 1 : undefined);
    const actionState = Array.from({ length: 5 }, (_, i) =>
      String(states[i] ?? EMPTY_ACTION_STATE)
    );
    return answering(({ publicKey }) =>
      publicKey === undefined
        ? {
            bestChain: [
              {
                stateHash: HASH,
                protocolState: {
                  previousStateHash: HASH,
                  consensusState: { blockHeight: String(this.tip), slotSinceGenesis: '1' },
                },
              },
            ],
          }
        : { account: { ...ACCOUNT, publicKey, actionState } }
    );
  }

  archive({ lie = (blocks) => blocks, mostRows = Infinity }: ArchiveOptions = {}): Graphql {
    return answering(({ input }) => {
      const { from, to } = input as { from: number; to: number };
      const actions = lie(structuredClone(this.blocks)).filter(
        ({ blockInfo: { height } }) => from <= height && height < to
      );
      const rows = actions.reduce((sum, block) => sum + block.actionData.length, 0);
      this.queries++;
      if (rows > mostRows) throw new ChainError('TOO_LARGE', 'too many rows');
      this.rowsServed += rows;
      return { actions };
    });
  }
}
interface ArchiveOptions {
  readonly lie?: (blocks: RowBlock[]) => RowBlock[];
  readonly mostRows?: number;
}

const ACCOUNT = {
  token: 'wSHV2S4qX9jFsLjQo8r1BsMLH2ZRKsZx6EJd1sbozGPieEC4Jf',
  nonce: '0',
  balance: { total: '0' },
  tokenSymbol: '',
  timing: null,
  permissions: servicePermissions,
  delegateAccount: null,
  zkappState: Array<string>(8).fill('0'),
  verificationKey: { hash: '1' },
  provedState: false,
  zkappUri: null,
};

const answering = (
  data: (variables: Readonly<globalThis.Record<string, unknown>>) => unknown
): Graphql => ({
  query: async (_, variables, schema) => v.parse(schema, data(variables)),
});

const one = (number: number): readonly Update[] => [{ id: number, actions: [ringOf(number)] }];
const simple = (): Record =>
  new Record(100)
    .add(10, [one(1), one(2)])
    .add(20, [one(3)])
    .add(90, [one(4)]);
const read = async (
  record: Record,
  { cursor = startCursor(), behind, inOneSlot, maxActions = 1_000, ...options }: ReadOptions = {}
): Promise<InboxPage> => {
  const node = record.node(behind, inOneSlot);
  return readInbox({ node, archive: record.archive(options) }, service, cursor, { maxActions });
};
/** All pages from the start, as the numbers on each. */
async function readAll(record: Record, options: ReadOptions): Promise<[number[][], InboxPage]> {
  const pages: number[][] = [];
  for (let cursor = startCursor(); ;) {
    const page = await read(record, { ...options, cursor });
    pages.push(numbers(page));
    if (!page.more) return [pages, page];
    cursor = page.cursor;
  }
}
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
/** Blocks of 10 rings each, one on the other. */
function flood(blocks: number): Record {
  const record = new Record(1_000);
  let number = 0;
  for (let height = 1; height <= blocks; height++)
    record.add(height, [
      [{ id: height, actions: Array.from({ length: 10 }, () => ringOf(++number)) }],
    ]);
  return record;
}
interface ReadOptions extends ArchiveOptions {
  readonly inOneSlot?: boolean;
  readonly cursor?: InboxPage['cursor'];
  readonly behind?: number;
  readonly maxActions?: number;
}

describe('reading an inbox', () => {
  it('orders by transaction and update, not as the archive lists them', async () => {
    const record = new Record(9).add(5, [
      one(1),
      [
        { id: 30, actions: [ringOf(2), ringOf(3)] },
        { id: 7, actions: [ringOf(4)] },
      ],
      one(5),
    ]);
    expect(numbers(await read(record))).toEqual([1, 2, 3, 4, 5]);
  });

  it('C10: is not stopped by equal updates of one transaction, shown twice or once', async () => {
    const twin = { id: 7, actions: [ringOf(1), ringOf(2)] };
    const record = new Record(9).add(5, [[twin, twin], one(3)]).add(6, [one(4)]);
    expect(numbers(await read(record))).toEqual([1, 2, 1, 2, 3, 4]);
    const siblings = new Record(9).add(5, [[twin], [twin]]);
    expect(numbers(await read(siblings))).toEqual([1, 2, 1, 2]);
    const shownOnce = (blocks: RowBlock[]): RowBlock[] => {
      blocks[0]!.actionData = blocks[0]!.actionData.filter((_, i) => ![3, 4].includes(i));
      return blocks;
    };
    expect(numbers(await read(record, { lie: shownOnce }))).toEqual([1, 2, 1, 2, 3, 4]);
  });

  it('C10: reads 200 actions once each, page by page, and hashes little more than a page', async () => {
    const record = flood(20);
    const [pages, last] = await readAll(record, { maxActions: 25, mostRows: 50 });
    expect(pages.flat()).toEqual(upTo(200));
    expect(pages.map((page) => page.length)).toEqual([30, 30, 30, 30, 30, 30, 20]);
    expect(last).toMatchObject({ confirmed: true, current: true });
    expect(record.rowsServed).toBeLessThan(500);
    expect(record.queries).toBeLessThan(60);
    expect(last.cursor.length).toBeLessThanOrEqual(13);
  });

  it('C10: takes one page of a flood from an answer that holds all of it', async () => {
    const page = await read(flood(8), { maxActions: 1 });
    expect(numbers(page)).toEqual(upTo(10));
    expect(page).toMatchObject({ more: true, current: false });
  });

  it('C10: is not stopped where a page ends on a state that its account never kept', async () => {
    const [pages, last] = await readAll(flood(9), { maxActions: 25, inOneSlot: true });
    expect(pages.flat()).toEqual(upTo(90));
    expect(last).toMatchObject({ confirmed: true, current: true });
  });

  it('asks for less where an answer is too large, down to a block', async () => {
    const record = simple();
    expect(numbers(await read(record, { mostRows: 2 }))).toEqual([1, 2, 3, 4]);
    await expect(read(record, { mostRows: 1 })).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  it('R5: hands out nothing that the node does not know yet', async () => {
    const early = await read(simple(), { behind: 1 });
    expect(numbers(early)).toEqual([1, 2, 3]);
    expect(early).toMatchObject({ confirmed: true, current: true });
    expect(numbers(await read(simple(), { cursor: early.cursor }))).toEqual([4]);
  });

  it('R5: takes what a lagging archive has, and says that it is not all', async () => {
    const lagging = (blocks: RowBlock[]): RowBlock[] => blocks.slice(0, 2);
    const page = await read(simple(), { lie: lagging });
    expect(numbers(page)).toEqual([1, 2, 3]);
    expect(page).toMatchObject({ confirmed: true, current: false, more: false });
    expect(numbers(await read(simple(), { cursor: page.cursor, lie: lagging }))).toEqual([]);
    expect(numbers(await read(simple(), { cursor: page.cursor }))).toEqual([4]);
  });

  it('R5: resumes at an older checkpoint where the chain has left the newest', async () => {
    const before = await read(simple());
    const forked = new Record(101)
      .add(10, [one(1), one(2)])
      .add(21, [one(3)])
      .add(95, [one(9)]);
    const after = await read(forked, { cursor: before.cursor });
    expect(numbers(after).at(-1)).toBe(9);
    expect(numbers(after)).not.toContain(4);
    expect(after).toMatchObject({ confirmed: true, current: true });
  });

  it('R5: hands out once what a fork has mined again, lower or higher', async () => {
    const { cursor } = await read(simple());
    for (const height of [89, 95]) {
      const moved = new Record(101).add(10, [one(1), one(2)]).add(20, [one(3)]);
      const same = await read(moved.add(height, [one(4)]).add(99, [one(5)]), { cursor });
      expect([height, ...numbers(same)]).toEqual([height, 5]);
    }
  });
});

describe('a lying archive', () => {
  const lies: readonly (readonly [string, (blocks: RowBlock[]) => RowBlock[]])[] = [
    ['changes an action', ([a, ...b]) => ((a!.actionData[0]!.data[4] = '1'), [a!, ...b])],
    ['drops an action', ([a, ...b]) => (a!.actionData.pop(), [a!, ...b])],
    ['repeats an action', ([a, ...b]) => (a!.actionData.push(a!.actionData[0]!), [a!, ...b])],
    ['drops a block', (blocks) => blocks.slice(1)],
    ['repeats a block', (blocks) => [blocks[0]!, ...blocks]],
    [
      'swaps transactions',
      ([a, ...b]) => {
        for (const row of a!.actionData) row.transactionInfo.sequenceNumber *= -1;
        for (const row of a!.actionData) row.transactionInfo.sequenceNumber += 1;
        return [a!, ...b];
      },
    ],
    [
      'invents a chain of its own',
      () => new Record(100).add(10, [one(6)]).add(11, [one(7)]).blocks,
    ],
  ];
  for (const [what, lie] of lies)
    it(`R5: that ${what} is caught`, async () => {
      await expect(read(simple(), { lie })).rejects.toMatchObject({ code: 'ARCHIVE_MISMATCH' });
    });

  it('R5: that shows nothing is not taken for an empty inbox', async () => {
    const record = simple()
      .add(91, [one(5)])
      .add(92, [one(6)]);
    await expect(read(record, { lie: () => [] })).rejects.toMatchObject({
      code: 'ARCHIVE_MISMATCH',
    });
  });

  it('R5: hands out inventions only as unconfirmed, and they are gone when it is honest', async () => {
    const real = simple()
      .add(91, [one(5)])
      .add(92, [one(6)])
      .add(93, [one(7)]);
    const invented = new Record(100).add(10, [one(8)]).add(11, [one(9)]);
    const lie = (): RowBlock[] => invented.blocks;
    const page = await read(real, { lie, maxActions: 1 });
    expect(numbers(page)).toEqual([8]);
    expect(page).toMatchObject({ confirmed: false, current: false });
    const honest = await read(real, { cursor: page.cursor });
    expect(numbers(honest)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('R5: whose invention has an end is found out there, however it was cut into pages', async () => {
    const lie = (): RowBlock[] =>
      new Record(100)
        .add(10, [one(8)])
        .add(11, [one(9)])
        .add(12, [one(10)]).blocks;
    let { cursor } = await read(simple(), { lie, maxActions: 1 });
    ({ cursor } = await read(simple(), { lie, maxActions: 1, cursor }));
    await expect(read(simple(), { lie, cursor })).rejects.toMatchObject({
      code: 'ARCHIVE_MISMATCH',
    });
    expect(numbers(await read(simple(), { cursor }))).toEqual([1, 2, 3, 4]);
  });
});

describe('a cursor', () => {
  it('keeps its start, its head and ever fewer checkpoints between, at all depths', () => {
    let cursor = startCursor();
    for (let height = 1; height <= 3_000; height++) {
      const added: Checkpoint[] = [{ height, actionState: BigInt(height) }];
      cursor = advanceCursor(cursor, added, height);
      expect(cursor.length).toBeLessThanOrEqual(13);
      expect(cursor[0].height).toBe(height);
      expect(cursor.at(-1)).toEqual(startCursor()[0]);
    }
    const depths = cursor.map(({ height }) => 3_000 - height);
    expect([...depths].sort((a, b) => a - b)).toEqual(depths);
    expect(depths.some((depth) => depth >= 8 && depth <= 32)).toBe(true);
    expect(depths.some((depth) => depth >= 290 && depth <= 1_024)).toBe(true);
  });
});
