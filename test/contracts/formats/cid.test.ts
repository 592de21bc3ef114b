import fc from 'fast-check';
import { base16, base16upper } from 'multiformats/bases/base16';
import { base32, base32hex, base32upper } from 'multiformats/bases/base32';
import { base58btc } from 'multiformats/bases/base58';
import { CID } from 'multiformats/cid';
import { create } from 'multiformats/hashes/digest';
import { describe, expect, it } from 'vitest';
import { CODEC, assertAllowed, cidOf, digestOf } from '../../../contracts/formats/cid.ts';
import { parseCid, rawCidOf, rawCidOfBlock, toBase16 } from '../../../contracts/formats/cid.ts';
import receipt from '../../vectors/receipt.json' with { type: 'json' };
import { digest } from './arbitrary.ts';
import { refusal } from './refusal.ts';

const SHA2_256 = 0x12;
const bytes = Uint8Array.from({ length: 32 }, (_, i) => i);
const cid = rawCidOf(bytes);

/** A CID as somebody else would build it: by its bytes, checked by no constructor. */
const built = (...parts: (number | Uint8Array)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...part])));

describe('a CID', () => {
  it('reads back in both bases, for every codec we store', () => {
    fc.assert(
      fc.property(
        digest,
        fc.constantFrom(...(Object.keys(CODEC) as (keyof typeof CODEC)[])),
        (given, codec) => {
          const made = cidOf(codec, given);
          expect(parseCid(made.toString()).equals(made)).toBe(true);
          expect(parseCid(toBase16(made)).equals(made)).toBe(true);
          expect(digestOf(parseCid(made.toString()))).toEqual(given);
        }
      )
    );
  });

  it('of a receipt is the committed vector', () => {
    const made = rawCidOfBlock(Uint8Array.from(Buffer.from(receipt.block, 'hex')));
    expect(made.toString()).toBe(receipt.cid.base32);
    expect(toBase16(made)).toBe(receipt.cid.base16);
    expect(receipt.cid.base16).toMatch(/^f01551220[0-9a-f]{64}$/);
  });

  it('O5: with an identity hash is refused, since no hash binds it', () => {
    expect(refusal(() => assertAllowed(CID.createV1(CODEC.raw, create(0x00, bytes))))).toBe('CID');
  });

  it('O5: with a truncated or overlong digest is refused', () => {
    for (const length of [0, 16, 20, 31])
      expect(
        refusal(() =>
          assertAllowed(CID.createV1(CODEC.raw, create(SHA2_256, bytes.slice(0, length))))
        )
      ).toBe('CID');
    expect(
      refusal(() =>
        assertAllowed(CID.createV1(CODEC.raw, create(SHA2_256, Uint8Array.of(...bytes, 0))))
      )
    ).toBe('CID');
    expect(refusal(() => rawCidOf(bytes.slice(1)))).toBe('CID');
  });

  it('O5: of another codec, hash or version is refused', () => {
    for (const codec of [0x51, 0x54, 0x56, 0x72, 0x78, 0x0129, 0x0200])
      expect(refusal(() => assertAllowed(CID.createV1(codec, create(SHA2_256, bytes))))).toBe(
        'CID'
      );
    for (const hash of [0x11, 0x13, 0x16, 0x1b, 0x1e, 0xb220])
      expect(refusal(() => assertAllowed(CID.createV1(CODEC.raw, create(hash, bytes))))).toBe(
        'CID'
      );
    const zero = CID.createV0(create(SHA2_256, bytes));
    expect(refusal(() => assertAllowed(zero))).toBe('CID');
    expect(refusal(() => parseCid(zero.toString()))).toBe('CID');
  });

  it('O5: with a varint longer than needed is refused', () => {
    const plain = built(1, CODEC.raw, SHA2_256, 32, bytes);
    expect(base32.encode(plain)).toBe(cid.toString());
    for (const long of [
      built(0x81, 0x00, CODEC.raw, SHA2_256, 32, bytes),
      built(1, CODEC.raw | 0x80, 0x00, SHA2_256, 32, bytes),
      built(1, CODEC.raw, SHA2_256 | 0x80, 0x00, 32, bytes),
      built(1, CODEC.raw, SHA2_256, 32 | 0x80, 0x00, bytes),
    ]) {
      expect(refusal(() => parseCid(base32.encode(long)))).toBe('CID');
      expect(refusal(() => parseCid(base16.encode(long)))).toBe('CID');
    }
  });

  it.each([
    ['padding', `${cid.toString()}=`],
    ['much padding', `${cid.toString()}======`],
    ['capitals', cid.toString().toUpperCase()],
    ['capital digits', `b${cid.toString().slice(1).toUpperCase()}`],
    ['base32upper', cid.toString(base32upper)],
    ['base32hex', cid.toString(base32hex)],
    ['base16upper', cid.toString(base16upper)],
    ['capital hex', `f${toBase16(cid).slice(1).toUpperCase()}`],
    ['base58', cid.toString(base58btc)],
    ['a path', `/ipfs/${cid.toString()}`],
    ['a line end', `${cid.toString()}\n`],
    ['slack bits', cid.toString().replace(/.$/, '7')],
    ['nothing', ''],
    ['a prefix alone', 'b'],
    ['a megabyte', 'b'.repeat(2 ** 20)],
  ])('I4: written with %s is refused', (_, text) => {
    expect(refusal(() => parseCid(text))).toBe('CID');
  });

  it('O5: of any text is parsed or refused, and then prints the same text', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 90 }),
      fc.stringMatching(/^b[a-z2-7]{58}$/),
      fc.stringMatching(/^f0155122[0-9a-f]{65}$/),
      fc.uint8Array({ maxLength: 40 }).map((content) => base32.encode(content))
    );
    fc.assert(
      fc.property(text, (given) => {
        let parsed: CID | undefined;
        if (refusal(() => (parsed = parseCid(given))) !== undefined) return;
        expect([base32.encode(parsed!.bytes), base16.encode(parsed!.bytes)]).toContain(given);
      }),
      { numRuns: 500 }
    );
  });
});
