import { Field, Provable } from 'o1js';
import { describe, expect, it } from 'vitest';
import { acceptedFaults, accepts, MUTATIONS } from '../../circuit/faults.ts';
import { runAndCheckGates } from '../../circuit/gates.ts';
import { withRangeChecks12, type Check12 } from '../../../contracts/provable/range-checks.ts';
import {
  assertWord,
  reduceAndSplit,
  reduceUnsafe,
  rotateLeftUnsafe,
  rotateRightUnsafe,
  shiftRightUnsafe,
  xor,
} from '../../../contracts/provable/word32.ts';

const MAX = 2n ** 32n - 1n;
const WORDS = [0n, 1n, 2n, 0x7fffffffn, 0x80000000n, 0xdeadbeefn, MAX - 1n, MAX];
const rotl = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (32n - k))) & MAX;

const variable = (x: bigint): Field => Provable.witness(Field, () => Field(x));

/** A gadget with all that its contract asks for: operand and result proven to be words. */
function checked(x: bigint, gadget: (x: Field, check12: Check12) => Field): Field {
  return withRangeChecks12((check12) => {
    const word = variable(x);
    const result = gadget(word, check12);
    assertWord(word);
    assertWord(result);
    return result;
  });
}

const gadgets = {
  'rotated left': (k: number) => (x: Field, check12: Check12) => rotateLeftUnsafe(x, k, check12),
  'rotated right': (k: number) => (x: Field, check12: Check12) => rotateRightUnsafe(x, k, check12),
  'shifted right': (k: number) => (x: Field, check12: Check12) =>
    shiftRightUnsafe(x, k, check12).word,
};
const references: Record<keyof typeof gadgets, (x: bigint, k: bigint) => bigint> = {
  'rotated left': rotl,
  'rotated right': (x, k) => rotl(x, 32n - k),
  'shifted right': (x, k) => x >> k,
};

describe('a word', () => {
  for (const name of Object.keys(gadgets) as (keyof typeof gadgets)[]) {
    it(`is ${name} as integers are, by 1 to 12 bits, variable or constant`, async () => {
      for (const x of WORDS)
        for (const k of [1, 5, 12]) {
          const expected = references[name](x, BigInt(k));
          await runAndCheckGates(() => {
            checked(x, gadgets[name](k)).assertEquals(expected);
            withRangeChecks12((check12) =>
              expect(gadgets[name](k)(Field(x), check12).toBigInt()).toBe(expected)
            );
          });
        }
    });

    it(`O1: ${name} has one result only, also for all zeros and all ones`, async () => {
      for (const x of [0n, 0xdeadbeefn, MAX])
        for (const k of [2, 12]) {
          const { forged, harmless } = await acceptedFaults(() => [checked(x, gadgets[name](k))]);
          expect(forged).toEqual([]);
          expect(harmless).toEqual(['rangeCheck12.packed']);
        }
    });
  }

  it('O1: all zeros are not rotated to all ones, nor back', async () => {
    const cases = [
      { label: 'word32.topBits', rotate: gadgets['rotated left'] },
      { label: 'word32.lowBits', rotate: gadgets['rotated right'] },
    ];
    for (const { label, rotate } of cases)
      for (const k of [1, 2, 7, 12]) {
        const scale = 1n << BigInt(12 - k);
        const fromZeros = (): void => void checked(0n, rotate(k));
        const fromOnes = (): void => void checked(MAX, rotate(k));
        expect(await accepts(fromZeros, label, () => [Field.ORDER - scale])).toBe(false);
        expect(await accepts(fromOnes, label, () => [4096n])).toBe(false);
      }
  });

  it('O1: is rotated by a whole number of bits, though fractions would fit', async () => {
    const k = 5;
    const scale = Field(1n << BigInt(12 - k));
    const cases = {
      'word32.topBits': { rotate: gadgets['rotated left'](k), step: scale.div(MAX) },
      'word32.lowBits': { rotate: gadgets['rotated right'](k), step: scale.mul(32).div(MAX) },
    };
    for (const [label, { rotate, step }] of Object.entries(cases)) {
      const circuit = (): void => void checked(0xdeadbeefn, rotate);
      const moveByOne = ([z]: bigint[]): bigint[] => [step.add(z!).toBigInt()];
      expect(await accepts(circuit, label, moveByOne)).toBe(false);
    }
  });

  it('is a sum reduced modulo 2^32, and no other', async () => {
    const byFraction = Field(1).div(MAX + 1n);
    const mutations = { ...MUTATIONS, fraction: (q: bigint) => byFraction.add(q).toBigInt() };
    const reductions: ((sum: Field) => Field)[] = [
      (sum) => withRangeChecks12((check12) => reduceUnsafe(sum, check12)),
      (sum) => reduceAndSplit(sum, 1).word,
    ];
    for (const reduce of reductions)
      for (const sum of [0n, MAX, MAX + 1n, 7n * MAX, 2n ** 44n - 1n]) {
        const circuit = (): Field[] => {
          const word = reduce(variable(sum));
          assertWord(word);
          return [word];
        };
        await runAndCheckGates(() => circuit()[0]!.assertEquals(sum & MAX));
        expect((await acceptedFaults(circuit, { mutations })).forged).toEqual([]);
      }
    for (const reduce of reductions)
      expect(reduce(Field(5n * MAX)).toBigInt()).toBe((5n * MAX) & MAX);
  });

  it('is split off a sum without a further check if its highest 12 bits are asked for', async () => {
    const sum = 0xdeadbeefn + 3n * (MAX + 1n);
    const circuit = (): Field[] => Object.values(reduceAndSplit(variable(sum), 8));
    await runAndCheckGates(() => {
      circuit().forEach((x, i) => x.assertEquals([0xdeadbeefn, 0xdean][i]!));
    });
    const byFraction = Field(1).div(MAX + 1n);
    const mutations = { ...MUTATIONS, fraction: (q: bigint) => byFraction.add(q).toBigInt() };
    expect(await acceptedFaults(circuit, { mutations })).toEqual({ forged: [], harmless: [] });
    expect(reduceAndSplit(Field(sum), 8).top.toBigInt()).toBe(0xdean);
    expect(reduceAndSplit(Field(sum), 1).top.toBigInt()).toBe(0xdeadbeefn >> 27n);
  });

  it('is the exclusive or of variables and constants in any order', async () => {
    const [a, b, c] = [0xdeadbeefn, 0x12345678n, 0xffff0000n];
    await runAndCheckGates(() => {
      xor(variable(a), Field(b), variable(c)).assertEquals(a ^ b ^ c);
      xor(Field(b), variable(a)).assertEquals(a ^ b);
      xor(variable(a)).assertEquals(a);
      expect(xor(Field(a), Field(b), Field(c)).toBigInt()).toBe(a ^ b ^ c);
    });
  });

  it('O1: is checked as operand of a xor, whatever the other operands', async () => {
    const others = { none: [], constants: [Field(5), Field(5)], zero: [Field(0)] };
    for (const rest of Object.values(others))
      for (const x of [MAX + 1n, Field.ORDER - 1n])
        await expect(runAndCheckGates(() => void xor(variable(x), ...rest))).rejects.toThrow();
  });

  it('O1: is refused as a constant beyond 32 bits', () => {
    expect(() => xor(Field(MAX + 1n), Field(1))).toThrow();
    expect(() => rotateLeftUnsafe(Field(MAX + 1n), 3, () => undefined)).toThrow();
    expect(() => rotateRightUnsafe(Field(MAX + 1n), 3, () => undefined)).toThrow();
  });
});
