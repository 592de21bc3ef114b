import fc from 'fast-check';
import { Field, PublicKey, Scalar, Signature } from 'o1js';
import { describe, expect, it } from 'vitest';
import { Reader, Writer } from '../../../contracts/formats/bytes.ts';
import { MODULUS } from '../../../contracts/formats/field.ts';
import { SIGNATURE_BYTES, readSignature } from '../../../contracts/formats/signature.ts';
import { writeSignature } from '../../../contracts/formats/signature.ts';
import { publicKey, sign } from '../../vectors/sample.ts';
import { field, signature } from './arbitrary.ts';
import { describeLayout } from './layout.ts';
import { refusal } from './refusal.ts';

const ORDER = Scalar.ORDER;
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

  it('I4: ends at the field and at the order of the group, as o1js has it', () => {
    expect(refusal(() => encode({ r: MODULUS - 1n, s: ORDER - 1n }))).toBeUndefined();
    expect(refusal(() => encode({ r: MODULUS, s: 0n }))).toBe('RANGE');
    expect(refusal(() => encode({ r: 0n, s: ORDER }))).toBe('RANGE');
    const raw = (r: bigint, s: bigint) => new Writer().uint(r, 32, 'r').uint(s, 32, 's').finish();
    expect(refusal(() => readSignature(new Reader(raw(MODULUS, 0n))))).toBe('RANGE');
    expect(refusal(() => readSignature(new Reader(raw(0n, ORDER))))).toBe('RANGE');
  });

  it('made by mina-signer is verified by o1js, and only for its message and key', () => {
    fc.assert(
      fc.property(field, fc.integer({ min: 1, max: 2 ** 31 }), (message, scalar) => {
        const { r, s } = sign(message, scalar);
        const made = Signature.fromObject({ r: Field(r), s: Scalar.from(s) });
        const key = PublicKey.fromBase58(publicKey(scalar));
        expect(made.verify(key, [Field(message)]).toBoolean()).toBe(true);
        expect(made.verify(key, [Field(message).add(1)]).toBoolean()).toBe(false);
        expect(
          made.verify(PublicKey.fromBase58(publicKey(scalar + 1)), [Field(message)]).toBoolean()
        ).toBe(false);
      }),
      { numRuns: 3 }
    );
  });
});
