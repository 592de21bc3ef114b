import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MODULUS, assertCanonical, assertField } from '../../../contracts/formats/field.ts';
import { fromHalves, fromText, halves } from '../../../contracts/formats/field.ts';
import { digest } from './arbitrary.ts';
import { refusal } from './refusal.ts';

describe('text as a field element', () => {
  it('is its bytes, most significant first', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~]{1,31}$/), (text) => {
        expect(fromText(text)).toBe(BigInt(`0x${Buffer.from(text, 'ascii').toString('hex')}`));
      })
    );
  });

  it('takes 1 to 31 printable ASCII characters and nothing else', () => {
    expect(fromText('~'.repeat(31)) < MODULUS).toBe(true);
    for (const text of ['', 'a'.repeat(32), 'é', 'a\0', 'a\n', '\x7f', '\x1f', '😀'])
      expect(refusal(() => fromText(text))).toBe('ENCODING');
  });
});

describe('a digest in halves', () => {
  it('comes back whole', () => {
    fc.assert(
      fc.property(digest, (given) => {
        const [high, low] = halves(given);
        expect(fromHalves(high, low)).toEqual(given);
      })
    );
  });

  it('has the most significant half first', () => {
    const bytes = new Uint8Array(32);
    bytes[15] = 1;
    bytes[31] = 2;
    expect(halves(bytes)).toEqual([1n, 2n]);
  });

  it('I4: has 32 bytes, and halves below 2^128', () => {
    expect(refusal(() => halves(new Uint8Array(31)))).toBe('SIZE');
    expect(refusal(() => halves(new Uint8Array(33)))).toBe('SIZE');
    for (const [high, low] of [
      [1n << 128n, 0n],
      [0n, 1n << 128n],
      [-1n, 0n],
      [0n, -1n],
    ] as const)
      expect(refusal(() => fromHalves(high, low))).toBe('RANGE');
  });
});

describe('a number', () => {
  it('is a field element below the modulus', () => {
    expect(assertField(MODULUS - 1n, 'x')).toBe(MODULUS - 1n);
    expect(refusal(() => assertField(MODULUS, 'x'))).toBe('RANGE');
    expect(refusal(() => assertField(-1n, 'x'))).toBe('RANGE');
  });

  it('I4: is a commitment below 2^254, where 32 bytes hold it in one way', () => {
    expect(assertCanonical(2n ** 254n - 1n, 'x')).toBe(2n ** 254n - 1n);
    expect(refusal(() => assertCanonical(2n ** 254n, 'x'))).toBe('RANGE');
    expect(refusal(() => assertCanonical(-1n, 'x'))).toBe('RANGE');
    expect(MODULUS > 2n ** 254n).toBe(true);
  });
});
