import { BOUND } from './amount.ts';
import { assertUint } from './bytes.ts';
import { halves } from './field.ts';
import { readMagic, writeMagic } from './magic.ts';
import { hashIn } from './poseidon.ts';
import {
  SIGNATURE_BYTES,
  type FieldSignature,
  readSignature,
  writeSignature,
} from './signature.ts';
import { TERMS_BYTES, type Terms, readTerms, termsCommitment, writeTerms } from './terms.ts';

export {
  REQUEST_BYTES,
  type Request,
  type SignedRequest,
  encodeRequest,
  parseRequest,
  requestCommitment,
};

/** The public part of an order for one job. */
interface Request {
  readonly terms: Terms;
  /** Number of this job within the tab, from 1. */
  readonly sequence: number;
  /** SHA-256 of the sealed envelope block. */
  readonly envelope: Uint8Array;
  /** The most that this job may cost, at most the terms' cap. */
  readonly maximum: bigint;
  /** Last slot (since genesis) at which a provider may still accept it. */
  readonly validUntil: number;
}

interface SignedRequest extends Request {
  /** By the tab's request key, over {@link requestCommitment} alone. */
  readonly signature: FieldSignature;
}

/** 4 magic and version + terms + 4 sequence + 32 envelope + 8 maximum + 4 validUntil + 64. */
const REQUEST_BYTES = 4 + TERMS_BYTES + 4 + 32 + 8 + 4 + SIGNATURE_BYTES;

function encodeRequest(request: SignedRequest): Uint8Array {
  const writer = writeTerms(writeMagic('request'), request.terms)
    .uint(request.sequence, 4, 'sequence')
    .bytes(request.envelope, 32, 'envelope')
    .uint(request.maximum, 8, 'maximum')
    .uint(request.validUntil, 4, 'validUntil');
  return writeSignature(writer, request.signature).finish();
}

function parseRequest(block: Uint8Array): SignedRequest {
  const reader = readMagic('request', block);
  const terms = readTerms(reader);
  const sequence = Number(reader.uint(4));
  const envelope = reader.bytes(32);
  const maximum = reader.uint(8);
  const validUntil = Number(reader.uint(4));
  const signature = readSignature(reader);
  reader.end();
  return { terms, sequence, envelope, maximum, validUntil, signature };
}

/**
 * The request's identity inside proofs: Poseidon over the terms' commitment, the envelope's digest
 * in halves, and `sequence + maximum·2^32 + validUntil·2^96`.
 */
function requestCommitment(request: Request): bigint {
  const packed =
    assertUint(request.sequence, 32, 'sequence') +
    (assertUint(request.maximum, BOUND.amount, 'maximum') << 32n) +
    (assertUint(request.validUntil, 32, 'validUntil') << 96n);
  return hashIn('request', termsCommitment(request.terms), ...halves(request.envelope), packed);
}
