import { Bool, Field, Provable, UInt32 } from 'o1js';
import { COMMIT_BYTES, COMMIT_OFFSET, encodeLogCommit } from '../formats/log-commit.ts';
import { hexOfWord } from './hex.ts';
import { packChars } from './bytes.ts';
import { digestField, sha1 } from './sha1.ts';
import { witness } from './witness.ts';

export { commitId, wordsOfHead, decimalDigits };

const Digits = Provable.Array(Field, 10);
const HeadWords = Provable.Array(Field, 5);

/**
 * Object id, as one element below 2^160, of the one log commit with these values. The object is
 * built, not read: every byte is a constant of the format, or a hex or decimal digit constrained to
 * its value. So no message can pose as another commit's parent or receipt, and nothing else than a
 * commit of 276 bytes is ever hashed.
 *
 * Constrains: `parent` splits into five 32-bit words; the tree is any 40 hex digits (what the notes
 * tree holds is for readers, not for payment); both times are `time`, ten decimal digits, the first
 * not 0; the receipt's digest is `receipt`, eight words. Five SHA-1 compressions.
 *
 * @param parent id of the parent commit, below 2^160 (enforced)
 * @param tree five words, range-checked here by their hex digits
 * @param receipt eight words, likewise
 */
function commitId(parent: Field, tree: Field[], time: UInt32, receipt: Field[]): Field {
  const chars: Field[] = Array.from(blank(), (byte) => Field(byte));
  const put = (offset: number, digits: Field[]): void => {
    digits.forEach((digit, i) => (chars[offset + i] = digit));
  };
  put(COMMIT_OFFSET.tree, tree.flatMap(hexOfWord));
  put(COMMIT_OFFSET.parent, wordsOfHead(parent).flatMap(hexOfWord));
  const digits = decimalDigits(time);
  put(COMMIT_OFFSET.authorTime, digits);
  put(COMMIT_OFFSET.committerTime, digits);
  put(COMMIT_OFFSET.receipt, receipt.flatMap(hexOfWord));
  return digestField(sha1(packChars(chars)));
}

/** A head as five words; `hexOfWord` then holds each below 2^32, so the split is unique. */
function wordsOfHead(head: Field): Field[] {
  const words = witness('commit.parent', HeadWords, () =>
    Array.from({ length: 5 }, (_, i) =>
      Field((head.toBigInt() >> BigInt(32 * (4 - i))) & 0xffff_ffffn)
    )
  );
  words.reduce((sum, word) => sum.mul(1n << 32n).add(word), Field(0)).assertEquals(head);
  return words;
}

/** ASCII of ten decimal digits without a leading zero. */
function decimalDigits(time: UInt32): Field[] {
  const digits = witness('commit.time', Digits, () =>
    Array.from(time.value.toBigInt().toString().padStart(10, '0').slice(-10), (c) =>
      Field(Number(c))
    )
  );
  digits.forEach(assertDigit);
  digits[0]!.assertNotEquals(0);
  digits.reduce((sum, digit) => sum.mul(10).add(digit), Field(0)).assertEquals(time.value);
  return digits.map((digit) => digit.add(48).seal());
}

/** `0 ≤ digit ≤ 9`: four bits, and not 8 together with 4 or 2. */
function assertDigit(digit: Field): void {
  const [, two, four, eight] = digit.toBits(4) as [Bool, Bool, Bool, Bool];
  eight.and(two.or(four)).assertFalse('not a decimal digit');
}

/** The padded message with every variable byte still zero. */
function blank(): Uint8Array {
  const sample = encodeLogCommit({
    tree: '0'.repeat(40),
    parent: '0'.repeat(40),
    time: 1_000_000_000,
    receipt: new Uint8Array(32),
  });
  const padded = new Uint8Array(Math.ceil((COMMIT_BYTES + 9) / 64) * 64);
  padded.set(sample);
  padded[COMMIT_BYTES] = 0x80;
  new DataView(padded.buffer).setUint32(padded.length - 4, 8 * COMMIT_BYTES);
  return padded;
}
