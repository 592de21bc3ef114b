import { createHash, randomBytes } from 'node:crypto';
import { Field, Gadgets, Provable, UInt32, UInt64 } from 'o1js';
import { describe, expect, it } from 'vitest';
import { MUTATIONS, acceptedFaults, accepts } from '../../circuit/faults.ts';
import { runAndCheckGates } from '../../circuit/gates.ts';
import { MODULUS } from '../../../contracts/formats/field.ts';
import {
  encodeReceipt,
  receiptCommitment,
  type Receipt as Plain,
} from '../../../contracts/formats/receipt.ts';
import { Receipt, Word256, wordsOfField } from '../../../contracts/provable/receipt.ts';

const MAX_254 = (1n << 254n) - 1n;
const below254 = (): bigint => BigInt(`0x${randomBytes(32).toString('hex')}`) & MAX_254;
const variable = (x: bigint): Field => Provable.witness(Field, () => Field(x));

const random = (): Plain => ({
  sequence: randomBytes(4).readUInt32BE(),
  request: below254(),
  result: Uint8Array.from(randomBytes(32)),
  body: below254(),
  amount: randomBytes(8).readBigUInt64BE(),
  finishedAt: 1_795_200_000,
});
const largest: Plain = {
  sequence: 2 ** 32 - 1,
  request: MAX_254,
  result: new Uint8Array(32).fill(255),
  body: MAX_254,
  amount: (1n << 64n) - 1n,
  finishedAt: 2 ** 32 - 1,
};

const digestOf = (plain: Plain): number[] => {
  const digest = createHash('sha256').update(encodeReceipt(plain)).digest();
  return Array.from({ length: 8 }, (_, i) => digest.readUInt32BE(4 * i));
};
const receiptOf = (plain: Plain): Receipt =>
  Provable.witness(
    Receipt,
    () =>
      new Receipt({
        sequence: UInt32.from(plain.sequence),
        request: Field(plain.request),
        result: Word256.fromBytes(plain.result),
        body: Field(plain.body),
        amount: UInt64.from(plain.amount),
        finishedAt: UInt32.from(plain.finishedAt),
      })
  );

describe('a receipt in a circuit', () => {
  it('has the SHA-256 of the encoded block, and the commitment of the formats', async () => {
    const smallest = { ...random(), sequence: 0, request: 0n, body: 0n, amount: 0n };
    const inCircuit = random();
    await runAndCheckGates(() => {
      const receipt = receiptOf(inCircuit);
      receipt.digest().forEach((word, i) => word.assertEquals(digestOf(inCircuit)[i]!));
      receipt.commitment().assertEquals(receiptCommitment(inCircuit));
    });
    for (const plain of [largest, { ...smallest, finishedAt: 1_000_000_000 }]) {
      const receipt = receiptOf(plain);
      expect(receipt.digest().map((word) => Number(word.toBigInt()))).toEqual(digestOf(plain));
      expect(receipt.commitment().toBigInt()).toBe(receiptCommitment(plain));
    }
  });

  it('O1: does not split its amount in another way', async () => {
    const plain = { ...random(), amount: (5n << 32n) + 7n };
    const mutations = ['+1', '-1'].map((name) => MUTATIONS[name]!);
    for (const change of mutations)
      expect(
        await accepts(
          () => void receiptOf(plain).digest(),
          'receipt.amountHigh',
          ([high]) => [change(high!)]
        )
      ).toBe(false);
  });

  it('O1: takes no result with a word of more than 32 bits', async () => {
    await expect(
      runAndCheckGates(() => {
        const receipt = receiptOf(random());
        receipt.result.words[3] = variable(1n << 32n);
        receipt.digest();
      })
    ).rejects.toThrow('Constraint unsatisfied');
  });
});

describe('the words of a field element', () => {
  const words = (x: bigint): Field[] => wordsOfField('receipt.body', variable(x));

  it('are its 256 bits, for all below 2^254', async () => {
    for (const x of [0n, 1n, MAX_254 - 1n, MAX_254, below254()]) {
      const bytes = Buffer.from(x.toString(16).padStart(64, '0'), 'hex');
      await runAndCheckGates(() =>
        words(x).forEach((word, i) => word.assertEquals(bytes.readUInt32BE(4 * i)))
      );
    }
  });

  it('O1: are refused from 2^254 on', async () => {
    for (const x of [1n << 254n, (1n << 254n) + 1n, MODULUS - 1n])
      await expect(
        runAndCheckGates(() => void words(x)),
        `2^254 + ${x - (1n << 254n)}`
      ).rejects.toThrow('Constraint unsatisfied');
  });

  it('O1: are not those of the same element plus the modulus', async () => {
    const x = 12_345n;
    const wrapped = Array.from(
      { length: 8 },
      (_, i) => ((x + MODULUS) >> BigInt(32 * (7 - i))) & 0xffff_ffffn
    );
    await runAndCheckGates(() => {
      const sum = wrapped.reduce((total, word) => total.mul(1n << 32n).add(word), Field(0));
      sum.assertEquals(x);
      wrapped.forEach((word) => Gadgets.rangeCheck32(variable(word)));
    });
    expect(
      await accepts(
        () => void words(x),
        'receipt.body',
        () => wrapped
      )
    ).toBe(false);
  });

  it('O1: have no other form, whatever the prover puts for them', async () => {
    for (const x of [below254(), 0n, MAX_254])
      expect(await acceptedFaults(() => words(x))).toEqual({ forged: [], harmless: [] });
  });
});
