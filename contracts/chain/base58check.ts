import { createBase58check } from '@scure/base';
import { sha256 } from '@noble/hashes/sha2.js';
import { FormatError } from '../formats/error.ts';
import { assertField } from '../formats/field.ts';
import { type FieldSignature, assertScalar } from '../formats/signature.ts';
import { PROTOCOL } from '../formats/protocol.ts';

export {
  encodeMemo,
  decodeMemo,
  encodeTokenId,
  decodeTokenId,
  encodeSignature,
  decodeSignature,
  isPrivateKey,
};

const base58check = createBase58check(sha256);

/** Version bytes of MinaProtocol/mina, `src/lib/base58_check/version_bytes.ml`. */
const VERSION = { memo: 20, tokenId: 28, privateKey: 90, signature: 154 } as const;
type Kind = keyof typeof VERSION;

/** The memo's own framing: tag 1 (bytes, not a digest), length, content, zeros. */
function encodeMemo(text: string): string {
  if (!/^[\x20-\x7e]*$/.test(text) || text.length > PROTOCOL.memoBytes)
    throw new FormatError('ENCODING', `a memo has at most ${PROTOCOL.memoBytes} ASCII characters`);
  const framed = new Uint8Array(2 + PROTOCOL.memoBytes);
  framed.set([1, text.length, ...Array.from(text, (char) => char.charCodeAt(0))]);
  return encode('memo', framed);
}

function decodeMemo(memo: string): string {
  const framed = decode('memo', memo, 2 + PROTOCOL.memoBytes);
  const text = String.fromCharCode(...framed.subarray(2, 2 + framed[1]!));
  if (encodeMemo(text) !== memo) throw new FormatError('ENCODING', 'the memo is not plain text');
  return text;
}

const encodeTokenId = (id: bigint): string =>
  encode('tokenId', littleEndian(assertField(id, 'token id')));

const decodeTokenId = (text: string): bigint =>
  assertField(number(decode('tokenId', text, 32)), 'token id');

/** A signature as mina-signer and o1js write it: `bin_prot` version 1, r, s. */
const encodeSignature = ({ r, s }: FieldSignature): string =>
  encode(
    'signature',
    Uint8Array.of(1, ...littleEndian(assertField(r, 'r')), ...littleEndian(assertScalar(s)))
  );

function decodeSignature(text: string): FieldSignature {
  const bytes = decode('signature', text, 65);
  if (bytes[0] !== 1)
    throw new FormatError('VERSION', `signature version ${bytes[0]!} is not known, only 1`);
  return {
    r: assertField(number(bytes.subarray(1, 33)), 'r'),
    s: assertScalar(number(bytes.subarray(33))),
  };
}

/** Whether a text is a private key (`EK…`), by form and checksum; its value is not looked at. */
function isPrivateKey(text: string): boolean {
  try {
    decode('privateKey', text, 33);
    return true;
  } catch {
    return false;
  }
}

const encode = (kind: Kind, payload: Uint8Array): string =>
  base58check.encode(Uint8Array.of(VERSION[kind], ...payload));

function decode(kind: Kind, text: string, length: number): Uint8Array {
  // Base 58 takes quadratic time, so a text that can't be right is not decoded at all.
  if (text.length > 2 * (length + 5))
    throw new FormatError('SIZE', `a ${kind} has ${length} bytes, these characters are too many`);
  let bytes: Uint8Array;
  try {
    bytes = base58check.decode(text);
  } catch (cause) {
    throw new FormatError('ENCODING', `the ${kind} is not base58 with a checksum`, { cause });
  }
  if (bytes[0] !== VERSION[kind] || bytes.length !== length + 1)
    throw new FormatError('ENCODING', `the text is not a ${kind}`);
  return bytes.subarray(1);
}

const littleEndian = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));

const number = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
