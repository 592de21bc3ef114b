import { Reducer } from 'o1js';
import type { Block, IncludedCommand, NumberedUpdate } from './block.ts';
import type { AccountId } from './ledger.ts';

export { Archive, BLOCK_RANGE };
export type { Emission, EmittingBlock, HeightRange };

/** Most blocks one query scans, as in Archive-Node-API. */
const BLOCK_RANGE = 10_000;

/** One event or action: its field elements, and the update and command it came from. */
interface Emission {
  readonly data: readonly string[];
  readonly update: NumberedUpdate;
  readonly command: IncludedCommand;
}

/** What one block emitted for one account. */
interface EmittingBlock {
  readonly block: Block;
  readonly emissions: readonly Emission[];
}

interface ActingBlock extends EmittingBlock {
  /** The account's action state after the block and after the four acting blocks before it. */
  readonly actionStates: readonly string[];
}

interface HeightRange {
  /** Inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** Events and actions of commands that took effect, by account; what failed left none behind. */
class Archive {
  private readonly emitted = new Map<string, EmittingBlock[]>();
  private readonly acted = new Map<string, ActingBlock[]>();

  /** @param actionState an account's action state on the ledger after the block, decimal. */
  record(block: Block, actionState: (account: AccountId) => string): void {
    for (const [key, { emissions }] of collect(block, 'events'))
      push(this.emitted, key, { block, emissions });
    for (const [key, { account, emissions }] of collect(block, 'actions')) {
      const before = this.acted.get(key)?.at(-1)?.actionStates ?? EMPTY_STATES;
      const actionStates = [actionState(account), ...before.slice(0, 4)];
      push(this.acted, key, { block, emissions, actionStates });
    }
  }

  /** Ascending by height. */
  events(account: AccountId, range: HeightRange): readonly EmittingBlock[] {
    return (this.emitted.get(keyOf(account)) ?? []).filter(({ block }) => within(block, range));
  }

  /** Ascending by height, all blocks of the account. */
  actions(account: AccountId): readonly ActingBlock[] {
    return this.acted.get(keyOf(account)) ?? [];
  }
}

const EMPTY_STATES: readonly string[] = Array<string>(5).fill(
  Reducer.initialActionState.toString()
);

const keyOf = ({ publicKey, tokenId }: AccountId): string => `${publicKey} ${tokenId}`;

const within = ({ height }: Block, { from, to }: HeightRange): boolean =>
  from <= height && height < to;

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function collect(
  block: Block,
  kind: 'events' | 'actions'
): Map<string, { account: AccountId; emissions: Emission[] }> {
  const found = new Map<string, { account: AccountId; emissions: Emission[] }>();
  for (const command of block.commands) {
    if (command.failures !== null) continue;
    for (const update of command.updates) {
      const lists = update.body[kind];
      if (lists.length === 0) continue;
      const { publicKey, tokenId } = update.body;
      const key = keyOf({ publicKey, tokenId });
      const entry = found.get(key) ?? { account: { publicKey, tokenId }, emissions: [] };
      found.set(key, entry);
      for (const data of lists) entry.emissions.push({ data, update, command });
    }
  }
  return found;
}
