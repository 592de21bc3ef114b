import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refusal } from './refusal.ts';

export { describeLayout, type Layout };

/** A pair of parser and encoder, with values to try it on. */
interface Layout<T> {
  readonly value: fc.Arbitrary<T>;
  readonly encode: (value: T) => Uint8Array;
  readonly parse: (bytes: Uint8Array) => T;
  /** Random values and random changes that are tried. */
  readonly runs?: number;
}

/** What holds for every byte layout of ours. */
function describeLayout<T>(name: string, { value, encode, parse, runs = 30 }: Layout<T>): void {
  describe(`${name} as bytes`, () => {
    it('parses what was encoded', () => {
      fc.assert(
        fc.property(value, (given) => {
          expect(parse(encode(given))).toEqual(given);
        }),
        { numRuns: runs }
      );
    });

    it('parses the same from a Node Buffer, without sharing its memory', () => {
      const [given] = fc.sample(value, 1) as [T];
      const buffer = Buffer.from(encode(given));
      const parsed = parse(buffer);
      buffer.fill(0);
      expect(parsed).toEqual(given);
    });

    it('I4: a changed byte is refused, or is the one encoding of another value', () => {
      const change = fc.tuple(value, fc.nat(), fc.integer({ min: 1, max: 255 }));
      fc.assert(
        fc.property(change, ([given, place, flip]) => {
          const bytes = Uint8Array.from(encode(given));
          bytes[place % bytes.length]! ^= flip;
          let parsed: T | undefined;
          if (refusal(() => (parsed = parse(bytes))) !== undefined) return;
          expect(parsed).not.toEqual(given);
          expect(encode(parsed!)).toEqual(bytes);
        }),
        { numRuns: 4 * runs }
      );
    });

    it('I4: is refused at every shorter length, and with a byte more', () => {
      const bytes = encode((fc.sample(value, 1) as [T])[0]);
      const step = Math.ceil(bytes.length / 400);
      for (let length = 0; length < bytes.length; length += step)
        expect(refusal(() => parse(bytes.slice(0, length)))).toBeDefined();
      for (const last of [0x00, 0x0a, 0x20, 0xff])
        expect(refusal(() => parse(Uint8Array.from([...bytes, last])))).toBeDefined();
    });

    it('I4: hostile bytes are refused by a code of the closed list', () => {
      const sample = encode((fc.sample(value, 1) as [T])[0]);
      const hostile = fc.oneof(
        fc.uint8Array({ maxLength: 600 }),
        fc
          .tuple(fc.nat(sample.length), fc.uint8Array({ maxLength: 600 }))
          .map(([keep, rest]) => Uint8Array.from([...sample.slice(0, keep), ...rest])),
        fc.tuple(fc.nat(sample.length - 1), fc.nat(sample.length - 1)).map(([a, b]) => {
          const swapped = Uint8Array.from(sample);
          [swapped[a], swapped[b]] = [swapped[b]!, swapped[a]!];
          return swapped;
        })
      );
      fc.assert(
        fc.property(hostile, (bytes) => {
          refusal(() => parse(bytes));
        }),
        { numRuns: 4 * runs }
      );
    });
  });
}
