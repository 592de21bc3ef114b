import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DOMAIN } from '../../../contracts/formats/domain.ts';
import { halves } from '../../../contracts/formats/field.ts';
import { hash } from '../../../contracts/formats/poseidon.ts';
import {
  type Body,
  OPENING_LOG,
  RECEIPT_BYTES,
  bodyCommitment,
} from '../../../contracts/formats/receipt.ts';
import { encodeReceipt, extendLog, parseReceipt } from '../../../contracts/formats/receipt.ts';
import { receiptCommitment } from '../../../contracts/formats/receipt.ts';
import body from '../../vectors/body.json' with { type: 'json' };
import vector from '../../vectors/receipt.json' with { type: 'json' };
import { receipt as sample } from '../../vectors/sample.ts';
import { field, receipt, uint } from './arbitrary.ts';
import { describeLayout } from './layout.ts';
import { refusal } from './refusal.ts';

describeLayout('a receipt', {
  value: receipt,
  encode: encodeReceipt,
  parse: parseReceipt,
  runs: 100,
});

describe('a receipt', () => {
  const block = Uint8Array.from(Buffer.from(vector.block, 'hex'));

  it('is the committed vector', () => {
    expect(encodeReceipt(sample)).toEqual(block);
    expect(parseReceipt(block)).toEqual(sample);
    expect(receiptCommitment(sample).toString()).toBe(vector.commitment);
    expect(extendLog(OPENING_LOG, receiptCommitment(sample)).toString()).toBe(vector.log);
  });

  it('fits two SHA-256 compressions, in whole 32-bit words', () => {
    expect(block).toHaveLength(RECEIPT_BYTES);
    expect(RECEIPT_BYTES % 4).toBe(0);
    expect(RECEIPT_BYTES + 9).toBeLessThanOrEqual(128);
  });

  it('I4: with every bit of it flipped is another receipt or none', () => {
    const commitment = receiptCommitment(sample);
    for (let bit = 0; bit < 8 * block.length; bit++) {
      const flipped = Uint8Array.from(block);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      let parsed: typeof sample | undefined;
      if (refusal(() => (parsed = parseReceipt(flipped))) !== undefined) continue;
      expect(encodeReceipt(parsed!)).toEqual(flipped);
      if (bit % 8 === 0) expect(receiptCommitment(parsed!)).not.toBe(commitment);
    }
  });

  it('refuses another kind, version, commitment or time', () => {
    const put = (at: number, ...bytes: number[]): Uint8Array => {
      const changed = Uint8Array.from(block);
      changed.set(bytes, at);
      return changed;
    };
    expect(refusal(() => parseReceipt(put(2, 0x71)))).toBe('MAGIC');
    expect(refusal(() => parseReceipt(put(3, 2)))).toBe('VERSION');
    expect(refusal(() => parseReceipt(put(3, 0)))).toBe('VERSION');
    expect(refusal(() => parseReceipt(put(8, 0x40)))).toBe('RANGE');
    expect(refusal(() => parseReceipt(put(72, 0x40)))).toBe('RANGE');
    expect(refusal(() => parseReceipt(put(112, 0x3b, 0x9a, 0xc9, 0xff)))).toBe('RANGE');
    expect(refusal(() => parseReceipt(put(112, 0x3b, 0x9a, 0xca, 0x00)))).toBeUndefined();
  });

  it('is not written with a number one beyond its bound', () => {
    const code = (change: object) => refusal(() => encodeReceipt({ ...sample, ...change }));
    expect(code({ sequence: 2 ** 32 })).toBe('RANGE');
    expect(code({ sequence: 1.5 })).toBe('RANGE');
    expect(code({ request: 1n << 254n })).toBe('RANGE');
    expect(code({ body: 1n << 254n })).toBe('RANGE');
    expect(code({ amount: 1n << 64n })).toBe('RANGE');
    expect(code({ finishedAt: 999_999_999 })).toBe('RANGE');
    expect(code({ finishedAt: 2 ** 32 })).toBe('RANGE');
    expect(code({ result: new Uint8Array(31) })).toBe('SIZE');
  });
});

describe('the commitment to a receipt', () => {
  it('takes request, result, body and the packed numbers, in this order', () => {
    fc.assert(
      fc.property(receipt, (given) => {
        const packed =
          BigInt(given.sequence) + given.amount * 2n ** 32n + BigInt(given.finishedAt) * 2n ** 96n;
        expect(receiptCommitment(given)).toBe(
          hash([DOMAIN.receipt, given.request, ...halves(given.result), given.body, packed])
        );
      }),
      { numRuns: 30 }
    );
  });

  it('refuses numbers that would run into their neighbours', () => {
    expect(refusal(() => receiptCommitment({ ...sample, sequence: 2 ** 32 }))).toBe('RANGE');
    expect(refusal(() => receiptCommitment({ ...sample, amount: 1n << 64n }))).toBe('RANGE');
    expect(refusal(() => receiptCommitment({ ...sample, finishedAt: 2 ** 32 }))).toBe('RANGE');
  });
});

describe('the commitment to a body', () => {
  const given: fc.Arbitrary<Body> = fc.record({
    execution: field,
    perf: field,
    exitStatus: fc.nat(65_535),
    amount: uint(64),
    blinding: field,
  });

  it('takes execution, perf, exit status, amount and blinding, in this order', () => {
    fc.assert(
      fc.property(given, ({ execution, perf, exitStatus, amount, blinding }) => {
        expect(bodyCommitment({ execution, perf, exitStatus, amount, blinding })).toBe(
          hash([DOMAIN.body, execution, perf, BigInt(exitStatus), amount, blinding])
        );
      }),
      { numRuns: 30 }
    );
  });

  it('is the committed vector, and refuses numbers beyond their bounds', () => {
    expect(sample.body.toString()).toBe(body.commitment);
    const one = { execution: 0n, perf: 0n, exitStatus: 0, amount: 0n, blinding: 0n };
    expect(refusal(() => bodyCommitment({ ...one, exitStatus: 65_535 }))).toBeUndefined();
    expect(refusal(() => bodyCommitment({ ...one, exitStatus: 65_536 }))).toBe('RANGE');
    expect(refusal(() => bodyCommitment({ ...one, amount: 1n << 64n }))).toBe('RANGE');
  });
});

it('the log chain depends on order', () => {
  expect(extendLog(extendLog(OPENING_LOG, 1n), 2n)).not.toBe(
    extendLog(extendLog(OPENING_LOG, 2n), 1n)
  );
  expect(extendLog(5n, 7n)).toBe(hash([DOMAIN.log, 5n, 7n]));
});
