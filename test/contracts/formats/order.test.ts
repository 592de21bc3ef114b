import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DOMAIN } from '../../../contracts/formats/domain.ts';
import { CLOSING_BYTES, EXTENSION_BYTES } from '../../../contracts/formats/order.ts';
import {
  closingCommitment,
  encodeClosing,
  parseClosing,
} from '../../../contracts/formats/order.ts';
import {
  encodeExtension,
  extensionCommitment,
  parseExtension,
} from '../../../contracts/formats/order.ts';
import { hash } from '../../../contracts/formats/poseidon.ts';
import { termsCommitment } from '../../../contracts/formats/terms.ts';
import vector from '../../vectors/order.json' with { type: 'json' };
import * as sample from '../../vectors/sample.ts';
import { closing, extension } from './arbitrary.ts';
import { describeLayout } from './layout.ts';
import { refusal } from './refusal.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

describeLayout('an extension', {
  value: extension,
  encode: encodeExtension,
  parse: parseExtension,
  runs: 30,
});
describeLayout('a closing', {
  value: closing,
  encode: encodeClosing,
  parse: parseClosing,
  runs: 30,
});

describe('an extension', () => {
  it('is the committed vector', () => {
    expect(encodeExtension(sample.extension)).toEqual(bytes(vector.extension.block));
    expect(parseExtension(bytes(vector.extension.block))).toEqual(sample.extension);
    expect(extensionCommitment(sample.extension).toString()).toBe(vector.extension.commitment);
    expect(bytes(vector.extension.block)).toHaveLength(EXTENSION_BYTES);
  });

  it('commits to terms and expiry', () => {
    fc.assert(
      fc.property(extension, (given) => {
        const expected = hash([
          DOMAIN.extension,
          termsCommitment(given.terms),
          BigInt(given.expiry),
        ]);
        expect(extensionCommitment(given)).toBe(expected);
      }),
      { numRuns: 10 }
    );
  });

  it('ends at the last slot of 32 bits', () => {
    for (const run of [encodeExtension, extensionCommitment]) {
      expect(refusal(() => run({ ...sample.extension, expiry: 2 ** 32 - 1 }))).toBeUndefined();
      expect(refusal(() => run({ ...sample.extension, expiry: 2 ** 32 }))).toBe('RANGE');
    }
  });
});

describe('a closing', () => {
  it('is the committed vector', () => {
    expect(encodeClosing(sample.closing)).toEqual(bytes(vector.closing.block));
    expect(parseClosing(bytes(vector.closing.block))).toEqual(sample.closing);
    expect(closingCommitment(sample.closing).toString()).toBe(vector.closing.commitment);
    expect(bytes(vector.closing.block)).toHaveLength(CLOSING_BYTES);
  });

  it('commits to terms and head', () => {
    fc.assert(
      fc.property(closing, (given) => {
        const expected = hash([
          DOMAIN.closing,
          termsCommitment(given.terms),
          BigInt(`0x${given.head}`),
        ]);
        expect(closingCommitment(given)).toBe(expected);
      }),
      { numRuns: 10 }
    );
  });

  it('names its head by 40 lower-case digits', () => {
    for (const head of ['', 'ab', 'F'.repeat(40), '0'.repeat(41)])
      expect(refusal(() => encodeClosing({ ...sample.closing, head }))).toBe('ENCODING');
  });
});

it('C6: an order of one kind is never one of the other', () => {
  expect(refusal(() => parseClosing(encodeExtension(sample.extension)))).toBe('MAGIC');
  expect(refusal(() => parseExtension(encodeClosing(sample.closing)))).toBe('MAGIC');
  const expiry = 5;
  const head = expiry.toString(16).padStart(40, '0');
  const { terms } = sample;
  expect(extensionCommitment({ terms, expiry })).not.toBe(closingCommitment({ terms, head }));
});
