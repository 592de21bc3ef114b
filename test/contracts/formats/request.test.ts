import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DOMAIN } from '../../../contracts/formats/domain.ts';
import { halves } from '../../../contracts/formats/field.ts';
import { hash } from '../../../contracts/formats/poseidon.ts';
import { REQUEST_BYTES, encodeRequest, parseRequest } from '../../../contracts/formats/request.ts';
import { requestCommitment } from '../../../contracts/formats/request.ts';
import { termsCommitment } from '../../../contracts/formats/terms.ts';
import vector from '../../vectors/request.json' with { type: 'json' };
import { request as sample } from '../../vectors/sample.ts';
import { request } from './arbitrary.ts';
import { describeLayout } from './layout.ts';
import { cpuMilliseconds } from './cpu-time.ts';
import { refusal } from './refusal.ts';

describeLayout('a request', { value: request, encode: encodeRequest, parse: parseRequest });

describe('a request', () => {
  const block = Uint8Array.from(Buffer.from(vector.block, 'hex'));

  it('is the committed vector', () => {
    expect(block).toHaveLength(REQUEST_BYTES);
    expect(encodeRequest(sample)).toEqual(block);
    expect(parseRequest(block)).toEqual(sample);
    expect(requestCommitment(sample).toString()).toBe(vector.commitment);
  });

  it('commits to terms, envelope and the packed numbers, in this order', () => {
    fc.assert(
      fc.property(request, (given) => {
        const packed =
          BigInt(given.sequence) + given.maximum * 2n ** 32n + BigInt(given.validUntil) * 2n ** 96n;
        expect(requestCommitment(given)).toBe(
          hash([DOMAIN.request, termsCommitment(given.terms), ...halves(given.envelope), packed])
        );
      }),
      { numRuns: 20 }
    );
  });

  it('C6: is another one with any of its numbers changed, and the same with another signature', () => {
    const same = requestCommitment({ ...sample, signature: { r: 1n, s: 1n } } as typeof sample);
    const changed = [
      { ...sample, sequence: 8 },
      { ...sample, maximum: 1n },
      { ...sample, validUntil: 1 },
      { ...sample, envelope: new Uint8Array(32) },
      { ...sample, terms: { ...sample.terms, network: 'mina:mainnet' } },
    ].map(requestCommitment);
    expect(same).toBe(requestCommitment(sample));
    expect(new Set([same, ...changed]).size).toBe(6);
  });

  it('refuses another kind and numbers beyond their bounds', () => {
    expect(
      refusal(() => parseRequest(Uint8Array.from([0x52, 0x50, 0x72, 1, ...block.slice(4)])))
    ).toBe('MAGIC');
    expect(
      refusal(() => parseRequest(Uint8Array.from([...block.slice(0, 3), 2, ...block.slice(4)])))
    ).toBe('VERSION');
    for (const change of [{ sequence: 2 ** 32 }, { maximum: 1n << 64n }, { validUntil: 2 ** 32 }]) {
      expect(refusal(() => encodeRequest({ ...sample, ...change }))).toBe('RANGE');
      expect(refusal(() => requestCommitment({ ...sample, ...change }))).toBe('RANGE');
    }
    expect(refusal(() => encodeRequest({ ...sample, envelope: new Uint8Array(33) }))).toBe('SIZE');
  });

  it('C10: is parsed in less than 5 ms', () => {
    const spent = cpuMilliseconds(() => {
      for (let i = 0; i < 100; i++) parseRequest(block);
    });
    expect(spent / 100).toBeLessThan(5);
  });
});
