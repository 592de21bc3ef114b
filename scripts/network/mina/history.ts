import type { StoredCommand } from './command.ts';
import { MinaNetworkError } from './errors.ts';
import type { Genesis } from './genesis.ts';
import type { Entry } from './journal.ts';

export { foldHistory };
export type { BlockRecord, History };

interface BlockRecord {
  readonly slot: number;
  readonly timestamp: number;
  readonly salt: string;
  readonly stateHash: string;
  /** In order. */
  readonly commands: readonly StoredCommand[];
}

/** What a journal amounts to, reorganisations resolved. */
interface History {
  readonly genesis: Genesis;
  readonly blocks: readonly BlockRecord[];
  /** Commands without a block, in order of arrival. */
  readonly waiting: readonly StoredCommand[];
  readonly slotsAdvanced: number;
  /** Public keys that were given out. */
  readonly acquired: ReadonlySet<string>;
}

/**
 * @returns undefined for a journal with nothing in it
 * @throws MinaNetworkError `JOURNAL_DAMAGED` where lines contradict each other
 */
function foldHistory(entries: readonly Entry[]): History | undefined {
  const [first, ...rest] = entries;
  if (first === undefined) return undefined;
  if (first.kind !== 'genesis') throw contradiction(1, 'the first line is no genesis');
  const blocks: BlockRecord[] = [];
  let waiting = new Map<string, StoredCommand>();
  let slotsAdvanced = 0;
  const acquired = new Set<string>();

  const take = (hash: string, line: number): StoredCommand => {
    const command = waiting.get(hash);
    if (command === undefined) throw contradiction(line, `${hash} was not waiting for a block`);
    waiting.delete(hash);
    return command;
  };

  for (const [i, entry] of rest.entries()) {
    const line = i + 2;
    switch (entry.kind) {
      case 'genesis':
        throw contradiction(line, 'there is a second genesis');
      case 'command':
        waiting.set(entry.hash, { hash: entry.hash, json: entry.json });
        break;
      case 'block': {
        const { slot, timestamp, salt, stateHash, included, dropped } = entry;
        const commands = included.map((hash) => take(hash, line));
        dropped.forEach((hash) => take(hash, line));
        blocks.push({ slot, timestamp, salt, stateHash, commands });
        break;
      }
      case 'slots':
        slotsAdvanced += entry.advance;
        break;
      case 'reorg': {
        if (entry.depth > blocks.length)
          throw contradiction(line, `${entry.depth} blocks of ${blocks.length} are taken back`);
        const undone = blocks.splice(blocks.length - entry.depth);
        if (entry.reapply)
          waiting = new Map([
            ...undone.flatMap(({ commands }) =>
              commands.map((command) => [command.hash, command] as const)
            ),
            ...waiting,
          ]);
        break;
      }
      case 'acquire':
        acquired.add(entry.publicKey);
        break;
      case 'release':
        acquired.delete(entry.publicKey);
        break;
    }
  }
  return {
    genesis: first.genesis,
    blocks,
    waiting: [...waiting.values()],
    slotsAdvanced,
    acquired,
  };
}

const contradiction = (line: number, what: string): MinaNetworkError =>
  new MinaNetworkError(
    'JOURNAL_DAMAGED',
    `line ${line} of the journal can't be followed: ${what}; ` +
      'restore the folder from a copy or remove it to begin a new chain.'
  );
