import { Bool, Field, Provable } from 'o1js';
import { withRangeChecks12 } from './range-checks.ts';
import { witness } from './witness.ts';

export { hexOfWord };

const Flags = Provable.Array(Bool, 8);
const Digits = Provable.Array(Field, 8);

/** ASCII of '0', and what is added to it and to 10 for 'a'. */
const ZERO = 48;
const LETTER = 39;

/**
 * The eight lowercase hex characters of a word, highest first. Constrains `word < 2^32`.
 *
 * For each character, a value n and a flag are witnessed: the flag is 0 or 1, and n is held in
 * 0 to 9 or in 10 to 15 accordingly, by n - 10·flag and 9 - n + 6·flag being 12-bit numbers. So n
 * is a hexadecimal digit and the flag tells whether it is a letter; eight digits that add up to the
 * word are unique. The character n + 48 + 39·flag then is one of '0' to '9' or 'a' to 'f'.
 *
 * Rows: 24.
 */
function hexOfWord(word: Field): Field[] {
  const digits = witness('hex.digits', Digits, () => nibbles(word).map((n) => Field(n)));
  const letters = witness('hex.letters', Flags, () => nibbles(word).map((n) => Bool(n > 9n)));
  digits.reduce((sum, n) => sum.mul(16).add(n), Field(0)).assertEquals(word, 'not a word’s digits');
  return withRangeChecks12((check12) =>
    digits.map((n, i) => {
      const letter = letters[i]!.toField();
      check12(n.sub(letter.mul(10)));
      check12(letter.mul(6).add(9).sub(n));
      return n.add(ZERO).add(letter.mul(LETTER)).seal();
    })
  );
}

const nibbles = (word: Field): bigint[] =>
  Array.from({ length: 8 }, (_, i) => (word.toBigInt() >> BigInt(28 - 4 * i)) & 15n);
