import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amountOf } from '../../../../contracts/formats/amount.ts';
import { EXIT } from '../../../../contracts/formats/job.ts';
import { billOf } from '../../../../web/components/counters/bill.ts';

const price = { base: 10_000_000n, perSecond: 250_000_000n };

describe('a bill', () => {
  it('shows base and metered part, and where the maximum cuts it', () => {
    expect(billOf(price, 2_000_000_000n, 0, 10n ** 9n)).toEqual({
      metered: 500_000_000n,
      isCapped: false,
      isFree: false,
      amount: 510_000_000n,
    });
    expect(billOf(price, 2_000_000_000n, 1, 510_000_000n).isCapped).toBe(false);
    expect(billOf(price, 2_000_000_000n, 1, 509_999_999n)).toMatchObject({
      isCapped: true,
      amount: 509_999_999n,
    });
    expect(billOf(price, 0n, EXIT.refused, 1n)).toMatchObject({ isFree: true, amount: 0n });
  });

  it('comes to what the formats, and with them the circuit, make of the same numbers', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 2n ** 50n),
        fc.bigInt(0n, 2n ** 35n),
        fc.bigInt(0n, 2n ** 55n),
        fc.bigInt(0n, 2n ** 60n),
        fc.constantFrom(0, 1, 137, EXIT.timeLimit, EXIT.refused),
        (base, perSecond, taskClock, maximum, exit) => {
          const bill = billOf({ base, perSecond }, taskClock, exit, maximum);
          const shown = bill.isFree ? 0n : bill.isCapped ? maximum : base + bill.metered;
          expect(shown).toBe(amountOf({ base, perSecond }, taskClock, exit, maximum));
          expect(bill.amount).toBe(shown);
        }
      )
    );
  });
});
