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
const key = fc.constantFrom(...KEYS);

const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });
const field = fc.bigInt({ min: 0n, max: MODULUS - 1n });
const canonical = uint(254);

const objectName = fc
  .uint8Array({ minLength: 20, maxLength: 20 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));

const terms: fc.Arbitrary<Terms> = fc.record({
  network: fc.stringMatching(/^[ -~]{1,31}$/),
  tab: key,
  service: key,
  requestKey: key,
  refund: key,
  payee: key,
  price: fc.record({ base: uint(BOUND.base), perSecond: uint(BOUND.perSecond) }),
  token: field,
  cap: uint(BOUND.amount),
});

const signature: fc.Arbitrary<FieldSignature> = fc.record({ r: field, s: field });

const request: fc.Arbitrary<SignedRequest> = fc.record({
  terms,
  sequence: uint32,
  envelope: digest,
  maximum: uint(64),
  validUntil: uint32,
  signature,
});

const extension: fc.Arbitrary<SignedExtension> = fc.record({ terms, expiry: uint32, signature });
const closing: fc.Arbitrary<SignedClosing> = fc.record({ terms, head: objectName, signature });

const receipt: fc.Arbitrary<Receipt> = fc.record({
  sequence: uint32,
  request: canonical,
  result: digest,
  body: canonical,
  amount: uint(64),
  finishedAt: fc.integer({ min: 1_000_000_000, max: 2 ** 32 - 1 }),
});

const exitStatus = fc.oneof(
  fc.constantFrom(...Object.values(EXIT)),
  fc.integer({ min: 0, max: 65_535 })
);

const phases = fc.array(
  fc.record({
    name: fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/),
    script: digest,
    exitStatus,
    milliseconds: uint(48),
    taskClock: uint(BOUND.taskClock),
  }),
  { maxLength: MAX_PHASES }
);

const counter: fc.Arbitrary<Counter> = fc.record({
  name: fc.stringMatching(/^[!-~]{1,31}$/),
  unit: fc.constantFrom('ns', 'count', 'bytes'),
  value: fc.option(uint(64), { nil: undefined }),
});

const counters = (most: number): fc.Arbitrary<readonly Counter[]> =>
  fc
    .tuple(
      uint(BOUND.taskClock),
      fc.uniqueArray(counter, { selector: ({ name }) => name, maxLength: most - 1 })
    )
    .map(([value, rest]) => [
      { name: 'task-clock', unit: 'ns', value },
      ...rest.filter(({ name }) => name !== 'task-clock'),
    ]);

const note: fc.Arbitrary<Note> = fc
  .record({
    receipt,
    request,
    runner: key,
    signature,
    source: objectName,
    execution: fc.record({ source: digest, phases, output: digest }),
    exitStatus,
    counters: counters(8),
    profile: digest,
    blinding: field,
    previous: fc.option(digest.map(rawCidOf), { nil: null }),
  })
  .map((note) => ({ ...note, execution: { ...note.execution, input: note.request.envelope } }));

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
/** What people call branches, jobs and themselves, quotes and other scripts included. */
const words = (max: number) =>
  fc
    .array(
      fc.constantFrom('a', 'Z', '0', '"', '\\', ' ', 'ä', '漢', '.', '_', '[', ']', '-', '/', '🚀'),
      { minLength: 1, maxLength: max / 2 }
    )
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
