import { base58 } from '@scure/base';
import { sha256 } from '@noble/hashes/sha2.js';
import { Field, FpIsSquare } from '@noble/curves/abstract/modular.js';
import { equalBytes } from './bytes.ts';
import { FormatError } from './error.ts';
import { MODULUS, assertField } from './field.ts';

export { type PublicKey, parseKey, formatKey, isKey };

/** A compressed Pallas point: its x coordinate and whether y is odd. */
interface PublicKey {
  readonly x: bigint;
  readonly isOdd: boolean;
}

/** Base58check payload of a Mina public key: version 0xcb, two type bytes, x little-endian, parity. */
const HEADER = [0xcb, 0x01, 0x01] as const;
const LENGTH = 36;

const Fp = Field(MODULUS);

/** Keys that passed: the same few are read many times a job, and the curve test is the slow part. */
const passed = new Map<string, PublicKey>();
const MAX_PASSED = 1024;

/** Reads `B62…`. Refuses x coordinates with no point on y² = x³ + 5: such a key can sign nothing. */
function parseKey(text: string): PublicKey {
  const known = passed.get(text);
  if (known !== undefined) return known;
  if (text.length > 60) throw new FormatError('KEY', 'a Mina public key has 55 characters');
  let bytes: Uint8Array;
  try {
    bytes = base58.decode(text);
  } catch (cause) {
    throw new FormatError('KEY', `${JSON.stringify(text)} is not base58`, { cause });
  }
  const payload = bytes.slice(0, LENGTH);
  if (bytes.length !== LENGTH + 4 || !equalBytes(bytes.slice(LENGTH), checksum(payload)))
    throw new FormatError('KEY', `${JSON.stringify(text)} has a wrong length or checksum`);
  const isOdd = payload[LENGTH - 1]!;
  if (HEADER.some((byte, i) => payload[i] !== byte) || isOdd > 1)
    throw new FormatError('KEY', `${JSON.stringify(text)} is not a Mina public key`);
  const x = payload.slice(3, 35).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const key = assertPoint({ x: assertField(x, 'x'), isOdd: isOdd === 1 });
  if (passed.size >= MAX_PASSED) passed.clear();
  passed.set(text, key);
  return key;
}

function formatKey({ x, isOdd }: PublicKey): string {
  assertField(x, 'x');
  const little = Array.from({ length: 32 }, (_, i) => Number((x >> BigInt(8 * i)) & 255n));
  const payload = Uint8Array.from([...HEADER, ...little, Number(isOdd)]);
  return base58.encode(Uint8Array.from([...payload, ...checksum(payload)]));
}

function isKey(text: string): boolean {
  try {
    parseKey(text);
    return true;
  } catch {
    return false;
  }
}

function assertPoint(key: PublicKey): PublicKey {
  if (!FpIsSquare(Fp, Fp.add(Fp.pow(key.x, 3n), 5n)))
    throw new FormatError('KEY', 'no point of the curve has this x coordinate');
  return key;
}

const checksum = (payload: Uint8Array): Uint8Array => sha256(sha256(payload)).slice(0, 4);
