import { randomBytes } from 'node:crypto';
import { Field, Provable } from 'o1js';
import { describe, expect, it } from 'vitest';
import { acceptedFaults, accepts } from '../../circuit/faults.ts';
import { runAndCheckGates } from '../../circuit/gates.ts';
import { packChars } from '../../../contracts/provable/bytes.ts';
import { hexOfWord } from '../../../contracts/provable/hex.ts';

const variable = (x: bigint | number): Field => Provable.witness(Field, () => Field(x));
const text = (chars: Field[]): string =>
  String.fromCharCode(...chars.map((char) => Number(char.toBigInt())));

describe('hex of a word', () => {
  it('is that of node, for every digit at every place', async () => {
    const random = Array.from({ length: 8 }, () => randomBytes(4).readUInt32BE());
    const words = [0, 0xffffffff, 0x01234567, 0x89abcdef, 0xfedcba98, ...random];
    await runAndCheckGates(() => {
      for (const word of words) {
        const chars = hexOfWord(variable(word));
        Provable.asProver(() => {
          expect(text(chars)).toBe(word.toString(16).padStart(8, '0'));
        });
      }
    });
  });

  it('O1: has one spelling, lowercase, with no slack in a digit', async () => {
    for (const word of [0x9a0f0000, 0, 0xffffffff])
      expect(await acceptedFaults(() => hexOfWord(variable(word)))).toEqual({
        forged: [],
        harmless: ['rangeCheck12.packed'],
      });
  });

  it('O1: does not borrow between digits, nor call a digit a letter', async () => {
    // Digits 1, 4 and a: fields 0, 2 and 4; their flags: fields 1, 3 and 5.
    const circuit = (): void => void hexOfWord(variable(0x14a00000n));
    const faults: Record<string, Record<number, bigint>> = {
      'a digit too large for a digit': { 0: -1n, 2: 16n },
      'a digit too large for a letter': { 0: -1n, 2: 16n, 3: 1n },
      'a digit below 0': { 0: 1n, 2: -16n },
      'a letter called a digit': { 5: -1n },
      'a digit called a letter': { 3: 1n },
      'a flag of 2 for the digit 20': { 0: -1n, 2: 16n, 3: 2n },
      'another digit': { 2: 1n },
    };
    for (const [name, changes] of Object.entries(faults)) {
      const mutate = (fields: bigint[]): bigint[] => fields.map((x, i) => x + (changes[i] ?? 0n));
      expect(await accepts(circuit, 'hex.digits', mutate), name).toBe(false);
    }
  });

  it('O1: refuses more than 32 bits', async () => {
    for (const word of [1n << 32n, Field.ORDER - 1n])
      await expect(runAndCheckGates(() => void hexOfWord(variable(word)))).rejects.toThrow(
        'Constraint unsatisfied'
      );
  });

  it('takes as many rows as written down', async () => {
    const { rows } = await Provable.constraintSystem(() => void hexOfWord(variable(0)));
    expect(rows).toBe(24);
  });
});

describe('packed bytes', () => {
  it('are words with the first byte highest, constant where all four are', async () => {
    const bytes = randomBytes(12);
    const chars = Array.from(bytes, (byte, i) => (i < 4 ? Field(byte) : undefined));
    await runAndCheckGates(() => {
      const words = packChars(chars.map((char, i) => char ?? variable(bytes[i]!)));
      expect(words.map((word) => word.isConstant())).toEqual([true, false, false]);
      words.forEach((word, i) => word.assertEquals(bytes.readUInt32BE(4 * i)));
    });
    expect(() => packChars([Field(1)])).toThrow('1 bytes');
  });
});
