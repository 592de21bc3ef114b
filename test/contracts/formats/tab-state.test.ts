import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MODULUS } from '../../../contracts/formats/field.ts';
import { genesisId } from '../../../contracts/formats/log-commit.ts';
import { type TabState, TAB_LAYOUT, encodeTabState } from '../../../contracts/formats/tab-state.ts';
import { openingState, parseTabState } from '../../../contracts/formats/tab-state.ts';
import { termsCommitment } from '../../../contracts/formats/terms.ts';
import vector from '../../vectors/state.json' with { type: 'json' };
import { terms } from '../../vectors/sample.ts';
import { field, objectName, uint, uint32 } from './arbitrary.ts';
import { refusal } from './refusal.ts';

const state: fc.Arbitrary<TabState> = fc.record({
  head: objectName,
  log: field,
  terms: field,
  window: fc.record({ top: uint32, map: uint(63).map((rest) => rest * 2n + 1n) }),
  spent: uint(64),
  expiry: uint32,
});

describe('a tab’s state', () => {
  it('comes back from its eight fields', () => {
    fc.assert(
      fc.property(state, (given) => {
        expect(encodeTabState(given)).toHaveLength(8);
        expect(parseTabState(encodeTabState(given))).toEqual(given);
      })
    );
  });

  it('opens at the genesis of its log, with nothing settled and nothing spent', () => {
    expect(openingState(terms, 150_000)).toEqual({
      head: genesisId(terms.tab),
      log: 0n,
      terms: termsCommitment(terms),
      window: { top: 0, map: 1n },
      spent: 0n,
      expiry: 150_000,
    });
    expect(encodeTabState(openingState(terms, 150_000)).map(String)).toEqual(vector.tab);
  });

  const fields = encodeTabState(fc.sample(state, 1)[0]!);
  const put = (index: number, value: bigint): readonly bigint[] =>
    fields.map((old, i) => (i === index ? value : old));

  it('C4: of another layout, reserve or length is refused', () => {
    expect(refusal(() => parseTabState(put(6, TAB_LAYOUT + 1n)))).toBe('VERSION');
    expect(refusal(() => parseTabState(put(7, 1n)))).toBe('VERSION');
    expect(refusal(() => parseTabState(fields.slice(1)))).toBe('SIZE');
    expect(refusal(() => parseTabState([...fields, 0n]))).toBe('SIZE');
    expect(refusal(() => parseTabState(Array<bigint>(8).fill(0n)))).toBe('VERSION');
  });

  it.each([
    [0, 1n << 160n],
    [1, MODULUS],
    [2, MODULUS],
    [3, 0n],
    [3, (1n << 96n) + 1n],
    [4, 1n << 64n],
    [5, 1n << 32n],
  ])('I4: is refused with field %i at %i', (index, value) => {
    expect(refusal(() => parseTabState(put(index, value)))).toBe('RANGE');
    expect(refusal(() => parseTabState(put(index, -1n)))).toBe('RANGE');
  });
});
