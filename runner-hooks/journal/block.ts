import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from '../../contracts/formats/bytes.ts';
import type { Store } from './store.ts';

export { Blocks, type BlockKind };

/** The raw blocks of a job: those that its requester made, secrets of the vault by name, and two that we made. */
type BlockKind = 'request' | 'envelope' | `vault ${string}` | 'receipt' | 'note';

/** Kept here as well as on IPFS, so that what a host lost can be published again (I5). */
class Blocks {
  constructor(private readonly store: Store) {}

  keep(job: number, kind: BlockKind, bytes: Uint8Array): void {
    this.store.write(`block.${kind}`, () =>
      this.store.run(
        'INSERT OR IGNORE INTO blocks (job, kind, digest, bytes) VALUES (?, ?, ?, ?)',
        ...[job, kind, toHex(sha256(bytes)), bytes]
      )
    );
  }

  get(job: number, kind: BlockKind): Uint8Array | undefined {
    const row = this.store.one<{ bytes: Uint8Array }>(
      'SELECT bytes FROM blocks WHERE job = ? AND kind = ?',
      ...[job, kind]
    );
    return row && Uint8Array.from(row.bytes);
  }

  /** Blocks of the vault that the job's envelope names, by the names it gives them. */
  vaultOf(job: number): ReadonlyMap<string, Uint8Array> {
    const rows = this.store.all<{ kind: string; bytes: Uint8Array }>(
      `SELECT kind, bytes FROM blocks WHERE job = ? AND kind LIKE 'vault %' ORDER BY kind`,
      job
    );
    return new Map(
      rows.map(({ kind, bytes }) => [kind.slice('vault '.length), Uint8Array.from(bytes)])
    );
  }

  ofJob(job: number): Uint8Array[] {
    return this.store
      .all<{ bytes: Uint8Array }>('SELECT bytes FROM blocks WHERE job = ?', job)
      .map(({ bytes }) => Uint8Array.from(bytes));
  }

  /** A refused request is not ours to keep. */
  drop(job: number): void {
    this.store.write('block.drop', () => this.store.run('DELETE FROM blocks WHERE job = ?', job));
  }
}
