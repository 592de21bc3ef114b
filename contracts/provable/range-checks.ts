import { Field, Gadgets } from 'o1js';
import { witness } from './witness.ts';

export { withRangeChecks12, type Check12 };

/** Constrains `0 ≤ x < 2^12`, an integer. A quarter of a row, and half of one if `x` is a sum. */
type Check12 = (x: Field) => void;

/**
 * Runs `build` and constrains every `x` for which it called `check12`, four a row.
 *
 * A RangeCheck0 row holds four looked-up limbs of 12 bits next to the number they make up. Nothing
 * else is asked of that number, so it is witnessed, and each limb is wired to one `x`: that is what
 * the row proves. (`Gadgets.rangeCheck3x12` fits three a row, and `Provable.runAndCheck` does not
 * look anything up: there, a limb that is wired is refused and one that is looked up is not.)
 *
 * The checks exist only after `build` returned; that is why they come as a scope and not as an
 * object that somebody may forget to flush.
 */
function withRangeChecks12<R>(build: (check12: Check12) => R): R {
  const pending: Field[] = [];
  const result = build((x) => {
    if (x.isConstant()) assertConstant(x);
    else pending.push(x.seal());
  });
  for (let i = 0; i < pending.length; i += 4) checkFour(pending.slice(i, i + 4));
  return result;
}

/** The i-th of up to four values is the 12-bit limb from bit 16 + 12·i on. */
function checkFour(xs: Field[]): void {
  const packed = witness('rangeCheck12.packed', Field, () =>
    Field(xs.reduce((sum, x, i) => sum + ((x.toBigInt() & 0xfffn) << BigInt(16 + 12 * i)), 0n))
  );
  const limbs = Gadgets.rangeCheck64(packed).reverse();
  xs.forEach((x, i) => x.assertEquals(limbs[i]!, 'a limb exceeds 12 bits'));
}

function assertConstant(x: Field): void {
  if (x.toBigInt() >> 12n !== 0n) throw Error(`the constant ${x.toString()} exceeds 12 bits`);
}
