import { base58 } from '@scure/base';
import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MODULUS } from '../../../contracts/formats/field.ts';
import { formatKey, isKey, parseKey } from '../../../contracts/formats/key.ts';
import { signer } from '../../vectors/sample.ts';
import { cpuMilliseconds } from './cpu-time.ts';
import { refusal } from './refusal.ts';

/** Base58check of any payload: what somebody could write. */
function written(payload: Uint8Array): string {
  return base58.encode(Uint8Array.from([...payload, ...sha256(sha256(payload)).slice(0, 4)]));
}

function payload(x: bigint, last: number, header: readonly number[] = [0xcb, 1, 1]): Uint8Array {
  const little = Array.from({ length: 32 }, (_, i) => Number((x >> BigInt(8 * i)) & 255n));
  return Uint8Array.from([...header, ...little, last]);
}

const good = signer.genKeys().publicKey;
const { x } = parseKey(good);

describe('a public key', () => {
  it('is what mina-signer derives', () => {
    for (let i = 0; i < 20; i++) {
      const { publicKey } = signer.genKeys();
      expect(formatKey(parseKey(publicKey))).toBe(publicKey);
    }
  });

  it('I4: has one form', () => {
    expect(written(payload(x, Number(parseKey(good).isOdd)))).toBe(good);
    expect(refusal(() => parseKey(written(payload(x + MODULUS, 0))))).toBe('RANGE');
    expect(refusal(() => parseKey(written(payload(MODULUS, 0))))).toBe('RANGE');
    for (const last of [2, 128, 255])
      expect(refusal(() => parseKey(written(payload(x, last))))).toBe('KEY');
    for (const header of [
      [0xca, 1, 1],
      [0xcb, 0, 1],
      [0xcb, 1, 2],
    ])
      expect(refusal(() => parseKey(written(payload(x, 0, header))))).toBe('KEY');
    expect(refusal(() => parseKey(written(payload(x, 0).slice(1))))).toBe('KEY');
    expect(refusal(() => parseKey(written(Uint8Array.from([...payload(x, 0), 0]))))).toBe('KEY');
    for (const text of [
      '',
      ` ${good}`,
      `${good}\n`,
      `1${good}`,
      good.replace(/.$/, '0'),
      'l'.repeat(55),
    ])
      expect(refusal(() => parseKey(text))).toBe('KEY');
  });

  it('I4: with any character changed fails its checksum', () => {
    const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
    for (let i = 0; i < good.length; i++)
      for (const char of [alphabet[i]!, alphabet[57 - i]!].filter((other) => other !== good[i]))
        expect(refusal(() => parseKey(good.slice(0, i) + char + good.slice(i + 1)))).toBe('KEY');
  });

  it('that is not one is refused at once, however long', () => {
    expect(refusal(() => parseKey('B'.repeat(2 ** 24)))).toBe('KEY');
    fc.assert(
      fc.property(fc.string({ maxLength: 70 }), (text) => {
        refusal(() => parseKey(text));
      })
    );
  });

  it('is not written from an x beyond the field', () => {
    expect(refusal(() => formatKey({ x: MODULUS, isOdd: false }))).toBe('RANGE');
    expect(refusal(() => formatKey({ x: x + 2n ** 256n, isOdd: false }))).toBe('RANGE');
    expect(refusal(() => formatKey({ x: -1n, isOdd: false }))).toBe('RANGE');
  });

  it('C10: is read more than 2,000 times a second, also when all keys are new', () => {
    const keys = Array.from({ length: 60 }, () => signer.genKeys().publicKey);
    const spent = cpuMilliseconds(() => {
      for (const key of keys) parseKey(key);
    });
    expect(spent / keys.length).toBeLessThan(0.5);
  });

  it('reads right also when there are more keys than are remembered', () => {
    let candidate = 0n;
    for (let found = 0; found < 1100; candidate++) {
      const text = formatKey({ x: candidate, isOdd: true });
      if (!isKey(text)) continue;
      expect(parseKey(text)).toEqual({ x: candidate, isOdd: true });
      found++;
    }
  });
});
