import fc from 'fast-check';
import { Field, Poseidon, PrivateKey, PublicKey, Scalar, Signature, UInt32 } from 'o1js';
import { PackedUInt32Factory } from 'o1js-pack';
import { describe, expect, it } from 'vitest';
import { MODULUS } from '../../../contracts/formats/field.ts';
import { formatKey, isKey, parseKey } from '../../../contracts/formats/key.ts';
import { hash } from '../../../contracts/formats/poseidon.ts';
import { encodeServiceState } from '../../../contracts/formats/service-state.ts';
import { packWindow } from '../../../contracts/formats/window.ts';
import { publicKey, sign } from '../../vectors/sample.ts';
import { digest, field, uint, uint32 } from './arbitrary.ts';
import { refusal } from './refusal.ts';

/** Order of the Pallas group, as `formats/signature.ts` has it. */
const ORDER = 28948022309329048855892746252171976963363056481941647379679742748393362948097n;

const window = fc.record({ top: uint32, map: uint(63).map((rest) => rest * 2n + 1n) });
const state = fc.record({
  descriptor: digest,
  owner: field,
  runner: field,
  keyset: digest,
  epoch: uint32,
  paused: fc.boolean(),
});

const reference = (input: readonly bigint[]): bigint => Poseidon.hash(input.map(Field)).toBigInt();

/** The formats do without o1js; here they are held against it, in one file, since it loads slowly. */
describe('o1js', () => {
  it('has the same field and the same scalars', () => {
    expect([Field.ORDER, Scalar.ORDER]).toEqual([MODULUS, ORDER]);
  });

  it('hashes the same on random inputs of every length to 20', () => {
    for (let length = 0; length <= 20; length++)
      fc.assert(
        fc.property(fc.array(field, { minLength: length, maxLength: length }), (input) => {
          expect(hash(input)).toBe(reference(input));
        }),
        { numRuns: 6 }
      );
  });

  it('hashes the same at the ends of the field', () => {
    for (const input of [
      [MODULUS - 1n],
      [MODULUS - 1n, MODULUS - 1n],
      [0n],
      [0n, 0n, MODULUS - 1n],
    ])
      expect(hash(input)).toBe(reference(input));
  });

  it('reads and writes the same public keys', () => {
    for (let i = 0; i < 20; i++) {
      const reference = PrivateKey.random().toPublicKey();
      const text = reference.toBase58();
      const key = parseKey(text);
      expect(key).toEqual({ x: reference.x.toBigInt(), isOdd: reference.isOdd.toBoolean() });
      expect(formatKey(key)).toBe(text);
    }
  });

  it('C4: finds no point on the curve exactly where we refuse a key', () => {
    const verdicts = new Set<boolean>();
    fc.assert(
      fc.property(uint(254), fc.boolean(), (candidate, isOdd) => {
        const text = formatKey({ x: candidate, isOdd });
        let onCurve = true;
        try {
          PublicKey.fromBase58(text).toGroup();
        } catch {
          onCurve = false;
        }
        verdicts.add(onCurve);
        expect(refusal(() => parseKey(text))).toBe(onCurve ? undefined : 'KEY');
        expect(isKey(text)).toBe(onCurve);
      }),
      { numRuns: 60 }
    );
    expect(verdicts.size).toBe(2);
  });

  it('verifies what mina-signer signed, and only for its message and key', () => {
    fc.assert(
      fc.property(field, fc.integer({ min: 1, max: 2 ** 31 }), (message, scalar) => {
        const { r, s } = sign(message, scalar);
        const made = Signature.fromObject({ r: Field(r), s: Scalar.from(s) });
        const key = PublicKey.fromBase58(publicKey(scalar));
        expect(made.verify(key, [Field(message)]).toBoolean()).toBe(true);
        expect(made.verify(key, [Field(message).add(1)]).toBoolean()).toBe(false);
        expect(
          made.verify(PublicKey.fromBase58(publicKey(scalar + 1)), [Field(message)]).toBoolean()
        ).toBe(false);
      }),
      { numRuns: 3 }
    );
  });

  it('packs a window as o1js-pack does: map low, map high, top', () => {
    const Packed = PackedUInt32Factory(3);
    fc.assert(
      fc.property(window, (given) => {
        const words = [given.map & 0xffffffffn, given.map >> 32n, BigInt(given.top)];
        const packed = Packed.pack(words.map((word) => UInt32.from(word)));
        expect(packWindow(given)).toBe(packed.toBigInt());
        expect(Packed.unpackToBigints(packed)).toEqual(words);
      }),
      { numRuns: 30 }
    );
  });

  it('packs a service’s epoch and flag as o1js-pack does', () => {
    const Packed = PackedUInt32Factory(2);
    fc.assert(
      fc.property(state, (given) => {
        const packed = Packed.pack([UInt32.from(given.epoch), UInt32.from(Number(given.paused))]);
        expect(encodeServiceState(given)[6]).toBe(packed.toBigInt());
      }),
      { numRuns: 30 }
    );
  });
});
