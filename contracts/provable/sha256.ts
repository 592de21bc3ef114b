import { Field } from 'o1js';
import { withRangeChecks12, type Check12 } from './range-checks.ts';
import {
  assertWord,
  choose,
  majority,
  reduceAndSplit,
  reduceUnsafe,
  rotateLeftUnsafe,
  rotateRightUnsafe,
  shiftRightUnsafe,
  xor,
} from './word32.ts';

export { sha256, compress256, type Sha256State };

/** Eight words below 2^32: H0 to H7 of FIPS 180-4. */
type Sha256State = [Field, Field, Field, Field, Field, Field, Field, Field];

/** FIPS 180-4, 5.3.3. */
const INITIAL_STATE = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
].map((word) => Field(word)) as Sha256State;

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes (4.2.2). */
const K = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];

/**
 * SHA-256 (FIPS 180-4, 6.2) of a padded message of constant length, as eight words below 2^32.
 *
 * @param words 16 for each block, most significant byte first. Unlike SHA-1's they have to be held
 * below 2^32 already: here they are rotated and added, and no xor takes them as they are.
 */
function sha256(words: Field[]): Sha256State {
  if (words.length === 0 || words.length % 16 !== 0)
    throw Error(`SHA-256 takes blocks of 16 words, and ${words.length} words are no blocks`);
  let state = INITIAL_STATE;
  for (let i = 0; i < words.length; i += 16) state = compress256(state, words.slice(i, i + 16));
  return state;
}

/**
 * One block. State and block have to be words below 2^32. Rows: 3311.
 *
 * As in SHA-1, words are proven to be below 2^32 by the xor that they go into. Where that is:
 *
 * | word                            | operand of a xor                                        |
 * |---------------------------------|---------------------------------------------------------|
 * | rotations and shifts            | of the Σ or σ they are made for                         |
 * | a, e of rounds 0 to 62, reduced | of Maj and Ch of the next round                         |
 * | W16 to W61                      | none: `reduceAndSplit` with s = 8                       |
 * | W62, W63, a and e of round 63   | only added; the result by `assertWord`                  |
 *
 * Sums stay below 2^36.
 */
function compress256(state: Sha256State, block: Field[]): Sha256State {
  return withRangeChecks12((check12) => {
    const schedule = messageSchedule(block, check12);
    let [a, b, c, d, e, f, g, h] = state;
    schedule.forEach((word, t) => {
      [a, e] = [reduceUnsafe(a, check12), reduceUnsafe(e, check12)];
      const t1 = h
        .add(bigSigma1(e, check12))
        .add(choose(e, f, g))
        .add(K[t]!)
        .add(word)
        .seal();
      const t2 = bigSigma0(a, check12).add(majority(a, b, c));
      [a, b, c, d, e, f, g, h] = [t1.add(t2), a, b, c, d.add(t1), e, f, g];
    });
    return [a, b, c, d, e, f, g, h].map((word, i) => {
      const sum = reduceUnsafe(state[i]!.add(word), check12);
      assertWord(sum);
      return sum;
    }) as Sha256State;
  });
}

/** FIPS 180-4, 6.2.2, step 1. 20.5 rows for each word from W16 on. */
function messageSchedule(block: Field[], check12: Check12): Field[] {
  const words: Field[] = block.map((word) => word.seal());
  for (let t = 16; t < 64; t++) {
    const sum = smallSigma1(words[t - 2]!, check12)
      .add(words[t - 7]!)
      .add(smallSigma0(words[t - 15]!, check12))
      .add(words[t - 16]!);
    words.push(t < 62 ? reduceAndSplit(sum, 8).word : sum);
  }
  return words;
}

/** rotr 2 ⊕ rotr 13 ⊕ rotr 22 */
function bigSigma0(x: Field, check12: Check12): Field {
  const rotr2 = rotateRightUnsafe(x, 2, check12);
  const rotr13 = rotateRightUnsafe(rotr2, 11, check12);
  return xor(rotr2, rotr13, rotateLeftUnsafe(x, 10, check12));
}

/** rotr 6 ⊕ rotr 11 ⊕ rotr 25 */
function bigSigma1(x: Field, check12: Check12): Field {
  const rotr6 = rotateRightUnsafe(x, 6, check12);
  const rotr11 = rotateRightUnsafe(x, 11, check12);
  return xor(rotr6, rotr11, rotateLeftUnsafe(x, 7, check12));
}

/** rotr 7 ⊕ rotr 18 ⊕ shr 3 */
function smallSigma0(x: Field, check12: Check12): Field {
  const rotr7 = rotateRightUnsafe(x, 7, check12);
  const rotr18 = rotateRightUnsafe(rotr7, 11, check12);
  return xor(rotr7, rotr18, shiftRightUnsafe(x, 3, check12).word);
}

/** rotr 17 ⊕ rotr 19 ⊕ shr 10. Rotated right by 10, x is the shifted word with the rest on top. */
function smallSigma1(x: Field, check12: Check12): Field {
  const { word: shr10, rest } = shiftRightUnsafe(x, 10, check12);
  const rotr10 = shr10.add(rest.mul(1n << 22n));
  const rotr17 = rotateRightUnsafe(rotr10, 7, check12);
  return xor(rotr17, rotateRightUnsafe(rotr17, 2, check12), shr10);
}
