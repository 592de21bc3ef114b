import { Reader, Writer } from '../../contracts/formats/bytes.ts';
import { type Terms, readTerms, writeTerms } from '../../contracts/formats/terms.ts';
import type { Store } from './store.ts';

export { Tabs, type Tab };

/** A tab that this daemon has accepted work from. */
interface Tab {
  readonly address: string;
  readonly service: string;
  readonly terms: Terms;
  /** The settled head and the expiry slot as last read from its account. */
  readonly head: string;
  readonly expiry: number;
  /** Closed or refunded: nothing is left to do for it. */
  readonly ended: boolean;
}

interface Row {
  address: string;
  service: string;
  terms: Uint8Array;
  head: string;
  expiry: number;
  ended: number;
}

class Tabs {
  constructor(private readonly store: Store) {}

  /** Remembers a tab, or what its account now says. Its terms never change. */
  keep(terms: Terms, head: string, expiry: number): void {
    const known = this.get(terms.tab);
    if (known?.head === head && known.expiry === expiry) return;
    this.store.write('tab.keep', () =>
      this.store.run(
        `INSERT INTO tabs (address, service, terms, head, expiry) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (address) DO UPDATE SET head = excluded.head, expiry = excluded.expiry`,
        ...[terms.tab, terms.service, writeTerms(new Writer(), terms).finish(), head, expiry]
      )
    );
  }

  end(address: string): void {
    this.store.write('tab.end', () =>
      this.store.run('UPDATE tabs SET ended = 1 WHERE address = ?', address)
    );
  }

  get(address: string): Tab | undefined {
    const row = this.store.one<Row>('SELECT * FROM tabs WHERE address = ?', address);
    return row && fromRow(row);
  }

  /** Those that may still have something to settle, extend, close or refund. */
  open(): Tab[] {
    return this.store.all<Row>('SELECT * FROM tabs WHERE ended = 0 ORDER BY rowid').map(fromRow);
  }
}

const fromRow = ({ terms, ended, ...row }: Row): Tab => ({
  ...row,
  terms: readTerms(new Reader(Uint8Array.from(terms))),
  ended: ended === 1,
});
