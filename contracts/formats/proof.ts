import * as v from 'valibot';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8 } from './bytes.ts';
import {
  BindingSchema,
  CredentialSchema,
  bindingCommitment,
  hostDigest,
  scopeLeaf,
} from './credential.ts';
import { MODULUS, halves } from './field.ts';
import { check, decimal } from './json.ts';

export {
  MAX_PROOF_BYTES,
  type CredentialProof,
  type ActiveTabProof,
  type CredentialClaim,
  type ActiveTabClaim,
  parseCredentialProof,
  parseActiveTabProof,
  credentialOutput,
  activeTabOutput,
  contextOf,
};

/** A proof is about 31 KB. */
const MAX_PROOF_BYTES = 256 * 1024;

const field = decimal(MODULUS - 1n);
/** A claim's 0 says nothing, so in words it is written as nothing: null. */
const commitment = v.pipe(
  field,
  v.check((text) => text !== '0', 'expected a commitment')
);
/** As o1js writes one. What it says is not in it: a reader computes that from the claim. */
const proof = v.pipe(v.string(), v.base64(), v.maxLength(MAX_PROOF_BYTES));
const proofOf = <const Program extends string, Claim extends v.GenericSchema>(
  program: Program,
  claim: Claim
) => v.strictObject({ version: v.literal(1), program: v.literal(program), claim, proof });
const slot = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1));

const CredentialClaimSchema = v.strictObject({
  ...BindingSchema.entries,
  commitment,
  host: CredentialSchema.entries.host,
  /** One of the credential's, or null where none is shown. */
  scope: v.nullable(v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,64}$/, 'expected a scope'))),
  /** It does not expire before this slot; 0 says nothing. */
  until: slot,
  /** Another commitment to the same secret, or null. */
  sameAs: v.nullable(commitment),
});
/** What a proof says of a credential, in words. */
type CredentialClaim = v.InferOutput<typeof CredentialClaimSchema>;

const ActiveTabClaimSchema = v.strictObject({
  /** Root of the set; see `tabSetRoot`. */
  tabs: field,
  /** Nanomina. */
  minimum: decimal((1n << 64n) - 1n),
  slot,
  /** Whom and what it is for: the verifier's words. */
  context: v.pipe(v.string(), v.minLength(1), v.maxLength(1024)),
});
type ActiveTabClaim = v.InferOutput<typeof ActiveTabClaimSchema>;

const CredentialProofSchema = proofOf('credential', CredentialClaimSchema);
type CredentialProof = v.InferOutput<typeof CredentialProofSchema>;

const ActiveTabProofSchema = proofOf('active-tab', ActiveTabClaimSchema);
type ActiveTabProof = v.InferOutput<typeof ActiveTabProofSchema>;

/** @throws FormatError `SHAPE` */
const parseCredentialProof = (json: unknown): CredentialProof =>
  check(CredentialProofSchema, json, 'proof');
/** @throws FormatError `SHAPE` */
const parseActiveTabProof = (json: unknown): ActiveTabProof =>
  check(ActiveTabProofSchema, json, 'proof');

/** The public output that a proof of this claim has, element by element. */
const credentialOutput = (claim: CredentialClaim): readonly bigint[] => [
  BigInt(claim.commitment),
  bindingCommitment(claim),
  ...(claim.host === null ? [0n, 0n] : halves(hostDigest(claim.host))),
  claim.scope === null ? 0n : scopeLeaf(claim.scope),
  BigInt(claim.until),
  BigInt(claim.sameAs ?? 0),
];

/** The public output that a proof of this claim has, element by element. */
const activeTabOutput = (claim: ActiveTabClaim): readonly bigint[] => [
  BigInt(claim.tabs),
  BigInt(claim.minimum),
  BigInt(claim.slot),
  contextOf(claim.context),
];

/** A verifier's words as a field element: the first 31 bytes of their SHA-256. */
const contextOf = (words: string): bigint =>
  sha256(utf8.encode(words))
    .subarray(0, 31)
    .reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
