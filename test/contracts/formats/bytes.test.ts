import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Reader, Writer, assertUint, equalBytes } from '../../../contracts/formats/bytes.ts';
import { fromHex, toHex, utf8 } from '../../../contracts/formats/bytes.ts';
import { refusal } from './refusal.ts';

describe('hex', () => {
  it('reads back what it wrote, as node does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'));
        expect(fromHex(toHex(bytes), bytes.length)).toEqual(bytes);
      })
    );
  });

  it.each([
    ['capitals', 'AB', 1],
    ['a digit too many', 'abc', 1],
    ['half a byte', 'abc', 1.5],
    ['a byte too few', 'ab', 2],
    ['a prefix', '0xab', 2],
    ['a line end', 'ab\n', 1],
  ])('I4: refuses %s', (_, text, length) => {
    expect(refusal(() => fromHex(text, length))).toBe('ENCODING');
  });
});

describe('UTF-8', () => {
  it('I4: refuses malformed bytes instead of replacing them', () => {
    for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xf5, 0x80]])
      expect(refusal(() => utf8.decode(Uint8Array.from(bytes)))).toBe('ENCODING');
  });

  it('I4: keeps a byte order mark, so that it does not vanish from what is compared', () => {
    expect(utf8.decode(Uint8Array.from([0xef, 0xbb, 0xbf, 0x41]))).toBe('\ufeffA');
  });
});

describe('an unsigned number', () => {
  it.each([1, 8, 32, 64, 254])('of %i bits ends at its bound', (bits) => {
    const end = 1n << BigInt(bits);
    expect(assertUint(end - 1n, bits, 'x')).toBe(end - 1n);
    expect(refusal(() => assertUint(end, bits, 'x'))).toBe('RANGE');
    expect(refusal(() => assertUint(-1n, bits, 'x'))).toBe('RANGE');
  });

  it('given as a number is a whole, exact one', () => {
    expect(assertUint(7, 8, 'x')).toBe(7n);
    for (const odd of [0.5, NaN, Infinity, 2 ** 53, -1])
      expect(refusal(() => assertUint(odd, 64, 'x'))).toBe('RANGE');
  });
});

describe('a fixed layout', () => {
  it('is big-endian', () => {
    const bytes = new Writer().uint(0x0102n, 4, 'x').bytes(Uint8Array.of(9), 1, 'y').finish();
    expect([...bytes]).toEqual([0, 0, 1, 2, 9]);
    const reader = new Reader(bytes);
    expect([reader.uint(4), [...reader.bytes(1)]]).toEqual([0x0102n, [9]]);
    expect(refusal(() => reader.end())).toBeUndefined();
  });

  it('refuses values that do not fit, reading past the end, and bytes left over', () => {
    expect(refusal(() => new Writer().uint(256, 1, 'x'))).toBe('RANGE');
    expect(refusal(() => new Writer().bytes(Uint8Array.of(1, 2), 1, 'x'))).toBe('SIZE');
    expect(refusal(() => new Reader(Uint8Array.of(1)).bytes(2))).toBe('SIZE');
    expect(refusal(() => new Reader(Uint8Array.of(1)).end())).toBe('SIZE');
  });
});

it('bytes are equal when length and content are', () => {
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0))).toBe(false);
  expect(equalBytes(Uint8Array.of(), Uint8Array.of())).toBe(true);
});
