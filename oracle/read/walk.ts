export { type Walk, type Walkable, walkLog };

import type { Log } from '../../contracts/formats/log.ts';
import type { AnyNote } from '../../contracts/formats/note.ts';
import { OracleError } from '../error.ts';
import { type LogEntry, type Objects, assertFollows, entryOf } from './entry.ts';

/** Git objects by id; what is missing may yet be fetched. */
interface Walkable extends Objects {
  has(id: string): Promise<boolean>;
}

interface Walk<N extends AnyNote> {
  readonly log: Log<N>;
  readonly head: string;
  readonly from: string;
  readonly most: number;
}

/**
 * From the head down to `from`. The way down ends only there: at the genesis it is a rewritten log.
 *
 * @returns oldest first; `too shallow` where an object below the first is not there
 * @throws {OracleError}
 */
async function walkLog<N extends AnyNote>(
  objects: Walkable,
  { log, head, from, most }: Walk<N>,
  onEntry: (read: number) => void
): Promise<readonly LogEntry<N>[] | 'too shallow'> {
  const entries: LogEntry<N>[] = [];
  for (let id = head; id !== from; id = entries.at(-1)!.commit.parent) {
    if (id === log.genesis.id)
      throw new OracleError(
        'LOG_REWRITTEN',
        `the log of ${log.address} goes from ${head} to its genesis in ${entries.length} commits without ` +
          `the settled head ${from}; nothing can be settled from it until the host restores it`
      );
    if (entries.length >= most)
      throw new OracleError(
        'TOO_LARGE',
        `the log of ${log.address} has more than ${most} entries after ${from}; allow more if you trust it`
      );
    if (entries.length > 0 && !(await objects.has(id))) return 'too shallow';
    entries.push(await entryOf(objects, log, id));
    onEntry(entries.length);
  }
  entries.reverse().forEach((entry, i) => assertFollows(log, entry, entries[i - 1]));
  return entries;
}
