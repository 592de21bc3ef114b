import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Reader, Writer } from '../../../contracts/formats/bytes.ts';
import { DOMAIN } from '../../../contracts/formats/domain.ts';
import { MODULUS, fromText } from '../../../contracts/formats/field.ts';
import { parseKey } from '../../../contracts/formats/key.ts';
import { hash } from '../../../contracts/formats/poseidon.ts';
import { MINA_TOKEN, TERMS_BYTES, type Terms, keyHash } from '../../../contracts/formats/terms.ts';
import { readTerms, termsCommitment, writeTerms } from '../../../contracts/formats/terms.ts';
import vector from '../../vectors/terms.json' with { type: 'json' };
import { note, publicKey, terms as sample } from '../../vectors/sample.ts';
import { terms } from './arbitrary.ts';
import { describeLayout } from './layout.ts';
import { refusal } from './refusal.ts';

const encode = (given: Terms): Uint8Array => writeTerms(new Writer(), given).finish();
const parse = (bytes: Uint8Array): Terms => {
  const reader = new Reader(bytes);
  const given = readTerms(reader);
  reader.end();
  return given;
};

describeLayout('terms', { value: terms, encode, parse });

describe('terms', () => {
  it('have 253 bytes', () => {
    expect(TERMS_BYTES).toBe(253);
    expect(encode(sample)).toHaveLength(253);
  });

  it('commit to every field, in this order', () => {
    fc.assert(
      fc.property(terms, (given) => {
        const keys = (['tab', 'service', 'requestKey', 'refund', 'payee'] as const).flatMap(
          (name) => {
            const { x, isOdd } = parseKey(given[name]);
            return [x, BigInt(isOdd)];
          }
        );
        const { base, perSecond } = given.price;
        expect(termsCommitment(given)).toBe(
          hash([
            DOMAIN.terms,
            fromText(given.network),
            ...keys,
            base,
            perSecond,
            given.token,
            given.cap,
          ])
        );
      }),
      { numRuns: 20 }
    );
  });

  it('are the committed vector', () => {
    expect(termsCommitment(sample).toString()).toBe(vector.commitment);
    expect(keyHash(note.runner).toString()).toBe(vector.runnerKeyHash);
  });

  it('C6: commit to something else with any field changed', () => {
    const other = publicKey(99);
    const changed: Terms[] = [
      sample,
      { ...sample, network: 'mina:mainnet' },
      ...(['tab', 'service', 'requestKey', 'refund', 'payee'] as const).map((name) => ({
        ...sample,
        [name]: other,
      })),
      { ...sample, price: { ...sample.price, base: 1n } },
      { ...sample, price: { ...sample.price, perSecond: 1n } },
      { ...sample, token: MINA_TOKEN + 1n },
      { ...sample, cap: 1n },
    ];
    expect(new Set(changed.map(termsCommitment)).size).toBe(changed.length);
  });

  it('refuse numbers one beyond their bounds, and a network id that is not text', () => {
    for (const run of [encode, termsCommitment]) {
      const code = (change: Partial<Terms>) => refusal(() => run({ ...sample, ...change }));
      expect(
        code({ price: { base: (1n << 60n) - 1n, perSecond: (1n << 36n) - 1n } })
      ).toBeUndefined();
      expect(code({ price: { base: 1n << 60n, perSecond: 0n } })).toBe('RANGE');
      expect(code({ price: { base: 0n, perSecond: 1n << 36n } })).toBe('RANGE');
      expect(code({ token: MODULUS })).toBe('RANGE');
      expect(code({ cap: 1n << 64n })).toBe('RANGE');
      expect(code({ network: '' })).toBe('ENCODING');
      expect(code({ network: 'a'.repeat(32) })).toBe('ENCODING');
      expect(code({ network: 'a\0b' })).toBe('ENCODING');
      expect(code({ payee: 'B62' })).toBe('KEY');
    }
  });

  it('I4: pad the network id with zeros only', () => {
    const block = encode(sample);
    const put = (at: number, byte: number): Uint8Array =>
      block.map((old, i) => (i === at ? byte : old));
    expect(refusal(() => parse(put(31, 1)))).toBe('ENCODING');
    expect(refusal(() => parse(put(0, 0)))).toBe('ENCODING');
    expect(refusal(() => parse(put(0, 0x80)))).toBe('ENCODING');
    expect(refusal(() => parse(put(64, 2)))).toBe('RANGE');
  });
});
