import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTION_FIELDS, ACTION_KIND } from '../../../contracts/formats/action.ts';
import { encodeAction, parseAction } from '../../../contracts/formats/action.ts';
import { MODULUS } from '../../../contracts/formats/field.ts';
import vectors from '../../vectors/action.json' with { type: 'json' };
import { digest, field, key } from './arbitrary.ts';
import { refusal } from './refusal.ts';

const action = fc.record({
  kind: fc.constantFrom('request' as const, 'extension' as const, 'closing' as const),
  tab: key,
  digest,
});

describe('an inbox action', () => {
  it('parses to what was encoded, in five field elements', () => {
    fc.assert(
      fc.property(action, (given) => {
        const fields = encodeAction(given);
        expect(fields).toHaveLength(ACTION_FIELDS);
        expect(parseAction(fields)).toEqual(given);
      })
    );
  });

  it('parses the committed vectors', () => {
    for (const { kind, tab, digest, fields } of vectors)
      expect(parseAction(fields.map(BigInt))).toEqual({
        kind,
        tab,
        digest: Uint8Array.from(Buffer.from(digest, 'hex')),
      });
  });

  const fields = encodeAction(fc.sample(action, 1)[0]!);
  const put = (index: number, value: bigint): readonly bigint[] =>
    fields.map((old, i) => (i === index ? value : old));

  it('I4: has one form only', () => {
    expect(refusal(() => parseAction(put(0, 0n)))).toBe('RANGE');
    expect(refusal(() => parseAction(put(0, BigInt(Object.keys(ACTION_KIND).length + 1))))).toBe(
      'RANGE'
    );
    expect(refusal(() => parseAction(put(1, MODULUS)))).toBe('RANGE');
    expect(refusal(() => parseAction(put(1, fields[1]! + 2n ** 256n)))).toBe('RANGE');
    expect(refusal(() => parseAction(put(2, 2n)))).toBe('RANGE');
    expect(refusal(() => parseAction(put(2, -1n)))).toBe('RANGE');
    expect(refusal(() => parseAction(put(3, 1n << 128n)))).toBe('RANGE');
    expect(refusal(() => parseAction(put(4, 1n << 128n)))).toBe('RANGE');
    expect(refusal(() => parseAction(fields.slice(1)))).toBe('SIZE');
    expect(refusal(() => parseAction([...fields, 0n]))).toBe('SIZE');
  });

  it('C10: of any elements that somebody rang with is parsed or refused', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(field, fc.bigInt()), { maxLength: 7 }), (elements) => {
        refusal(() => parseAction(elements));
      })
    );
    fc.assert(
      fc.property(fc.nat(4), fc.oneof(field, fc.bigInt()), (index, value) => {
        const changed = put(index, value);
        let parsed: ReturnType<typeof parseAction> | undefined;
        if (refusal(() => (parsed = parseAction(changed))) === undefined)
          expect(encodeAction(parsed!)).toEqual(changed);
      })
    );
  });
});
