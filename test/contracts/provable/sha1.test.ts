import { createHash, randomBytes } from 'node:crypto';
import { Field, Provable } from 'o1js';
import { describe, expect, it } from 'vitest';
import { acceptedFaults, accepts, MUTATIONS } from '../../circuit/faults.ts';
import { runAndCheckGates } from '../../circuit/gates.ts';
import { padded } from '../../circuit/padding.ts';
import type { Mutation } from '../../../contracts/provable/witness.ts';
import {
  compress,
  digestField,
  INITIAL_STATE,
  sha1,
  type Sha1State,
} from '../../../contracts/provable/sha1.ts';

const reference = (message: Uint8Array): bigint =>
  BigInt(`0x${createHash('sha1').update(message).digest('hex')}`);

const digest = (message: Uint8Array): bigint =>
  digestField(sha1(padded(message).map((word) => Field(word)))).toBigInt();

const randomWords = (length: number): number[] =>
  Array.from({ length }, () => randomBytes(4).readUInt32BE());

const variable = (word: number): Field => Provable.witness(Field, () => Field(word));

describe('SHA-1', () => {
  it('is that of node on random messages of every length up to 200 bytes', () => {
    for (let length = 0; length <= 200; length++) {
      const message = randomBytes(length);
      expect(digest(message), `${length} bytes`).toBe(reference(message));
    }
  });

  // https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values
  it('agrees with the examples of NIST', () => {
    const examples = {
      '': 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
      abc: 'a9993e364706816aba3e25717850c26c9cd0d89d',
      abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq:
        '84983e441c3bd26ebaae4aa1f95129e5e54670f1',
    };
    for (const [message, expected] of Object.entries(examples))
      expect(digest(Buffer.from(message))).toBe(BigInt(`0x${expected}`));
  });

  it('of a hundred blocks is that of node', () => {
    const message = Buffer.alloc(6_400, 'a');
    expect(digest(message)).toBe(reference(message));
  });

  it('in a circuit is that of node, for random words, zeros and ones', async () => {
    const messages = [randomBytes(100), Buffer.alloc(55), Buffer.alloc(55, 255)];
    for (const message of messages)
      await runAndCheckGates(() => {
        digestField(sha1(padded(message).map(variable))).assertEquals(reference(message));
      });
  });

  it('in a circuit with constant words between variable ones is that of node', async () => {
    const message = randomBytes(55);
    await runAndCheckGates(() => {
      const words = padded(message).map((word, i) => (i % 3 === 0 ? variable(word) : Field(word)));
      digestField(sha1(words)).assertEquals(reference(message));
    });
  });

  it('O1: refuses message words and states that exceed 32 bits', async () => {
    const words = padded(randomBytes(20)).map((word) => BigInt(word));
    const big = (x: bigint): Field => Provable.witness(Field, () => Field(x));
    for (const i of [0, 8, 15])
      await expect(
        runAndCheckGates(() => void sha1(words.with(i, words[i]! + (1n << 32n)).map(big)))
      ).rejects.toThrow('Constraint unsatisfied');
    for (const i of [1, 2, 3])
      await expect(
        runAndCheckGates(() => {
          const state = INITIAL_STATE.map((word, j) =>
            big(word.toBigInt() + (i === j ? 1n << 32n : 0n))
          );
          compress(state as Sha1State, words.map(big));
        })
      ).rejects.toThrow('Constraint unsatisfied');
    expect(() => sha1(words.with(3, 1n << 32n).map((word) => Field(word)))).toThrow();
  });

  it('O1: has one result only, whatever the prover puts for a witness', async () => {
    const [state, block] = [randomWords(5), randomWords(16)];
    const { forged, harmless } = await acceptedFaults(
      () => compress(state.map(variable) as Sha1State, block.map(variable)),
      { occurrences: 1, mutations: { '+1': MUTATIONS['+1']!, random: MUTATIONS.random! } }
    );
    expect(forged).toEqual([]);
    expect(harmless).toEqual(['rangeCheck12.packed']);
  });

  it('O1: proves even those words to be words that no xor takes', async () => {
    const words = [0x80000000, 0x7fffffff, 0, 1, 0xffffffff, ...randomWords(16)];
    const circuit = (): void =>
      void compress(words.slice(0, 5).map(variable) as Sha1State, words.slice(5).map(variable));
    const toggle: Mutation = ([z]) => [2048n - z!];
    const decrement: Mutation = ([q]) => [q! - 1n];
    for (const t of [77, 78, 79])
      expect(await accepts(circuit, 'word32.topBits', toggle, t - 16), `W${t}`).toBe(false);
    expect(await accepts(circuit, 'word32.quotient', decrement, 79), 'a of round 78').toBe(false);
    for (const i of [0, 4])
      expect(await accepts(circuit, 'word32.quotient', decrement, 80 + i), `H${i}`).toBe(false);
  });

  it('takes whole blocks only', () => {
    expect(() => sha1([])).toThrow('0 words');
    expect(() => sha1(Array<Field>(17).fill(Field(0)))).toThrow('17 words');
  });

  it('takes as many rows as written down', async () => {
    const words = (length: number): Field[] => Array.from({ length }, variable);
    const { rows } = await Provable.constraintSystem(
      () => void compress(words(5) as Sha1State, words(16))
    );
    expect(rows).toBe(1570);
  });
});
