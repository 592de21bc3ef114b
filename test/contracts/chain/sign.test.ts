import { Field, PrivateKey, PublicKey, Signature, TokenId } from 'o1js';
import { describe, expect, it } from 'vitest';
import {
  decodeMemo,
  decodeSignature,
  decodeTokenId,
  encodeMemo,
  encodeSignature,
  encodeTokenId,
} from '../../../contracts/chain/base58check.ts';
import { accountUpdate, draft } from '../../../contracts/chain/command.ts';
import {
  generateKeyPair,
  publicKeyOf,
  signCommand,
  signFieldElements,
  verifyFieldElements,
} from '../../../contracts/chain/sign.ts';
import { MODULUS } from '../../../contracts/formats/field.ts';
import { NETWORK } from './example.ts';

const { publicKey, privateKey } = generateKeyPair();
const elements = [1n, MODULUS - 1n, 42n];

describe('a field signature', () => {
  it('is the one that o1js makes and accepts', () => {
    const signature = signFieldElements(elements, privateKey);
    const theirs = Signature.create(PrivateKey.fromBase58(privateKey), elements.map(Field));
    expect(encodeSignature(signature)).toBe(theirs.toBase58());
    expect(theirs.verify(PublicKey.fromBase58(publicKey), elements.map(Field)).toBoolean()).toBe(
      true
    );
    expect(verifyFieldElements(elements, signature, publicKey)).toBe(true);
  });

  it('O7: does not verify for another key, other elements, or another r or s', () => {
    const signature = signFieldElements(elements, privateKey);
    const other = generateKeyPair().publicKey;
    expect(verifyFieldElements(elements, signature, other)).toBe(false);
    expect(verifyFieldElements([...elements, 0n], signature, publicKey)).toBe(false);
    expect(verifyFieldElements(elements.slice(1), signature, publicKey)).toBe(false);
    for (const forged of [
      { ...signature, r: signature.r ^ 1n },
      { ...signature, s: signature.s ^ 1n },
      { r: 1n, s: 1n },
    ])
      expect(verifyFieldElements(elements, forged, publicKey)).toBe(false);
  });
});

describe('a key', () => {
  it('is read from its private text and from nothing else', () => {
    expect(publicKeyOf(privateKey)).toBe(publicKey);
    const code = expect.objectContaining({ code: 'KEY' });
    for (const text of [
      '',
      'EK',
      publicKey,
      `${privateKey} `,
      privateKey.slice(0, -1),
      'x'.repeat(1e6),
    ])
      expect(() => publicKeyOf(text)).toThrow(code);
  });

  it('K1: does not show in the error about it', () => {
    const broken = `${privateKey.slice(0, -1)}1`;
    try {
      publicKeyOf(broken);
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message).not.toContain(broken.slice(0, 12));
    }
  });
});

describe('signing', () => {
  const other = generateKeyPair();
  const unsigned = draft({ publicKey, fee: 1n, nonce: 0 }, [
    accountUpdate(other.publicKey, { authorization: 'signature' }),
  ]);

  it('refuses a key that has nothing to sign', () => {
    const stranger = generateKeyPair().privateKey;
    expect(() => signCommand(unsigned, [stranger], NETWORK)).toThrow(
      expect.objectContaining({ code: 'KEY' })
    );
  });

  it('leaves the fee payer to a wallet that signs later', () => {
    const partly = signCommand(unsigned, [other.privateKey], NETWORK);
    const whole = signCommand({ ...unsigned, command: partly }, [privateKey], NETWORK);
    expect(whole).toEqual(signCommand(unsigned, [privateKey, other.privateKey], NETWORK));
    expect(whole.accountUpdates[0]!.authorization.signature).toMatch(/^7/);
  });

  it('C6: differs between mainnet and all other networks', () => {
    const keys = [privateKey, other.privateKey];
    const signature = (network: string): string =>
      signCommand(unsigned, keys, network).feePayer.authorization;
    expect(signature('mina:mainnet')).not.toBe(signature('mina:testnet'));
    expect(signature('mina:devnet')).toBe(signature('mina:testnet'));
  });
});

describe('base58check', () => {
  it('writes token ids as o1js does and reads them back', () => {
    for (const id of [1n, 0n, 7n, MODULUS - 1n]) {
      expect(encodeTokenId(id)).toBe(TokenId.toBase58(Field(id)));
      expect(decodeTokenId(encodeTokenId(id))).toBe(id);
    }
  });

  it('reads back memos and signatures', () => {
    for (const memo of ['', 'a', 'x'.repeat(32)]) expect(decodeMemo(encodeMemo(memo))).toBe(memo);
    expect(decodeSignature(encodeSignature({ r: 3n, s: 4n }))).toEqual({ r: 3n, s: 4n });
  });

  it('refuses long memos, wrong checksums and other kinds', () => {
    const code = (text: string): unknown => expect.objectContaining({ code: text });
    expect(() => encodeMemo('x'.repeat(33))).toThrow(code('ENCODING'));
    expect(() => encodeMemo('é')).toThrow(code('ENCODING'));
    expect(() => decodeTokenId(encodeMemo(''))).toThrow(code('ENCODING'));
    expect(() => decodeTokenId(encodeTokenId(1n).slice(0, -1))).toThrow(code('ENCODING'));
    expect(() => decodeTokenId('1'.repeat(1e6))).toThrow(code('SIZE'));
  });
});
