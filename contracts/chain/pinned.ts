import * as v from 'valibot';
import { check } from '../formats/json.ts';
import circuits from '../circuits.pinned.json' with { type: 'json' };
import { field } from './schema.ts';

export { type Pinned, type PinnedKey, parsePinned, pinned };

/** A contract's verification key as o1js's `compile` gives it. */
interface PinnedKey {
  /** Base 64; what an account is created with. */
  readonly data: string;
  readonly hash: bigint;
}

/** What this release's circuits compile to: keys of both contracts, and the job log's. */
interface Pinned {
  readonly Tab: PinnedKey;
  readonly Service: PinnedKey;
  readonly JobLog: Pick<PinnedKey, 'hash'>;
}

const data = v.pipe(v.string(), v.base64(), v.maxLength(16_384));
const PinnedSchema = v.object({
  Tab: v.object({ data, hash: field }),
  Service: v.object({ data, hash: field }),
  JobLog: v.object({ hash: field }),
});

/** Reads `contracts/circuits.pinned.json`, which `npm run pin` writes. */
const parsePinned = (json: unknown): Pinned => check(PinnedSchema, json, 'pinned circuits');

/** This release's own. */
const pinned: Pinned = parsePinned(circuits);
