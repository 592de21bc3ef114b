import { genesisId } from '../../../contracts/formats/log-commit.ts';
import type { LogEntry } from '../../../requester/logs.ts';

export { inLogOrder };

/**
 * Entries as they follow each other in the tab's log, oldest first. Those whose parent is not here,
 * since another browser asked for that job, come last, by the time they finished.
 */
function inLogOrder(tab: string, entries: readonly LogEntry[]): readonly LogEntry[] {
  const children = new Map(entries.map((entry) => [entry.commit.parent, entry]));
  const chain: LogEntry[] = [];
  for (
    let next = children.get(genesisId(tab));
    next !== undefined && chain.length < entries.length;
    next = children.get(next.id)
  )
    chain.push(next);
  const placed = new Set(chain.map(({ id }) => id));
  const rest = entries
    .filter(({ id }) => !placed.has(id))
    .sort((a, b) => a.note.receipt.finishedAt - b.note.receipt.finishedAt);
  return [...chain, ...rest];
}
