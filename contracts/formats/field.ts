import { FormatError } from './error.ts';

export { MODULUS, CANONICAL_BITS, fromText, halves, fromHalves, assertField, assertCanonical };

/** Order of the Pallas base field: what o1js calls a `Field`. */
const MODULUS = 28948022309329048855892746252171976963363056481941560715954676764349967630337n;

/**
 * Commitments travel as 32 bytes, and 32 bytes hold some field elements in more than one way. A
 * commitment is therefore only ever written below 2^254, where the form is unique; a hash falls
 * outside with probability 2^-128.
 */
const CANONICAL_BITS = 254n;

/** An ASCII text of at most 31 characters as one field element, first character most significant. */
function fromText(text: string): bigint {
  if (!/^[\x20-\x7e]{1,31}$/.test(text))
    throw new FormatError('ENCODING', `${JSON.stringify(text)} is not 1 to 31 ASCII characters`);
  return Array.from(text).reduce((sum, char) => (sum << 8n) | BigInt(char.charCodeAt(0)), 0n);
}

/** A 256-bit digest as two 128-bit numbers, most significant first. */
function halves(digest: Uint8Array): readonly [high: bigint, low: bigint] {
  if (digest.length !== 32)
    throw new FormatError('SIZE', `a digest has 32 bytes, this one ${digest.length}`);
  const value = digest.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return [value >> 128n, value & ((1n << 128n) - 1n)];
}

function fromHalves(high: bigint, low: bigint): Uint8Array {
  if (high >> 128n !== 0n || low >> 128n !== 0n)
    throw new FormatError('RANGE', 'a digest half exceeds 128 bits');
  const value = (high << 128n) | low;
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * (31 - i))) & 255n));
}

function assertField(value: bigint, what: string): bigint {
  if (value < 0n || value >= MODULUS)
    throw new FormatError('RANGE', `${what} is not a field element`);
  return value;
}

function assertCanonical(value: bigint, what: string): bigint {
  if (value < 0n || value >> CANONICAL_BITS !== 0n)
    throw new FormatError('RANGE', `${what} is not below 2^${CANONICAL_BITS}`);
  return value;
}
