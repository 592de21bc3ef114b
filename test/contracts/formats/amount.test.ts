import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BOUND, amountOf, formatMina, parseMina } from '../../../contracts/formats/amount.ts';
import { EXIT } from '../../../contracts/formats/job.ts';
import { uint } from './arbitrary.ts';
import { refusal } from './refusal.ts';

const price = fc.record({ base: uint(BOUND.base), perSecond: uint(BOUND.perSecond) });
const below = (bits: number): bigint => (1n << BigInt(bits)) - 1n;
const UNLIMITED = below(64);

describe('the amount of a job', () => {
  it('is the exact price rounded down, held against rational arithmetic', () => {
    fc.assert(
      fc.property(price, uint(BOUND.taskClock), ({ base, perSecond }, taskClock) => {
        const amount = amountOf({ base, perSecond }, taskClock, 0, UNLIMITED);
        const exact = {
          numerator: base * 10n ** 9n + perSecond * taskClock,
          denominator: 10n ** 9n,
        };
        expect(amount * exact.denominator <= exact.numerator).toBe(true);
        expect((amount + 1n) * exact.denominator > exact.numerator).toBe(true);
      }),
      { numRuns: 500 }
    );
  });

  it('is at most the maximum, whatever was counted', () => {
    fc.assert(
      fc.property(price, uint(BOUND.taskClock), uint(64), (of, taskClock, maximum) => {
        const full = amountOf(of, taskClock, 0, UNLIMITED);
        expect(amountOf(of, taskClock, 0, maximum)).toBe(full < maximum ? full : maximum);
      })
    );
  });

  it('C11: cannot overflow an account at the very bounds', () => {
    const most = { base: below(BOUND.base), perSecond: below(BOUND.perSecond) };
    const full = amountOf(most, below(BOUND.taskClock), 0, UNLIMITED);
    expect(most.perSecond * below(BOUND.taskClock) < 1n << 92n).toBe(true);
    expect(full < 1n << 64n).toBe(true);
    expect(full).toBe(most.base + (most.perSecond * below(BOUND.taskClock)) / 1_000_000_000n);
  });

  it('steps from one nanomina to the next at a whole nanosecond', () => {
    const of = { base: 5n, perSecond: 1n };
    expect(amountOf(of, 999_999_999n, 0, UNLIMITED)).toBe(5n);
    expect(amountOf(of, 1_000_000_000n, 0, UNLIMITED)).toBe(6n);
    expect(amountOf(of, 0n, 0, UNLIMITED)).toBe(5n);
  });

  it('is nothing for a refused job, and for that exit status alone', () => {
    const of = { base: 5n, perSecond: 1n };
    expect(amountOf(of, 0n, EXIT.refused, UNLIMITED)).toBe(0n);
    for (const status of [0, 1, EXIT.timeLimit, EXIT.refused - 1, EXIT.refused + 1])
      expect(amountOf(of, 0n, status, UNLIMITED)).toBe(5n);
  });

  it('refuses numbers one above their bounds', () => {
    const of = { base: 0n, perSecond: 0n };
    const over = (bits: number): bigint => 1n << BigInt(bits);
    const code = (...[p, clock, maximum]: [typeof of, bigint, bigint]) =>
      refusal(() => amountOf(p, clock, 0, maximum));
    expect(code(of, 0n, 0n)).toBeUndefined();
    expect(code({ ...of, base: over(BOUND.base) }, 0n, 0n)).toBe('RANGE');
    expect(code({ ...of, perSecond: over(BOUND.perSecond) }, 0n, 0n)).toBe('RANGE');
    expect(code(of, over(BOUND.taskClock), 0n)).toBe('RANGE');
    expect(code(of, 0n, over(BOUND.amount))).toBe('RANGE');
    expect(code(of, -1n, 0n)).toBe('RANGE');
  });
});

describe('MINA as people write it', () => {
  it('reads back what it printed, to the last nanomina', () => {
    fc.assert(
      fc.property(uint(64), (nanomina) => {
        expect(parseMina(formatMina(nanomina))).toBe(nanomina);
      })
    );
  });

  it('prints without trailing zeros, and with a sign', () => {
    expect([0n, 1n, 10n ** 9n, 1_500_000_000n, -1n, -2n * 10n ** 9n].map(formatMina)).toEqual([
      '0',
      '0.000000001',
      '1',
      '1.5',
      '-0.000000001',
      '-2',
    ]);
  });

  it('accepts the largest amount and refuses the next', () => {
    expect(parseMina('18446744073.709551615')).toBe(below(64));
    expect(refusal(() => parseMina('18446744073.709551616'))).toBe('RANGE');
  });

  it.each([
    '',
    '.5',
    '1.',
    '01',
    '-1',
    '+1',
    '1e3',
    '0x1',
    ' 1',
    '1 ',
    '1,5',
    '0.0000000001',
    '１',
  ])('refuses %j', (text) => {
    expect(refusal(() => parseMina(text))).toBe('RANGE');
  });
});
