import { Field, Gadgets } from 'o1js';
import { withRangeChecks12, type Check12 } from './range-checks.ts';
import { witness } from './witness.ts';
import {
  TWO32,
  assertWord,
  reduceUnsafe,
  rotateLeftUnsafe,
  rotateRightUnsafe,
  xor,
} from './word32.ts';

export { sha1, compress, digestField, INITIAL_STATE, type Sha1State };

/** Five words below 2^32: H0 to H4 of FIPS 180-4. */
type Sha1State = [Field, Field, Field, Field, Field];

/** FIPS 180-4, 5.3.1. */
const INITIAL_STATE = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0].map((word) =>
  Field(word)
) as Sha1State;

/** FIPS 180-4, 4.2.1: one constant for every 20 rounds. */
const K = [0x5a827999n, 0x6ed9eba1n, 0x8f1bbcdcn, 0xca62c1d6n] as const;

/**
 * SHA-1 (FIPS 180-4, 6.1) of a padded message of constant length, as five words below 2^32.
 *
 * @param words 16 for each block, most significant byte first; constrained here to be below 2^32
 */
function sha1(words: Field[]): Sha1State {
  if (words.length === 0 || words.length % 16 !== 0)
    throw Error(`SHA-1 takes blocks of 16 words, and ${words.length} words are no blocks`);
  let state = INITIAL_STATE;
  for (let i = 0; i < words.length; i += 16) state = compress(state, words.slice(i, i + 16));
  return state;
}

/** The digest as one number below 2^160, most significant word first. 2 rows. */
function digestField(state: Sha1State): Field {
  return state.reduce((sum, word) => sum.mul(TWO32).add(word), Field(0)).seal();
}

/**
 * One block. The state has to be the initial one or a result of this function. Rows: 1572.
 *
 * Sums are reduced modulo 2^32 and words rotated without a check that the result is a word: that is
 * left to the xor it goes into ({@link xor}). Where that is:
 *
 * | word                          | operand of a xor                                         |
 * |-------------------------------|----------------------------------------------------------|
 * | message word, W16 to W76      | of the schedule, 3 to 16 words later                     |
 * | W77 to W79                    | none: `assertWord` in `messageSchedule`                  |
 * | H0 (reduced), H1 to H3        | of rounds 1, 0, 0 and 0, as b, b, c and d                |
 * | a of round t, its rotation    | of rounds t + 2 and t + 3, as b and c, so up to 77 and 76 |
 * | a of round 78, rotated 77     | none: `assertWord` below                                 |
 * | a of round 79, H4, the result | only added; the result by `assertWord`                   |
 *
 * Sums stay below 2^39, rotations below 2^45: nothing wraps around the field's order.
 */
function compress(state: Sha1State, block: Field[]): Sha1State {
  return withRangeChecks12((check12) => {
    const schedule = messageSchedule(block, check12);
    let [a, b, c, d, e] = state;
    schedule.forEach((word, t) => {
      const { reduced, rotl5 } = reduceAndRotl5(a);
      a = rotl5
        .add(mix(t, b, c, d))
        .add(e)
        .add(K[Math.floor(t / 20)]!)
        .add(word);
      [b, c, d, e] = [reduced, rotateRightUnsafe(b, 2, check12), c, d];
    });
    assertWord(b);
    assertWord(c);
    return [a, b, c, d, e].map((word, i) => {
      const sum = reduceUnsafe(state[i]!.add(word), check12);
      assertWord(sum);
      return sum;
    }) as Sha1State;
  });
}

/** FIPS 180-4, 6.1.2, step 1. 9.75 rows for each of 64 words, and 6 for the last three. */
function messageSchedule(block: Field[], check12: Check12): Field[] {
  const words: Field[] = block.map((word) => word.seal());
  for (let t = 16; t < 80; t++) {
    const mixed = xor(words[t - 3]!, words[t - 8]!, words[t - 14]!, words[t - 16]!);
    words.push(rotateLeftUnsafe(mixed, 1, check12));
  }
  words.slice(77).forEach(assertWord);
  return words;
}

/**
 * FIPS 180-4, 4.1.1: Ch, Parity, Maj, Parity, for 20 rounds each. Ch and Maj as sums of exclusive
 * ors, by their truth tables: for every bit, b chooses between c and d exactly if
 * 2·Ch = c + d - (b ⊕ c) + (b ⊕ d), and 2·Maj is the number of ones less their parity. 6 rows.
 */
function mix(t: number, b: Field, c: Field, d: Field): Field {
  if (t < 20) return c.add(d).sub(xor(b, c)).add(xor(b, d)).div(2);
  if (t < 40 || t >= 60) return xor(b, c, d);
  return b
    .add(c)
    .add(d)
    .sub(xor(b, c, d))
    .div(2);
}

/**
 * The word r = sum modulo 2^32, and r rotated left by 5, which is given modulo 2^32 and below 2^38.
 *
 * Unsafe as `reduceUnsafe`: r has to be proven below 2^32 elsewhere. One RangeCheck0 row takes
 * v = 2·r + 2^40·q, of which it looks up four limbs of 12 bits from bit 16 on. The highest is wired
 * to 0 and the next to q, so 0 ≤ q < 2^12 and 2·r is made up of the bits below 40. Then the limb of
 * bits 28 to 39 holds r's bits from 27 on: the five that r, below 2^32, has there. And
 * 32·r + top is r rotated left by 5, but for the multiple 2^32·top that the next sum drops anyway.
 *
 * Rows: 1.5, and half a row for each variable of the sum.
 */
function reduceAndRotl5(sum: Field): { reduced: Field; rotl5: Field } {
  if (sum.isConstant()) {
    const word = sum.toBigInt() % TWO32;
    return { reduced: Field(word), rotl5: Field(32n * word + (word >> 27n)) };
  }
  const quotient = witness('sha1.quotient', Field, () => Field(sum.toBigInt() >> 32n));
  const reduced = sum.sub(quotient.mul(TWO32)).seal();
  const packed = reduced.mul(2).add(quotient.mul(1n << 40n));
  const [above, from40, from28] = Gadgets.rangeCheck64(packed.seal());
  above.assertEquals(0, 'a sum of SHA-1 exceeds 44 bits');
  from40.assertEquals(quotient, 'a sum of SHA-1 is not reduced by its quotient');
  return { reduced, rotl5: reduced.mul(32).add(from28) };
}
