import { Reader, Writer } from './bytes.ts';
import { FormatError } from './error.ts';
import { assertField } from './field.ts';

export { SIGNATURE_BYTES, type FieldSignature, writeSignature, readSignature, assertScalar };

/** A Mina signature over field elements: `r` in the base field, `s` a scalar of Pallas. */
interface FieldSignature {
  readonly r: bigint;
  readonly s: bigint;
}

const SIGNATURE_BYTES = 64;

/** Order of the Pallas group. A scalar at or above it would be a second form of the same signature. */
const SCALAR_MODULUS =
  28948022309329048855892746252171976963363056481941647379679742748393362948097n;

const writeSignature = (writer: Writer, { r, s }: FieldSignature): Writer =>
  writer.uint(assertField(r, 'r'), 32, 'r').uint(assertScalar(s), 32, 's');

const readSignature = (reader: Reader): FieldSignature => ({
  r: assertField(reader.uint(32), 'r'),
  s: assertScalar(reader.uint(32)),
});

function assertScalar(s: bigint): bigint {
  if (s < 0n || s >= SCALAR_MODULUS) throw new FormatError('RANGE', 's is not a scalar');
  return s;
}
