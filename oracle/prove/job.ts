export {
  MOST_NOTES,
  JobSchema,
  ResultSchema,
  PartialSchema,
  type ProofJob,
  type CallJob,
  type ProofKind,
  type JobOf,
  type ProofResult,
  type PartialResult,
  type Claim,
};

import * as v from 'valibot';

/**
 * What the prover can be asked for. Values cross a process border, so they travel in their canonical
 * bytes (`contracts/formats`), which the other side parses as strictly as anything from outside.
 */

const block = (most: number) =>
  v.pipe(
    v.custom<Uint8Array>((bytes) => bytes instanceof Uint8Array, 'expected bytes'),
    v.check((bytes) => bytes.length > 0 && bytes.length <= most, `expected at most ${most} bytes`)
  );
const uint = (bits: number) =>
  v.pipe(
    v.bigint(),
    v.check((value) => value >= 0n && value >> BigInt(bits) === 0n, `expected ${bits} bits`)
  );
const key = v.pipe(v.string(), v.regex(/^B62[0-9A-Za-z]{52}$/, 'expected a Mina public key'));
const index = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff));

/** Who pays for the transaction, and the node whose accounts it is made for. No private key: the proven command goes back to be signed. */
const transaction = {
  node: v.pipe(v.string(), v.maxLength(512), v.regex(/^https?:\/\/\S+$/, 'expected http(s)')),
  networkId: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,31}$/)),
  feePayer: v.strictObject({ publicKey: key, fee: uint(64), nonce: index }),
};

const terms = block(512);
/** Eight state fields. */
const state = v.pipe(v.array(uint(255)), v.length(8));
/** Where a former run got to: a proof of the first `jobs` notes. */
const PartialSchema = v.strictObject({
  jobs: v.pipe(index, v.minValue(1)),
  proof: v.strictObject({
    publicInput: v.array(v.string()),
    publicOutput: v.array(v.string()),
    maxProofsVerified: v.picklist([0, 1, 2]),
    proof: v.pipe(v.string(), v.maxLength(1_000_000)),
  }),
});

/** Most jobs of a log that one proof is made of: hours of proving. */
const MOST_NOTES = 1_024;

const JobSchema = v.variant('kind', [
  v.strictObject({
    kind: v.literal('settle'),
    ...transaction,
    terms,
    state,
    notes: v.pipe(v.array(block(16 * 1024)), v.minLength(1), v.maxLength(64)),
    resume: v.optional(PartialSchema),
  }),
  v.strictObject({ kind: v.literal('extend'), ...transaction, order: block(1024) }),
  v.strictObject({
    kind: v.literal('close'),
    ...transaction,
    order: block(1024),
    runner: key,
    runnerSignature: block(64),
    amount: uint(64),
  }),
  v.strictObject({ kind: v.literal('refund'), ...transaction, terms, amount: uint(64) }),
  v.strictObject({
    kind: v.literal('rotate'),
    ...transaction,
    service: key,
    owner: key,
    runner: key,
    /** SHA-256 of the new keyset block. */
    keyset: v.pipe(
      block(32),
      v.check(({ length }) => length === 32, 'expected 32 bytes')
    ),
  }),
  v.strictObject({
    kind: v.literal('pause'),
    ...transaction,
    service: key,
    owner: key,
    paused: v.boolean(),
  }),
  /** A tab's log from its genesis on: for whoever wants to see it proven, not paid. */
  v.strictObject({
    kind: v.literal('log'),
    terms,
    notes: v.pipe(v.array(block(16 * 1024)), v.minLength(1), v.maxLength(MOST_NOTES)),
  }),
]);

type ProofJob = v.InferOutput<typeof JobSchema>;
/** What ends in a transaction. */
type CallJob = Exclude<ProofJob, { kind: 'log' }>;
type ProofKind = ProofJob['kind'];
type JobOf<K extends ProofKind> = Extract<ProofJob, { kind: K }>;
type PartialResult = v.InferOutput<typeof PartialSchema>;

const field = uint(255);
/** Public output of the verified proof of a log: see `contracts/programs/job-log.ts`. */
const ClaimSchema = v.strictObject({
  ...{ terms: field, runner: field, headBefore: field, headAfter: field },
  ...{ logBefore: field, logAfter: field, windowBefore: field, windowAfter: field },
  total: uint(64),
});
type Claim = v.InferOutput<typeof ClaimSchema>;

const seconds = v.pipe(v.number(), v.minValue(0));
/** The proven command as JSON, fee payer (and owner) still to sign, and what it took. */
const CommandSchema = v.strictObject({
  command: v.pipe(v.string(), v.maxLength(4_000_000)),
  seconds,
});
/** What was proven of a log, and what it took. */
const ClaimedSchema = v.strictObject({ claim: ClaimSchema, seconds });
const ResultSchema = v.union([CommandSchema, ClaimedSchema]);
type ProofResult<J extends ProofJob = ProofJob> = J extends { kind: 'log' }
  ? v.InferOutput<typeof ClaimedSchema>
  : v.InferOutput<typeof CommandSchema>;
