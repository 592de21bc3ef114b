import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { check, decimal, encodeJson, parseJson } from '../../../contracts/formats/json.ts';
import { utf8 } from '../../../contracts/formats/bytes.ts';
import { refusal } from './refusal.ts';

const parse = (text: string, maxBytes = 2 ** 20): unknown => parseJson(utf8.encode(text), maxBytes);

describe('canonical JSON', () => {
  it('reads back every value, whatever the order of its names', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        if (refusal(() => encodeJson(value)) === 'ENCODING') return; // reserved names
        const bytes = encodeJson(value);
        expect(parseJson(bytes, 2 ** 20)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(encodeJson(parseJson(bytes, 2 ** 20))).toEqual(bytes);
      })
    );
  });

  it('is RFC 8785: sorted by UTF-16 unit, shortest numbers, only needed escapes', () => {
    const value = {
      '\u20ac': 1,
      '\r': 2,
      '\ud83d\ude00': 3,
      '\ufb33': 4,
      '1': 1e21,
      a: [1e-7, 100],
    };
    expect(utf8.decode(encodeJson(value))).toBe(
      '{"\\r":2,"1":1e+21,"a":[1e-7,100],"\u20ac":1,"\ud83d\ude00":3,"\ufb33":4}'
    );
    expect(utf8.decode(encodeJson('\u001f\u007f/"\\\b'))).toBe('"\\u001f\u007f/\\"\\\\\\b"');
  });

  it.each([
    ['a space', '{"a": 1}'],
    ['a line end', '{}\n'],
    ['names out of order', '{"b":1,"a":2}'],
    ['a name twice', '{"a":1,"a":1}'],
    ['1.0', '1.0'],
    ['an exponent', '1e2'],
    ['minus zero', '-0'],
    ['digits that a number loses', '9007199254740993'],
    ['an infinite number', '1e999'],
    ['an escaped letter', '"\\u0061"'],
    ['an escaped slash', '"\\/"'],
    ['a capital escape', '"\\u001F"'],
    ['a lone surrogate', '"\\ud800"'],
    ['a lone surrogate in a name', '{"\\udfff":1}'],
    ['a byte order mark', '\ufeff{}'],
    ['a prototype', '{"__proto__":1}'],
    ['a constructor', '{"a":{"constructor":{}}}'],
    ['no value', ''],
    ['two values', '1 2'],
    ['a comment', '{}//'],
    ['NaN', 'NaN'],
  ])('I4: refuses %s', (_, text) => {
    expect(refusal(() => parse(text))).toBe('ENCODING');
  });

  it('keeps what is written and no escape', () => {
    expect(parse('"\\\\ud800"')).toBe('\\ud800');
    expect(parse('"😀"')).toBe('😀');
  });

  it('I2: ends at 64 levels, where others end their stack', () => {
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    expect(refusal(() => parse(nested(65)))).toBeUndefined();
    expect(refusal(() => parse(nested(66)))).toBe('RANGE');
    expect(refusal(() => parse(nested(500_000)))).toBe('RANGE');
    expect(refusal(() => parse('{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)))).toBe('RANGE');
  });

  it('ends at its size, to the byte', () => {
    expect(parse('"aaaa"', 6)).toBe('aaaa');
    expect(refusal(() => parse('"aaaa"', 5))).toBe('SIZE');
  });

  it('I4: hostile bytes are refused by a code of the closed list', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        refusal(() => parseJson(bytes, 64));
      })
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[[\]{}",:0-9eE+.\\u-]{0,24}$/), (text) => {
        refusal(() => parse(text));
      }),
      { numRuns: 500 }
    );
  });

  it('is not written from what JSON has not', () => {
    for (const value of [undefined, NaN, Infinity, 1n, [1n], { a: -Infinity }, '\ud800', () => 1])
      expect(refusal(() => encodeJson(value))).toBe('ENCODING');
  });
});

describe('a check', () => {
  it('returns the value or names the first field that fails', () => {
    const schema = v.strictObject({ a: v.strictObject({ b: v.number() }) });
    expect(check(schema, { a: { b: 1 } }, 'thing')).toEqual({ a: { b: 1 } });
    expect(refusal(() => check(schema, { a: { b: '1' } }, 'thing'))).toBe('SHAPE');
    expect(() => check(schema, { a: { b: '1' } }, 'thing')).toThrow(/^thing\.a\.b: /);
  });
});

describe('a decimal string', () => {
  const code = (text: unknown) => refusal(() => check(decimal(1000n), text, 'x'));

  it('has one form, and its bound', () => {
    for (const text of ['0', '1', '999', '1000']) expect(code(text)).toBeUndefined();
    for (const text of ['1001', '', '00', '01', '-1', '+1', '1.0', '1e2', ' 1', '1\n', 1, 1n, null])
      expect(code(text)).toBe('SHAPE');
    expect(code('9'.repeat(100_000))).toBe('SHAPE');
  });
});
