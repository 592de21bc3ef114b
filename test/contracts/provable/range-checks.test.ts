import { Field, Provable } from 'o1js';
import { describe, expect, it } from 'vitest';
import { runAndCheckGates } from '../../circuit/gates.ts';
import { withRangeChecks12 } from '../../../contracts/provable/range-checks.ts';

const variable = (x: bigint): Field => Provable.witness(Field, () => Field(x));
const check = (xs: bigint[], make: (x: bigint) => Field): void =>
  withRangeChecks12((check12) => xs.map(make).forEach(check12));

describe('12-bit range checks', () => {
  it('hold for any number of values from 0 to 4095', async () => {
    for (const length of [0, 1, 4, 5, 9])
      await runAndCheckGates(() => check(Array<bigint>(length).fill(4095n), variable));
    await runAndCheckGates(() => check([0n, 1n], variable));
  });

  it('O1: refuse a value beyond, at every place', async () => {
    const half = Field(1).div(2).toBigInt();
    for (const wrong of [4096n, Field.ORDER - 1n, 1n << 12n, half, (1n << 64n) + 1n])
      for (let i = 0; i < 5; i++)
        await expect(
          runAndCheckGates(() => check(Array<bigint>(5).fill(7n).with(i, wrong), variable))
        ).rejects.toThrow('Constraint unsatisfied');
  });

  it('O1: refuse a constant beyond', () => {
    check([0n, 4095n], Field);
    expect(() => check([4096n], Field)).toThrow('4096');
    expect(() => check([-1n], Field)).toThrow();
  });
});
