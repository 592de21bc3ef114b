import type { Store } from './store.ts';

export { Cursors };

/** How far each service's inbox has been read. What a cursor says is the reader's affair. */
class Cursors {
  constructor(private readonly store: Store) {}

  get(service: string): string | undefined {
    return this.store.one<{ cursor: string }>(
      'SELECT cursor FROM cursors WHERE service = ?',
      service
    )?.cursor;
  }

  /** Moves on together with what was read: `keep` writes it down in the same transaction. */
  advance(service: string, cursor: string, keep: () => void): void {
    this.store.write('cursor.advance', () => {
      keep();
      this.store.run(
        `INSERT INTO cursors (service, cursor) VALUES (?, ?)
         ON CONFLICT (service) DO UPDATE SET cursor = excluded.cursor`,
        ...[service, cursor]
      );
    });
  }
}
