import { describe, expect, it } from 'vitest';
import { Reader, Writer } from '../../../contracts/formats/bytes.ts';
import { MODULUS } from '../../../contracts/formats/field.ts';
import { SIGNATURE_BYTES, readSignature } from '../../../contracts/formats/signature.ts';
import { writeSignature } from '../../../contracts/formats/signature.ts';
import { signature } from './arbitrary.ts';
import { describeLayout } from './layout.ts';
import { refusal } from './refusal.ts';

/** Order of the Pallas group. */
const ORDER = 28948022309329048855892746252171976963363056481941647379679742748393362948097n;
const encode = (value: { r: bigint; s: bigint }): Uint8Array =>
  writeSignature(new Writer(), value).finish();

describeLayout('a signature', {
  value: signature,
  encode,
  parse: (bytes) => {
    const reader = new Reader(bytes);
    const value = readSignature(reader);
    reader.end();
    return value;
  },
});

describe('a signature', () => {
  it('has 64 bytes: r and s, big-endian', () => {
    expect(encode({ r: 1n, s: 2n })).toHaveLength(SIGNATURE_BYTES);
    expect([...encode({ r: 1n, s: 2n })].flatMap((byte, i) => (byte ? [[i, byte]] : []))).toEqual([
      [31, 1],
      [63, 2],
    ]);
  });

  it('I4: ends at the field and at the order of the group', () => {
    expect(refusal(() => encode({ r: MODULUS - 1n, s: ORDER - 1n }))).toBeUndefined();
    expect(refusal(() => encode({ r: MODULUS, s: 0n }))).toBe('RANGE');
    expect(refusal(() => encode({ r: 0n, s: ORDER }))).toBe('RANGE');
    const raw = (r: bigint, s: bigint) => new Writer().uint(r, 32, 'r').uint(s, 32, 's').finish();
    expect(refusal(() => readSignature(new Reader(raw(MODULUS, 0n))))).toBe('RANGE');
    expect(refusal(() => readSignature(new Reader(raw(0n, ORDER))))).toBe('RANGE');
  });
});
