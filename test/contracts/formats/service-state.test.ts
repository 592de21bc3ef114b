import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MODULUS } from '../../../contracts/formats/field.ts';
import { SERVICE_LAYOUT, encodeServiceState } from '../../../contracts/formats/service-state.ts';
import { type ServiceState, parseServiceState } from '../../../contracts/formats/service-state.ts';
import vector from '../../vectors/state.json' with { type: 'json' };
import { digest, field, uint32 } from './arbitrary.ts';
import { refusal } from './refusal.ts';

const state: fc.Arbitrary<ServiceState> = fc.record({
  descriptor: digest,
  owner: field,
  runner: field,
  keyset: digest,
  epoch: uint32,
  paused: fc.boolean(),
});

describe('a service’s state', () => {
  it('comes back from its eight fields', () => {
    fc.assert(
      fc.property(state, (given) => {
        expect(encodeServiceState(given)).toHaveLength(8);
        expect(parseServiceState(encodeServiceState(given))).toEqual(given);
      })
    );
  });

  it('parses the committed vector', () => {
    const parsed = parseServiceState(vector.service.map(BigInt));
    expect(parsed).toMatchObject({ epoch: 3, paused: true });
    expect(encodeServiceState(parsed).map(String)).toEqual(vector.service);
  });

  const fields = encodeServiceState(fc.sample(state, 1)[0]!);
  const put = (index: number, value: bigint): readonly bigint[] =>
    fields.map((old, i) => (i === index ? value : old));

  it('C4: of another layout or length is refused', () => {
    expect(refusal(() => parseServiceState(put(7, SERVICE_LAYOUT + 1n)))).toBe('VERSION');
    expect(refusal(() => parseServiceState(put(7, 0n)))).toBe('VERSION');
    expect(refusal(() => parseServiceState(fields.slice(1)))).toBe('SIZE');
    expect(refusal(() => parseServiceState([...fields, 0n]))).toBe('SIZE');
  });

  it('I4: has fields within their bounds', () => {
    for (const index of [0, 1, 4, 5])
      expect(refusal(() => parseServiceState(put(index, 1n << 128n)))).toBe('RANGE');
    for (const index of [2, 3])
      expect(refusal(() => parseServiceState(put(index, MODULUS)))).toBe('RANGE');
    expect(refusal(() => parseServiceState(put(6, (1n << 33n) - 1n)))).toBeUndefined();
    expect(refusal(() => parseServiceState(put(6, 1n << 33n)))).toBe('RANGE');
    expect(refusal(() => parseServiceState(put(6, -1n)))).toBe('RANGE');
  });
});
