import { Field } from 'o1js';

export { packChars };

/**
 * Bytes as 32-bit words, first byte highest, as SHA-1 and SHA-256 take them. Constant bytes cost
 * nothing; a word with n variable bytes takes n/2 rows.
 *
 * @param chars a multiple of four, each already constrained to be below 2^8 (not checked here)
 */
function packChars(chars: Field[]): Field[] {
  if (chars.length % 4 !== 0)
    throw Error(`words take four bytes each, and ${chars.length} bytes are no words`);
  return Array.from({ length: chars.length / 4 }, (_, i) =>
    chars
      .slice(4 * i, 4 * i + 4)
      .reduce((word, char) => word.mul(256).add(char), Field(0))
      .seal()
  );
}
