export { type Walk, type Walkable, walkLog };

import { genesisId } from '../../contracts/formats/log-commit.ts';
import { OracleError } from '../error.ts';
import { type LogEntry, type Objects, assertFollows, entryOf } from './entry.ts';

/** Git objects by id; what is missing may yet be fetched. */
interface Walkable extends Objects {
  has(id: string): Promise<boolean>;
}

interface Walk {
  readonly tab: string;
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
async function walkLog(
  objects: Walkable,
  { tab, head, from, most }: Walk,
  onEntry: (read: number) => void
): Promise<readonly LogEntry[] | 'too shallow'> {
  const genesis = genesisId(tab);
  const entries: LogEntry[] = [];
  for (let id = head; id !== from; id = entries.at(-1)!.commit.parent) {
    if (id === genesis)
      throw new OracleError(
        'LOG_REWRITTEN',
        `the log of ${tab} goes from ${head} to its genesis in ${entries.length} commits without ` +
          `the settled head ${from}; nothing can be settled from it until the host restores it`
      );
    if (entries.length >= most)
      throw new OracleError(
        'TOO_LARGE',
        `the log of ${tab} has more than ${most} entries after ${from}; allow more if you trust it`
      );
    if (entries.length > 0 && !(await objects.has(id))) return 'too shallow';
    entries.push(await entryOf(objects, tab, id));
    onEntry(entries.length);
  }
  entries.reverse().forEach((entry, i) => assertFollows(entry, entries[i - 1]));
  return entries;
}
