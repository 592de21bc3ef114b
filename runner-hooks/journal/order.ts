import { JournalError } from './error.ts';
import type { Store, Value } from './store.ts';

export { Orders, type Order, type OrderKey, type OrderKind, type OrderState };

/** Extensions and closings are the requester's; a refund is ours to send once a tab has expired. */
type OrderKind = 'extension' | 'closing' | 'refund';

/** `sending` is the intent; `sent` waits for the tab's account to show it. */
type OrderState = 'seen' | 'checked' | 'sending' | 'sent' | 'done' | 'refused';

interface OrderKey {
  readonly kind: OrderKind;
  readonly service: string;
  readonly tab: string;
  /** SHA-256 of the signed block, hex; empty for a refund. */
  readonly digest: string;
}

interface Order extends OrderKey {
  readonly id: number;
  readonly state: OrderState;
  readonly block: Uint8Array | null;
  readonly refusal: string | null;
  readonly reason: string | null;
  readonly transaction: string | null;
  readonly attempts: number;
  readonly seen: number;
  readonly changed: number;
}

interface OrderData {
  readonly block?: Uint8Array;
  readonly refusal?: string | null;
  readonly reason?: string | null;
  readonly transaction?: string;
}

const NEXT: Record<OrderState, readonly OrderState[]> = {
  seen: ['checked', 'refused'],
  checked: ['sending', 'refused', 'done'],
  sending: ['sent', 'checked', 'done'],
  sent: ['done', 'checked'],
  done: [],
  refused: ['seen'],
};

class Orders {
  constructor(
    private readonly store: Store,
    private readonly now: () => number
  ) {}

  /** Writes an order down, once. */
  see(key: OrderKey): Order {
    return this.store.write('order.see', () => {
      const known = this.#find(key);
      const now = this.now();
      if (known === undefined)
        this.store.run(
          `INSERT INTO orders (kind, service, tab, digest, state, seen, changed)
           VALUES (?, ?, ?, ?, 'seen', ?, ?)`,
          ...[key.kind, key.service, key.tab, key.digest, now, now]
        );
      else if (known.state === 'refused')
        this.transition(known, 'refused', 'seen', { refusal: null });
      return this.#find(key)!;
    });
  }

  transition(order: Order, from: OrderState, to: OrderState, data: OrderData = {}): Order {
    if (!NEXT[from].includes(to))
      throw new JournalError('CONFLICT', `an order does not go from ${from} to ${to}`);
    return this.store.write(`order.${to}`, () => {
      const columns = Object.entries<Value>({ ...data });
      const changed = this.store.run(
        `UPDATE orders SET state = ?, changed = ?, attempts = attempts + ?
         ${columns.map(([name]) => `, "${name}" = ?`).join('')} WHERE id = ? AND state = ?`,
        ...[to, this.now(), Number(to === 'sending'), ...columns.map(([, value]) => value)],
        ...[order.id, from]
      );
      if (changed !== 1)
        throw new JournalError('CONFLICT', `order ${order.id} is not ${from}, it cannot be ${to}`);
      return this.#find(order)!;
    });
  }

  in(...states: readonly OrderState[]): Order[] {
    return this.store
      .all<Order>(
        `SELECT * FROM orders WHERE state IN (${states.map((s) => `'${s}'`).join(', ')}) ORDER BY id`
      )
      .map(fromRow);
  }

  /** Of one block: anybody may ring for it under another tab. */
  withDigest(digest: string): Order[] {
    return this.store
      .all<Order>('SELECT * FROM orders WHERE digest = ? ORDER BY id', digest)
      .map(fromRow);
  }

  /** Whether the requester's closing of the tab is being carried out. */
  closes(tab: string): boolean {
    return this.in('checked', 'sending', 'sent').some(
      (order) => order.kind === 'closing' && order.tab === tab
    );
  }

  #find({ kind, service, tab, digest }: OrderKey): Order | undefined {
    const row = this.store.one<Order>(
      'SELECT * FROM orders WHERE kind = ? AND service = ? AND tab = ? AND digest = ?',
      ...[kind, service, tab, digest]
    );
    return row && fromRow(row);
  }
}

const fromRow = (row: Order): Order => ({
  ...row,
  block: row.block === null ? null : Uint8Array.from(row.block),
});
