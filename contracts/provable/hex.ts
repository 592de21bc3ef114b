import { Bool, Field, Provable, Struct } from 'o1js';
import { withRangeChecks12 } from './range-checks.ts';
import { witness } from './witness.ts';

export { hexOfWord };

/** The type constrains `isLetter` to 0 or 1, and nothing else. */
class Digit extends Struct({ value: Field, isLetter: Bool }) {}

const Digits = Provable.Array(Digit, 8);

/** ASCII of '0', and what is added to it and to 10 for 'a'. */
const ZERO = 48;
const LETTER = 39;

/**
 * The eight lowercase hex characters of a word, highest first. Constrains `word < 2^32`.
 *
 * For each character a value n and a flag are witnessed. The flag is 0 or 1, and n is held to be 0
 * to 9 or 10 to 15 accordingly, by n - 10·flag and 9 - n + 6·flag being 12-bit numbers. So n is a
 * hexadecimal digit and the flag tells whether it is a letter; eight digits that add up to the word
 * are unique. The character n + 48 + 39·flag then is one of '0' to '9' or 'a' to 'f'.
 *
 * Rows: 24.
 */
function hexOfWord(word: Field): Field[] {
  const digits = witness('hex.digits', Digits, () => digitsOf(word.toBigInt()));
  digits
    .reduce((sum, { value }) => sum.mul(16).add(value), Field(0))
    .assertEquals(word, 'the hex digits are not those of the word');
  return withRangeChecks12((check12) =>
    digits.map(({ value, isLetter }) => {
      const flag = isLetter.toField();
      check12(value.sub(flag.mul(10)));
      check12(flag.mul(6).add(9).sub(value));
      return value.add(ZERO).add(flag.mul(LETTER)).seal();
    })
  );
}

const digitsOf = (word: bigint): Digit[] =>
  [28n, 24n, 20n, 16n, 12n, 8n, 4n, 0n].map((shift) => {
    const digit = (word >> shift) & 15n;
    return new Digit({ value: Field(digit), isLetter: Bool(digit > 9n) });
  });
