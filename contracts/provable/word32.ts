import { Field, Gadgets } from 'o1js';
import type { Check12 } from './range-checks.ts';
import { witness } from './witness.ts';

export {
  TWO32,
  xor,
  choose,
  majority,
  rotateLeftUnsafe,
  rotateRightUnsafe,
  shiftRightUnsafe,
  reduceUnsafe,
  reduceAndSplit,
  assertWord,
};

/**
 * Arithmetic on 32-bit words, each an element below 2^32, for the hash functions.
 *
 * What makes it cheap: `xor` proves its operands and its result to be below 2^32 on the way (their
 * nibbles are looked up and make them up). Nearly every word of a hash function is an operand of a
 * xor sooner or later, so the functions called `Unsafe` leave that proof to it; where no xor
 * follows, `assertWord` does it.
 */
const TWO32 = 1n << 32n;
const MAX = TWO32 - 1n;

/**
 * Exclusive or. Constrains every operand and the result to be below 2^32, also where constants
 * cancel out. Rows: 3 for each variable beyond the first, and 3 for all constants together.
 */
function xor(...words: Field[]): Field {
  const constants = words.filter((word) => word.isConstant());
  const variables = words.filter((word) => !word.isConstant()).map((word) => word.seal());
  const folded = constants.reduce((sum, word) => Gadgets.xor(sum, word, 32), Field(0));
  const operands =
    constants.length > 0 || variables.length < 2 ? [...variables, folded] : variables;
  return operands.reduce((sum, word) => Gadgets.xor(sum, word, 32));
}

/**
 * Ch of FIPS 180-4, 4.1: in each bit `x` chooses `y` (1) or `z` (0). By the truth table, twice that
 * is y + z - (x ⊕ y) + (x ⊕ z), without a carry from bit to bit. Constrains all three to be words.
 * Given as a sum. Rows: 6.
 */
function choose(x: Field, y: Field, z: Field): Field {
  return y.add(z).sub(xor(x, y)).add(xor(x, z)).div(2);
}

/**
 * Maj of FIPS 180-4, 4.1: in each bit what most of the three have, which is half of what their sum
 * has beyond their parity. Constrains all three to be words. Given as a sum. Rows: 6.
 */
function majority(x: Field, y: Field, z: Field): Field {
  return x
    .add(y)
    .add(z)
    .sub(xor(x, y, z))
    .div(2);
}

/**
 * `x` rotated left by 1 ≤ k ≤ 12 bits, as y = 2^k·x - (2^32 - 1)·u, with u the k bits that leave.
 *
 * Unsafe: holds if x and y are proven below 2^32 elsewhere. Then why is u right? What is witnessed
 * is z = 2^(12-k)·u, held below 2^12 by `check12`, and
 *
 *     2^12·x = 2^(12-k)·y + (2^32 - 1)·z
 *
 * has both sides below 2^45, far from the field's order, so it holds for integers. Hence 2^(12-k)
 * divides z, and u is an integer from 0 to 2^k - 1. Another solution for the same x has u + j and
 * y - j·(2^32 - 1): both words are in range only if one is 0, the other 2^32 - 1 and j = ±1. But
 * x = 0 asks for u = -1 then, and x = 2^32 - 1 for u = 2^k: both out of u's range.
 *
 * Rows: 0.75.
 */
function rotateLeftUnsafe(x: Field, k: number, check12: Check12): Field {
  if (x.isConstant()) return Field(rotated(wordOf(x), k));
  const u = cutUnsafe('word32.topBits', x, 32 - k, k, check12);
  return x
    .mul(1n << BigInt(k))
    .sub(u.mul(MAX))
    .seal();
}

/**
 * `x` rotated right by 1 ≤ k ≤ 12 bits, as y = (x + (2^32 - 1)·u) / 2^k, with u the lowest k bits.
 *
 * Unsafe: holds if x is proven below 2^32 and y to be an integer elsewhere. As above, z = 2^(12-k)·u
 * and 2^12·y = 2^(12-k)·x + (2^32 - 1)·z is an equation of integers, so u is an integer from 0 to
 * 2^k - 1; and 2^k·y = x - u + 2^32·u makes it x modulo 2^k.
 *
 * Rows: 0.75.
 */
function rotateRightUnsafe(x: Field, k: number, check12: Check12): Field {
  if (x.isConstant()) return Field(rotated(wordOf(x), 32 - k));
  const u = cutUnsafe('word32.lowBits', x, 0, k, check12);
  return x
    .add(u.mul(MAX))
    .div(1n << BigInt(k))
    .seal();
}

/**
 * `x` shifted right by 1 ≤ k ≤ 12 bits, and the k bits that leave: x = 2^k·y + u.
 *
 * Unsafe: holds if x and y are proven below 2^32 elsewhere. With z = 2^(12-k)·u below 2^12 as above,
 * 2^12·x = 2^12·2^k·y + 2^k·z holds for integers below 2^57; 2^(12-k) divides z, so that u is an integer
 * from 0 to 2^k - 1: quotient and remainder. Rows: 0.75.
 */
function shiftRightUnsafe(x: Field, k: number, check12: Check12): { word: Field; rest: Field } {
  if (x.isConstant()) {
    const word = wordOf(x);
    return { word: Field(word >> BigInt(k)), rest: Field(word & ((1n << BigInt(k)) - 1n)) };
  }
  const rest = cutUnsafe('word32.lowBits', x, 0, k, check12);
  return {
    word: x
      .sub(rest)
      .div(1n << BigInt(k))
      .seal(),
    rest,
  };
}

/**
 * A sum of words modulo 2^32, for sums of up to 2^44: r = sum - 2^32·q with 0 ≤ q < 2^12.
 *
 * Unsafe: holds if r is proven below 2^32 elsewhere. Rows: half a row for each variable of the sum,
 * and 0.25.
 */
function reduceUnsafe(sum: Field, check12: Check12): Field {
  if (sum.isConstant()) return Field(sum.toBigInt() & MAX);
  const quotient = witness('word32.quotient', Field, () => Field(sum.toBigInt() >> 32n));
  check12(quotient);
  return sum.sub(quotient.mul(TWO32)).seal();
}

/**
 * The same with the bits of r from 28 - s on, for 0 ≤ s ≤ 8: `top` = ⌊r / 2^(28-s)⌋.
 *
 * Safe for s = 8 and an integer sum; for smaller s unsafe as {@link reduceUnsafe}. One RangeCheck0
 * row takes v = 2^s·r + 2^40·q, of which it looks up four limbs of 12 bits from bit 16 on. The limb
 * from bit 40 on is wired to q, so 0 ≤ q < 2^12. What is left, 2^s·r, then is made up of the bits
 * below 40 and those from 52 on; the latter are 0, as r is at most the sum. So r, an integer as the
 * sum and q are, is below 2^(40-s), and the limb from bit 28 on is `top`.
 *
 * Rows: 1.5, and half a row for each variable of the sum.
 */
function reduceAndSplit(sum: Field, s: number): { word: Field; top: Field } {
  if (sum.isConstant()) {
    const word = sum.toBigInt() & MAX;
    return { word: Field(word), top: Field(word >> BigInt(28 - s)) };
  }
  const quotient = witness('word32.quotient', Field, () => Field(sum.toBigInt() >> 32n));
  const word = sum.sub(quotient.mul(TWO32)).seal();
  const packed = word.mul(1n << BigInt(s)).add(quotient.mul(1n << 40n));
  const [, from40, top] = Gadgets.rangeCheck64(packed.seal());
  from40.assertEquals(quotient, 'a sum of words is not reduced by its quotient');
  return { word, top };
}

/** Constrains `0 ≤ x < 2^32`. Rows: 2. */
function assertWord(x: Field): void {
  Gadgets.rangeCheck32(x);
}

/** Bits `from` to `from + k - 1` of `x`, of which is constrained only that 2^(12-k) times them is below 2^12. */
function cutUnsafe(label: string, x: Field, from: number, k: number, check12: Check12): Field {
  const scale = 1n << BigInt(12 - k);
  const scaled = witness(label, Field, () =>
    Field(((x.toBigInt() >> BigInt(from)) & ((1n << BigInt(k)) - 1n)) * scale)
  );
  check12(scaled);
  return scaled.div(scale);
}

/** A constant's value, held to be a word as the xor of a variable is. */
function wordOf(constant: Field): bigint {
  assertWord(constant);
  return constant.toBigInt();
}

const rotated = (word: bigint, left: number): bigint =>
  ((word << BigInt(left)) | (word >> BigInt(32 - left))) & MAX;
