import { describe, expect, it } from 'vitest';
import { openingCost, usualAmount } from '../../../../web/pages/service/cost.ts';

const MINA = 1_000_000_000n;
const beside = openingCost(0n).total;

describe('what is proposed for a new tab', () => {
  it('is enough for some jobs, not for one', () => {
    expect(usualAmount(MINA, undefined)).toBe(5n * MINA);
    expect(usualAmount(MINA, 100n * MINA)).toBe(5n * MINA);
  });

  it('is no more than the wallet has for, beside account and fee', () => {
    expect(usualAmount(MINA, beside + 5n * MINA - 1n)).toBe(4n * MINA);
    expect(usualAmount(MINA, beside + MINA)).toBe(MINA);
  });

  it('is one job where the wallet has not even that: the panel says what is missing', () => {
    expect(usualAmount(MINA, 0n)).toBe(MINA);
    expect(usualAmount(MINA, beside)).toBe(MINA);
  });

  it('fits 64 bits, and a job that is free', () => {
    expect(usualAmount(2n ** 64n - 1n, undefined)).toBe(2n ** 64n - 1n);
    expect(usualAmount(0n, undefined)).toBe(0n);
  });
});
