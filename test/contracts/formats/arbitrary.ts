import fc from 'fast-check';
import { BOUND } from '../../../contracts/formats/amount.ts';
import { MODULUS } from '../../../contracts/formats/field.ts';
import { EXIT, MAX_PHASES } from '../../../contracts/formats/job.ts';
import type { Note } from '../../../contracts/formats/note.ts';
import { type Origin, originDigest } from '../../../contracts/formats/origin.ts';
import type { RunNote } from '../../../contracts/formats/run-note.ts';
import type { SignedClosing, SignedExtension } from '../../../contracts/formats/order.ts';
import type { Counter } from '../../../contracts/formats/perf.ts';
import type { Receipt } from '../../../contracts/formats/receipt.ts';
import type { SignedRequest } from '../../../contracts/formats/request.ts';
import type { FieldSignature } from '../../../contracts/formats/signature.ts';
import type { Terms } from '../../../contracts/formats/terms.ts';
import { rawCidOf } from '../../../contracts/formats/cid.ts';
import { publicKey } from '../../vectors/sample.ts';

export {
  uint,
  uint32,
  key,
  digest,
  field,
  canonical,
  objectName,
  terms,
  signature,
  request,
  extension,
  closing,
  receipt,
  phases,
  counters,
  note,
  origin,
  runNote,
};

/** Values of every format, with their bounds hit often: `fc.bigInt` favours its ends. */

const uint = (bits: number): fc.Arbitrary<bigint> =>
  fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });

const KEYS = Array.from({ length: 12 }, (_, i) => publicKey(i + 1));
const key = fc.constantFrom('a', 'Z', '0', '"', '\\', ' ', 'ä', '漢', '.', '_', '[', ']', '-', '/', '🚀'), { minLength: 1, maxLength: max / 2 })
    .map((letters) => letters.join(''));
const path = fc
  .array(fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join('/'));
const number = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map(String);

const origin: fc.Arbitrary<Origin> = fc.record({
  version: fc.constant(1 as const),
  forge: fc.constantFrom('github' as const, 'gitlab' as const, 'local' as const),
  host: fc.constantFrom('github.com', 'git.example:8443', '127.0.0.1:3000'),
  repository: path,
  commit: objectName,
  workflow: fc.record({ path, sha256: fc.option(digest.map(hex)) }),
  run: number,
  attempt: fc.integer({ min: 1, max: 1_000_000 }),
  job: fc.record({ id: fc.option(number), name: words(255) }),
  event: words(64),
  actor: words(255),
  fork: fc.option(fc.boolean()),
  ref: path.map((name) => `refs/${name}`),
});

const runNote: fc.Arbitrary<RunNote> = fc.record({ note, origin }).map(({ note, origin }) => {
  const { request, ...body } = note;
  return {
    ...body,
    receipt: { ...note.receipt, sequence: request.sequence, amount: 0n },
    origin,
    source: origin.commit,
    execution: { ...note.execution, input: originDigest(origin) },
  };
});
