import { JournalError } from './error.ts';
import type { Store } from './store.ts';

export { Settlements, type SettlementRow, type SettlementState };

/** `planned` is the intent, `sent` has a transaction, the rest is how it ended. */
type SettlementState = 'planned' | 'sent' | 'confirmed' | 'dropped';

interface SettlementRow {
  readonly id: number;
  readonly tab: string;
  readonly state: SettlementState;
  readonly transaction: string | null;
  /** The head it moves the tab to. */
  readonly head: string | null;
  readonly paid: string | null;
  readonly reason: string | null;
  readonly began: number;
  readonly changed: number;
}

const NEXT: Record<SettlementState, readonly SettlementState[]> = {
  planned: ['sent', 'confirmed', 'dropped'],
  sent: ['sent', 'confirmed', 'dropped'],
  confirmed: [],
  dropped: [],
};

class Settlements {
  constructor(
    private readonly store: Store,
    private readonly now: () => number
  ) {}

  /** The intent. `keep` moves the jobs it is for, in the same transaction. */
  plan(tab: string, keep: (id: number) => void): SettlementRow {
    return this.store.write('settlement.plan', () => {
      const now = this.now();
      this.store.run(
        `INSERT INTO settlements (tab, state, began, changed) VALUES (?, 'planned', ?, ?)`,
        ...[tab, now, now]
      );
      const row = this.underWay(tab)!;
      keep(row.id);
      return row;
    });
  }

  move(
    id: number,
    to: SettlementState,
    data: { transaction?: string; head?: string; paid?: bigint; reason?: string } = {},
    keep: () => void = () => undefined
  ): void {
    this.store.write(`settlement.${to}`, () => {
      const row = this.get(id);
      if (!NEXT[row.state].includes(to))
        throw new JournalError('CONFLICT', `settlement ${id} is ${row.state}, it cannot be ${to}`);
      this.store.run(
        `UPDATE settlements SET state = ?, "transaction" = coalesce(?, "transaction"),
         head = coalesce(?, head), paid = coalesce(?, paid), reason = ?, changed = ? WHERE id = ?`,
        ...[to, data.transaction ?? null, data.head ?? null, data.paid?.toString() ?? null],
        ...[data.reason ?? null, this.now(), id]
      );
      keep();
    });
  }

  get(id: number): SettlementRow {
    const row = this.store.one<SettlementRow>('SELECT * FROM settlements WHERE id = ?', id);
    if (row === undefined)
      throw new JournalError('CORRUPT', `settlement ${id} is not in the journal`);
    return row;
  }

  underWay(tab: string): SettlementRow | undefined {
    return this.store.one<SettlementRow>(
      `SELECT * FROM settlements WHERE tab = ? AND state IN ('planned', 'sent')`,
      tab
    );
  }

  /** How many in a row were dropped since the last that counted: what to wait by. */
  failures(tab: string): { count: number; last: number } {
    return this.store.one<{ count: number; last: number }>(
      `SELECT count(*) AS count, coalesce(max(changed), 0) AS last FROM settlements
       WHERE tab = ? AND state = 'dropped' AND id >
       (SELECT coalesce(max(id), 0) FROM settlements WHERE tab = ? AND state = 'confirmed')`,
      ...[tab, tab]
    )!;
  }

  ofTab(tab: string): SettlementRow[] {
    return this.store.all<SettlementRow>(
      'SELECT * FROM settlements WHERE tab = ? ORDER BY id',
      tab
    );
  }
}
