import { Field, Gadgets } from 'o1js';

export { assertBelow };

/**
 * Constrains `0 ≤ x < 2^bits` for 1 ≤ bits ≤ 64, by range-checking `x` and `x·2^(64 - bits)` to 64
 * bits each. The product of two numbers below 2^64 stays below the field's order, so the second
 * check is on the integer, and it holds exactly when `x < 2^bits`.
 *
 * Rows: 3 for 64 bits, 6 otherwise.
 */
function assertBelow(x: Field, bits: number): void {
  Gadgets.rangeCheck64(x);
  if (bits < 64) Gadgets.rangeCheck64(x.mul(1n << BigInt(64 - bits)).seal());
}
