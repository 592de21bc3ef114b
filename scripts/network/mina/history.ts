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
  /** Canonical JSON of the included commands, in order. */
  readonly commands: readonly string[];
}

/** What a journal amounts to, reorganisations resolved. */
interface History {
  readonly genesis: Genesis;
  readonly blocks: readonly BlockRecord[];
  /** Canonical JSON of the commands that wait for a block, in order. */
  readonly waiting: readonly string[];
  readonly slotsAdvanced: number;
  /** Public keys that were given out. */
  readonly acquired: ReadonlySet<string>;
}

/**
 * @param hashOf a command's hash, from its canonical JSON
 * @returns undefined for a journal with nothing in it
 * @throws MinaNetworkError `JOURNAL_DAMAGED` where lines contradict each other
 */
async function foldHistory(
  entries: readonly Entry[],
  hashOf: (json: string) => Promise<string>
): Promise<History | undefined> {
  const [first, ...rest] = entries;
  if (first === undefined) return undefined;
  if (first.kind !== 'genesis') throw contradiction(1, 'the first line is no genesis');
  const blocks: (BlockRecord & { hashes: readonly string[] })[] = [];
  let waiting = new Map<string, string>();
  let slotsAdvanced = 0;
  const acquired = new Set<string>();

  const take = (hash: string, line: number): string => {
    const json = waiting.get(hash);
    if (json === undefined) throw contradiction(line, `${hash} was not waiting for a block`);
    waiting.delete(hash);
    return json;
  };

  for (const [i, entry] of rest.entries()) {
    const line = i + 2;
    switch (entry.kind) {
      case 'genesis':
        throw contradiction(line, 'there is a second genesis');
      case 'command':
        waiting.set(await hashOf(entry.json), entry.json);
        break;
      case 'block': {
        const { slot, timestamp, salt, stateHash, included, dropped } = entry;
        const commands = included.map((hash) => take(hash, line));
        dropped.forEach((hash) => take(hash, line));
        blocks.push({ slot, timestamp, salt, stateHash, commands, hashes: included });
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
            ...undone.flatMap(({ hashes, commands }) =>
              hashes.map((hash, n) => [hash, commands[n]!] as const)
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
