import { createHash, randomBytes } from 'node:crypto';
import { Field, Gadgets, Provable, UInt32 } from 'o1js';
import { describe, expect, it } from 'vitest';
import { acceptedFaults, accepts, MUTATIONS } from '../../circuit/faults.ts';
import { runAndCheckGates } from '../../circuit/gates.ts';
import { padded } from '../../circuit/padding.ts';
import type { Mutation } from '../../../contracts/provable/witness.ts';
import { compress256, sha256, type Sha256State } from '../../../contracts/provable/sha256.ts';

const reference = (message: Uint8Array): number[] => {
  const digest = createHash('sha256').update(message).digest();
  return Array.from({ length: 8 }, (_, i) => digest.readUInt32BE(4 * i));
};
const digest = (message: Uint8Array): number[] =>
  sha256(padded(message).map((word) => Field(word))).map((word) => Number(word.toBigInt()));

const variable = (word: number | bigint): Field => Provable.witness(Field, () => Field(word));
const randomWords = (length: number): number[] =>
  Array.from({ length }, () => randomBytes(4).readUInt32BE());

describe('SHA-256', () => {
  it('is that of node on random messages around every length where a block fills up', () => {
    for (const length of [0, 1, 54, 55, 56, 57, 63, 64, 65, 118, 119, 120, 121, 200]) {
      const message = randomBytes(length);
      expect(digest(message), `${length} bytes`).toEqual(reference(message));
    }
  });

  it('in a circuit is that of node, for random words, zeros and ones', async () => {
    for (const message of [randomBytes(100), Buffer.alloc(55, 255)])
      await runAndCheckGates(() => {
        const words = sha256(padded(message).map(variable));
        words.forEach((word, i) => word.assertEquals(reference(message)[i]!));
      });
  });

  it('in a circuit with constant words between variable ones is that of node', async () => {
    const message = randomBytes(55);
    await runAndCheckGates(() => {
      const words = padded(message).map((word, i) => (i % 3 === 0 ? variable(word) : Field(word)));
      sha256(words).forEach((word, i) => word.assertEquals(reference(message)[i]!));
    });
  });

  it('of one block agrees with the one of o1js, for any state', () => {
    const { compression, messageSchedule } = Gadgets.SHA2;
    const [state, block] = [randomWords(8), randomWords(16)];
    const words = (values: number[]): UInt32[] => values.map((word) => UInt32.from(word));
    const expected = compression(256, words(state), messageSchedule(256, words(block)));
    const fields = (values: number[]): Field[] => values.map((word) => Field(word));
    expect(compress256(fields(state) as Sha256State, fields(block))).toEqual(
      expected.map((word) => word.value)
    );
  });

  it('O1: has one result only, whatever the prover puts for a witness', async () => {
    const [state, block] = [randomWords(8), randomWords(16)];
    const { forged, harmless } = await acceptedFaults(
      () => compress256(state.map(variable) as Sha256State, block.map(variable)),
      { occurrences: 1, mutations: { '+1': MUTATIONS['+1']! } }
    );
    expect(forged).toEqual([]);
    expect(harmless).toEqual(['rangeCheck12.packed']);
  });

  it('O1: proves even those words to be words that no xor takes', async () => {
    const words = randomWords(24);
    const circuit = (): void =>
      void compress256(
        words.slice(0, 8).map(variable) as Sha256State,
        words.slice(8).map(variable)
      );
    const decrement: Mutation = ([q]) => [q! - 1n];
    const quotients = { W16: 0, W61: 45, H0: 46 + 128, H7: 46 + 128 + 7 };
    for (const [word, occurrence] of Object.entries(quotients))
      expect(await accepts(circuit, 'word32.quotient', decrement, occurrence), word).toBe(false);
  });

  it('takes whole blocks only', () => {
    expect(() => sha256([])).toThrow('0 words');
    expect(() => sha256(Array<Field>(17).fill(Field(0)))).toThrow('17 words');
  });

  it('takes as many rows as written down', async () => {
    const words = (length: number): Field[] => Array.from({ length }, () => variable(0));
    const { rows } = await Provable.constraintSystem(
      () => void compress256(words(8) as Sha256State, words(16))
    );
    expect(rows).toBe(3311);
  });
});
