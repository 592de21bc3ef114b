import { randomBytes } from 'node:crypto';
import { Field, Provable, UInt64 } from 'o1js';
import { describe, expect, it } from 'vitest';
import { acceptedFaults } from '../../circuit/faults.ts';
import { runAndCheckGates } from '../../circuit/gates.ts';
import { makeParties, makeTerms } from '../../fixtures/job-fixture.ts';
import { amountOf as reference, type Price } from '../../../contracts/formats/amount.ts';
import { EXIT } from '../../../contracts/formats/job.ts';
import { amountOf } from '../../../contracts/provable/amount.ts';
import { assertBelow } from '../../../contracts/provable/range.ts';
import { Terms } from '../../../contracts/provable/terms.ts';

const MAX = (1n << 64n) - 1n;
const parties = makeParties();
const random = (bits: number): bigint => BigInt.asUintN(bits, randomBytes(8).readBigUInt64BE());
const variable = <T>(type: Provable<T>, x: T): T => Provable.witness(type, () => x);

interface Case {
  readonly base: bigint;
  readonly perSecond: bigint;
  readonly taskClock: bigint;
  readonly maximum: bigint;
  readonly exitStatus?: number;
}

function inCircuit({ base, perSecond, taskClock, maximum, exitStatus = 0 }: Case): Field {
  const price: Price = { base, perSecond };
  const terms = Provable.witness(Terms, () => Terms.from(makeTerms(parties, { price })));
  const [clock, status] = [Field(taskClock), Field(exitStatus)].map((x) => variable(Field, x));
  return amountOf(terms, clock!, status!, variable(UInt64, UInt64.from(maximum))).value;
}

const expected = ({ base, perSecond, taskClock, maximum, exitStatus = 0 }: Case): bigint =>
  reference({ base, perSecond }, taskClock, exitStatus, maximum);

const BOUNDS = { base: (1n << 60n) - 1n, perSecond: (1n << 36n) - 1n, taskClock: (1n << 56n) - 1n };
const plain = { base: 5n, perSecond: 3n, taskClock: 2_000_000_000n, maximum: 100n };

describe('the amount in a circuit', () => {
  it('is that of the formats at every bound, around the maximum and where a quotient steps', async () => {
    const cases: Case[] = [
      { ...BOUNDS, maximum: MAX },
      { ...BOUNDS, maximum: 0n },
      { base: 0n, perSecond: 0n, taskClock: 0n, maximum: MAX },
      ...[10n, 11n, 12n].map((maximum) => ({ ...plain, maximum })),
      ...[999_999_999n, 1_000_000_000n, 1_000_000_001n].map((taskClock) => ({
        ...plain,
        perSecond: 1n,
        taskClock,
      })),
      { ...BOUNDS, maximum: MAX, exitStatus: EXIT.refused },
      ...[0, 1023, 1025, 65535].map((exitStatus) => ({ ...plain, exitStatus })),
    ];
    const full = expected({ ...BOUNDS, maximum: MAX });
    for (const maximum of [full - 1n, full, full + 1n]) cases.push({ ...BOUNDS, maximum });
    await runAndCheckGates(() => {
      for (const each of cases) inCircuit(each).assertEquals(expected(each));
    });
  });

  it('is that of the formats for random values', async () => {
    const cases = Array.from({ length: 20 }, () => ({
      base: random(60),
      perSecond: random(36),
      taskClock: random(56),
      maximum: random(64),
    }));
    await runAndCheckGates(() => {
      for (const each of cases) inCircuit(each).assertEquals(expected(each));
    });
  });

  it('C1: has one value only, whatever the prover puts for the quotient', async () => {
    const cases: Case[] = [
      plain,
      { ...BOUNDS, maximum: MAX },
      { ...plain, perSecond: 999_999_999n, taskClock: 1n },
    ];
    const mutations = {
      '+1': (x: bigint) => x + 1n,
      '-1': (x: bigint) => x - 1n,
      'product / 10⁹ in the field': () =>
        Field(plain.perSecond * plain.taskClock - 1n)
          .div(1_000_000_000n)
          .toBigInt(),
      'bit 63': (x: bigint) => x ^ (1n << 63n),
      zero: () => 0n,
      'p-1': () => Field.ORDER - 1n,
    };
    for (const each of cases)
      expect(await acceptedFaults(() => [inCircuit(each)], { mutations })).toEqual({
        forged: [],
        harmless: [],
      });
  });

  it('C11: holds prices below 2^60 and 2^36', async () => {
    const within = (base: bigint, perSecond: bigint): Promise<void> =>
      runAndCheckGates(() => {
        const terms = Terms.from(makeTerms(parties));
        terms.base = variable(UInt64, UInt64.from(base));
        terms.perSecond = variable(UInt64, UInt64.from(perSecond));
        terms.assertBounds();
      });
    await within(BOUNDS.base, BOUNDS.perSecond);
    await expect(within(BOUNDS.base + 1n, 0n)).rejects.toThrow('Constraint unsatisfied');
    await expect(within(0n, BOUNDS.perSecond + 1n)).rejects.toThrow('Constraint unsatisfied');
  });
});

describe('a bound in bits', () => {
  const check = (x: bigint, bits: number): Promise<void> =>
    runAndCheckGates(() => assertBelow(variable(Field, Field(x)), bits));

  it('holds for all numbers below it and none above, wrapped ones included', async () => {
    for (const bits of [1, 16, 36, 63, 64]) {
      const bound = 1n << BigInt(bits);
      for (const x of [0n, bound - 1n]) await check(x, bits);
      const half = Field(bound - 1n)
        .div(1n << BigInt(64 - bits))
        .toBigInt();
      for (const x of [bound, bound + 1n, Field.ORDER - 1n, ...(bits < 64 ? [half] : [])])
        await expect(check(x, bits), `${x} for ${bits} bits`).rejects.toThrow(
          'Constraint unsatisfied'
        );
    }
  });
});
