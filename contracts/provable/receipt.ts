import { Field, Gadgets, Provable, Struct, UInt32, UInt64 } from 'o1js';
import { CANONICAL_BITS, MODULUS } from '../formats/field.ts';
import { MAGIC, VERSION } from '../formats/magic.ts';
import { RECEIPT_BYTES } from '../formats/receipt.ts';
import { Digest } from './execution.ts';
import { hashIn } from './domain.ts';
import { sha256 } from './sha256.ts';
import { witness } from './witness.ts';

export { Receipt, Word256, wordsOfField };

const WORD = 1n << 32n;
const Words = Provable.Array(Field, 8);

/** A 256-bit digest as eight 32-bit words, most significant first. */
class Word256 extends Struct({ words: Words }) {
  static fromBytes(bytes: Uint8Array): Word256 {
    const view = new DataView(bytes.buffer, bytes.byteOffset, 32);
    return new Word256({
      words: Array.from({ length: 8 }, (_, i) => Field(view.getUint32(4 * i))),
    });
  }

  /** The same digest as two 128-bit halves; linear, no rows. */
  toDigest(): Digest {
    const join = (words: Field[]): Field =>
      words.reduce((sum, word) => sum.mul(WORD).add(word), Field(0)).seal();
    return new Digest({ high: join(this.words.slice(0, 4)), low: join(this.words.slice(4)) });
  }
}

/** A receipt as the circuit computes it; see `formats/receipt.ts`. */
class Receipt extends Struct({
  sequence: UInt32,
  request: Field,
  result: Word256,
  body: Field,
  amount: UInt64,
  finishedAt: UInt32,
}) {
  /**
   * SHA-256 of the one block that encodes these values, as eight words. The block is built, not
   * read: magic, version and padding are constants, and each value's words are constrained to it, so
   * that no second encoding has this digest. Two compressions and about 110 rows.
   */
  digest(): Field[] {
    this.result.words.forEach((word) => Gadgets.rangeCheck32(word));
    const [amountHigh, amountLow] = wordsOf(this.amount);
    const words = [
      Field(magicWord()),
      this.sequence.value,
      ...wordsOfField('receipt.request', this.request),
      ...this.result.words,
      ...wordsOfField('receipt.body', this.body),
      amountHigh,
      amountLow,
      this.finishedAt.value,
    ];
    return sha256([...words, Field(0x8000_0000), Field(0), Field(8 * RECEIPT_BYTES)]);
  }

  /** What the runner signs: five elements after the prefix, equal to `receiptCommitment`. 39 rows. */
  commitment(): Field {
    return hashIn(
      'receipt',
      this.request,
      ...this.result.toDigest().toFields(),
      this.body,
      this.sequence.value
        .add(this.amount.value.mul(1n << 32n))
        .add(this.finishedAt.value.mul(1n << 96n))
        .seal()
    );
  }
}

/**
 * A field element below 2^254 as eight 32-bit words. The bound matters: 256 bits hold `x + p` as
 * well, and a second set of words would be a second receipt for the same job. 25 rows.
 */
function wordsOfField(label: string, x: Field): Field[] {
  const words = witness(label, Words, () =>
    Array.from({ length: 8 }, (_, i) => Field((x.toBigInt() >> BigInt(32 * (7 - i))) & (WORD - 1n)))
  );
  words.forEach((word) => Gadgets.rangeCheck32(word));
  const topBits = CANONICAL_BITS - 224n;
  Gadgets.rangeCheck32(words[0]!.mul(1n << (32n - topBits)).seal());
  words.reduce((sum, word) => sum.mul(WORD).add(word), Field(0)).assertEquals(x);
  return words;
}

/** High and low word of a 64-bit number. 8 rows. */
function wordsOf(x: UInt64): [Field, Field] {
  const high = witness('receipt.amountHigh', Field, () => Field(x.toBigInt() >> 32n));
  const low = x.value.sub(high.mul(WORD)).seal();
  Gadgets.rangeCheck32(high);
  Gadgets.rangeCheck32(low);
  return [high, low];
}

const magicWord = (): bigint =>
  Array.from(MAGIC.receipt).reduce((sum, c) => (sum << 8n) | BigInt(c.charCodeAt(0)), 0n) * 256n +
  BigInt(VERSION);

if (1n << CANONICAL_BITS >= MODULUS) throw Error('words of a field element would not be unique');
