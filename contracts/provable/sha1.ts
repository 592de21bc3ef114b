import { Field } from 'o1js';
import { withRangeChecks12, type Check12 } from './range-checks.ts';
import {
  TWO32,
  assertWord,
  choose,
  majority,
  reduceAndSplit,
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
 * One block. The state has to be the initial one or a result of this function. Rows: 1570.
 *
 * Sums are reduced modulo 2^32 and words rotated without a check that the result is a word: that is
 * left to the xor it goes into ({@link xor}). Where that is:
 *
 * | word                           | operand of a xor                                          |
 * |--------------------------------|-----------------------------------------------------------|
 * | message word, W16 to W76       | of the schedule, 3 to 16 words later                      |
 * | W77 to W79                     | none: `assertWord` in `messageSchedule`                   |
 * | H0 (reduced), H1 to H3         | of rounds 1, 0, 0 and 0, as b, b, c and d                 |
 * | a of round t, the same rotated | of rounds t + 2 and t + 3, as b and c, up to t = 77 and 76 |
 * | a of round 78                  | none: `assertWord` below                                  |
 * | a of round 79, H4              | only added; the result by `assertWord`                    |
 * | a of round 77, rotated         | only added: an integer, as the result is, which is enough |
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

/** FIPS 180-4, 4.1.1: 20 rounds each of Ch, Parity, Maj and Parity. 6 rows. */
function mix(t: number, b: Field, c: Field, d: Field): Field {
  if (t < 20) return choose(b, c, d);
  return t >= 40 && t < 60 ? majority(b, c, d) : xor(b, c, d);
}

/**
 * A sum reduced to a word, and that word rotated left by 5, given modulo 2^32 and below 2^38: 32
 * times the word and its top five bits, but for the multiple of 2^32 that the next sum drops anyway.
 */
function reduceAndRotl5(sum: Field): { reduced: Field; rotl5: Field } {
  const { word, top } = reduceAndSplit(sum, 1);
  return { reduced: word, rotl5: word.mul(32).add(top) };
}
