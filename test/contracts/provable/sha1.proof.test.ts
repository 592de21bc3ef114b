import { createHash, randomBytes } from 'node:crypto';
import { Field, Gadgets, Provable, ZkProgram } from 'o1js';
import { beforeAll, describe, expect, it } from 'vitest';
import { padded } from '../../circuit/padding.ts';
import { digestField, sha1 } from '../../../contracts/provable/sha1.ts';
import { withFaultyWitness } from '../../../contracts/provable/witness.ts';

const Block = Provable.Array(Field, 16);

const Program = ZkProgram({
  name: 'sha1-of-one-block',
  publicOutput: Field,
  methods: {
    hash: {
      privateInputs: [Block],
      async method(words: Field[]) {
        return { publicOutput: digestField(sha1(words)) };
      },
    },
    below64Bits: {
      privateInputs: [Field],
      async method(x: Field) {
        Gadgets.rangeCheck64(x);
        return { publicOutput: x };
      },
    },
  },
});

describe('a proof of SHA-1', () => {
  const message = randomBytes(40);
  const words = padded(message).map((word) => Field(word));
  const digest = BigInt(`0x${createHash('sha1').update(message).digest('hex')}`);

  beforeAll(async () => {
    await Program.compile();
  });

  it('verifies and shows the digest of node', async () => {
    const { proof } = await Program.hash(words);
    expect(proof.publicOutput.toBigInt()).toBe(digest);
    expect(await Program.verify(proof)).toBe(true);
    proof.publicOutput = Field(digest ^ 1n);
    expect(await Program.verify(proof)).toBe(false);
  });

  it('O1: cannot be made with a faulty carry or rotation', async () => {
    for (const label of ['word32.quotient', 'word32.topBits', 'word32.lowBits'])
      await expect(
        withFaultyWitness(
          label,
          ([x]) => [x! + 1n],
          () => Program.hash(words),
          { occurrence: 40 }
        )
      ).rejects.toThrow();
  });

  it('C1: cannot be made of what only the check of gates refuses', async () => {
    const { proof } = await Program.below64Bits(Field((1n << 64n) - 1n));
    expect(await Program.verify(proof)).toBe(true);
    await expect(Program.below64Bits(Field(1n << 64n))).rejects.toThrow();
  });
});
