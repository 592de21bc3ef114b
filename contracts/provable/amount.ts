import { Field, Gadgets, Provable, UInt64 } from 'o1js';
import { EXIT } from '../formats/job.ts';
import type { Terms } from './terms.ts';
import { assertBelow } from './range.ts';
import { witness } from './witness.ts';

export { amountOf };

const NANOSECONDS = 1_000_000_000n;

/**
 * `min(base + ⌊perSecond · taskClock / 10⁹⌋, maximum)`, or 0 for a refused job; equal to the
 * function of the same name in `formats/amount.ts`.
 *
 * Needs `base < 2^60`, `perSecond < 2^36`, `taskClock < 2^56`, so that the product is below 2^92.
 * Constrains `product = q·10⁹ + r` with `r < 10⁹` and `q < 2^64`: both sides are below 2^95, so the
 * equation holds over the integers and q is the one quotient, below 2^63. About 40 rows.
 */
function amountOf(terms: Terms, taskClock: Field, exitStatus: Field, maximum: UInt64): UInt64 {
  const product = terms.perSecond.value.mul(taskClock).seal();
  const quotient = witness('amount.quotient', Field, () => Field(product.toBigInt() / NANOSECONDS));
  const remainder = product.sub(quotient.mul(NANOSECONDS)).seal();
  Gadgets.rangeCheck64(quotient);
  assertBelow(remainder, 30);
  assertBelow(
    Field(NANOSECONDS - 1n)
      .sub(remainder)
      .seal(),
    30
  );

  const full = UInt64.Unsafe.fromField(terms.base.value.add(quotient).seal());
  const charged = Provable.if(full.lessThan(maximum), UInt64, full, maximum);
  const isRefused = exitStatus.equals(EXIT.refused);
  return Provable.if(isRefused, UInt64, UInt64.zero, charged);
}
