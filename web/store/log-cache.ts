import * as v from 'valibot';
import type { LogEntry } from '../../requester/logs.ts';
import type { Database } from './database.ts';

export { type KnownLog, type LogCache, createLogCache };

/** A log as far as it was read here: ids and numbers, oldest first. */
interface KnownLog {
  readonly ids: readonly string[];
  readonly sequences: readonly number[];
}

const Row = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/)),
  parent: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/)),
  sequence: v.pipe(v.number(), v.integer(), v.minValue(1)),
  note: v.instance(Uint8Array),
});

const rangeOf = (tab: string): IDBKeyRange => IDBKeyRange.bound([tab, 0], [tab, Infinity]);

/** Keeps what was read and checked, so that a reload reads only what is new. */
function createLogCache(database: Promise<Database>) {
  const known = new Map<string, KnownLog>();

  async function load(tab: string): Promise<KnownLog> {
    const rows = await (await database).getAll('logs', rangeOf(tab));
    const parsed = v.safeParse(v.array(Row), rows);
    if (!parsed.success) {
      // Another release's, or damaged: it is only a copy.
      await forget(tab);
      return { ids: [], sequences: [] };
    }
    const log = {
      ids: parsed.output.map(({ id }) => id),
      sequences: parsed.output.map(({ sequence }) => sequence),
    };
    known.set(tab, log);
    return log;
  }

  async function forget(tab: string): Promise<void> {
    known.delete(tab);
    await (await database).delete('logs', rangeOf(tab));
  }

  return {
    forget,
    log: async (tab: string): Promise<KnownLog> => known.get(tab) ?? load(tab),

    /** @param entries that follow the last known one */
    async append(tab: string, entries: readonly LogEntry[]): Promise<KnownLog> {
      const before = known.get(tab) ?? (await load(tab));
      if (entries.length === 0) return before;
      const { encodeNote } = await import('../../contracts/formats/note.ts');
      const transaction = (await database).transaction('logs', 'readwrite');
      for (const [i, { note, commit, id }] of entries.entries())
        void transaction.store.put(
          { id, parent: commit.parent, sequence: note.receipt.sequence, note: encodeNote(note) },
          [tab, before.ids.length + i]
        );
      await transaction.done;
      const log = {
        ids: [...before.ids, ...entries.map(({ id }) => id)],
        sequences: [...before.sequences, ...entries.map(({ note }) => note.receipt.sequence)],
      };
      known.set(tab, log);
      return log;
    },

    /** A job's entry, put together again from its note. */
    async entry(tab: string, sequence: number): Promise<LogEntry | undefined> {
      const at = (known.get(tab) ?? (await load(tab))).sequences.indexOf(sequence);
      if (at < 0) return undefined;
      const row = v.safeParse(Row, await (await database).get('logs', [tab, at]));
      const { parseNote, commitOfNote } = await import('../../contracts/formats/note.ts');
      if (!row.success) return undefined;
      const note = parseNote(row.output.note);
      const made = commitOfNote(note, row.output.parent);
      return made.id === row.output.id ? { note, ...made } : undefined;
    },
  };
}

type LogCache = ReturnType<typeof createLogCache>;
