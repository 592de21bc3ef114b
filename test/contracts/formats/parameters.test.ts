import { describe, expect, it } from 'vitest';
import { check } from '../../../contracts/formats/json.ts';
import {
  ParameterSchema,
  assertParameters,
  writeOnlyTexts,
} from '../../../contracts/formats/parameters.ts';
import { cpuMilliseconds } from './cpu-time.ts';
import { refusal } from './refusal.ts';

const schemaCode = (schema: unknown) => refusal(() => check(ParameterSchema, schema, 'parameters'));
const withProperty = (schema: unknown) => schemaCode({ type: 'object', properties: { p: schema } });

describe('a parameter schema', () => {
  it('is an object’s', () => {
    expect(schemaCode({ type: 'object' })).toBeUndefined();
    for (const schema of [{}, { type: 'array' }, { type: ['object'] }, true, null, [], 'object', 1])
      expect(schemaCode(schema)).toBe('SHAPE');
  });

  it.each([
    ['types', { type: ['string', 'null'] }],
    ['enumerations', { enum: ['a', 1, null, { pattern: 'x' }] }],
    ['constants', { const: { $ref: '#' } }],
    ['defaults and examples', { default: { $id: 'x' }, examples: [{ pattern: '(a+)+' }] }],
    ['words for people', { title: 't', description: 'd', deprecated: true, $comment: 'c' }],
    ['numbers', { type: 'integer', minimum: 0, exclusiveMaximum: 10, multipleOf: 2 }],
    ['texts', { type: 'string', minLength: 1, maxLength: 9, format: 'date-time' }],
    ['lists', { type: 'array', prefixItems: [true], items: { type: 'string' }, maxItems: 3 }],
    ['objects', { type: 'object', additionalProperties: false, required: ['a'], maxProperties: 2 }],
    ['combinations', { anyOf: [{ type: 'string' }], not: { const: 1 }, if: true, then: false }],
  ])('may use %s', (_, schema) => {
    expect(withProperty(schema)).toBeUndefined();
  });

  it('may have properties that are named like a refused word', () => {
    const words = ['pattern', '$ref', '$id', 'patternProperties', '$dynamicRef', 'uniqueItems'];
    const properties = Object.fromEntries(words.map((word) => [word, { type: 'string' }]));
    expect(schemaCode({ type: 'object', properties, required: words })).toBeUndefined();
    expect(
      assertParameters(
        { type: 'object', properties, required: words },
        Object.fromEntries(words.map((word) => [word, 'x']))
      )
    ).toBeDefined();
    expect(
      refusal(() => assertParameters({ type: 'object', properties, required: words }, {}))
    ).toBe('PARAMETERS');
  });

  const refused: [string, unknown][] = [
    ['$ref', '#'],
    ['$dynamicRef', '#'],
    ['$recursiveRef', '#'],
    ['$id', 'https://example.org/'],
    ['$anchor', 'a'],
    ['$defs', {}],
    ['pattern', '^(a+)+$'],
    ['pattern', { type: 'string' }],
    ['patternProperties', { a: true }],
    ['uniqueItems', true],
    ['dependencies', {}],
    ['unheardOf', 1],
  ];
  it.each(refused)('C10: may not use %s', (word, value) => {
    expect(withProperty({ [word]: value })).toBe('SHAPE');
    expect(schemaCode({ type: 'object', [word]: value })).toBe('SHAPE');
    expect(withProperty({ items: { anyOf: [{ not: { [word]: value } }] } })).toBe('SHAPE');
  });

  it.each([
    ['type', 'text'],
    ['type', []],
    ['enum', 'a'],
    ['required', 'a'],
    ['required', [1]],
    ['properties', []],
    ['properties', { a: 1 }],
    ['items', [true]],
    ['anyOf', {}],
    ['minimum', '1'],
    ['multipleOf', 0],
    ['maxLength', -1],
    ['maxItems', 1.5],
    ['format', 'regex'],
    ['format', 'uri'],
    ['additionalProperties', null],
    ['dependentRequired', { a: 'b' }],
  ])('has no %s of %j, which would throw when it is used', (word, value) => {
    expect(withProperty({ [word]: value })).toBe('SHAPE');
  });

  it('nests eight levels and no more', () => {
    const nested = (levels: number): object =>
      levels === 0 ? { type: 'string' } : { items: nested(levels - 1) };
    expect(schemaCode({ type: 'object', ...nested(8) })).toBeUndefined();
    expect(schemaCode({ type: 'object', ...nested(9) })).toBe('SHAPE');
    expect(schemaCode({ type: 'object', ...nested(1000) })).toBe('SHAPE');
  });
});

describe('parameters', () => {
  const schema = {
    type: 'object',
    properties: {
      node: { enum: ['20', '22'], default: '22' },
      jobs: { type: 'integer', minimum: 1, maximum: 4 },
      flags: { type: 'array', items: { type: 'string', maxLength: 3 }, maxItems: 2 },
      since: { type: 'string', format: 'date' },
    },
    required: ['node'],
    additionalProperties: false,
  };
  const code = (parameters: unknown) => refusal(() => assertParameters(schema, parameters));

  it('pass when they are what the schema says', () => {
    const given = { node: '20', jobs: 4, flags: ['a', 'bcd'], since: '2026-02-28' };
    expect(assertParameters(schema, given)).toBe(given);
  });

  it('are checked without a word written into the schema, which may be frozen or a proxy', () => {
    const tone = Object.freeze({ type: 'string', enum: ['calm', 'loud'] });
    const schema = Object.freeze({ type: 'object', properties: Object.freeze({ tone }) });
    expect(assertParameters(schema, { tone: 'calm' })).toEqual({ tone: 'calm' });
    expect(Reflect.ownKeys(schema)).toEqual(['type', 'properties']);
  });

  it('do not get defaults filled in: what was signed is what runs', () => {
    expect(code({})).toBe('PARAMETERS');
    expect(assertParameters(schema, { node: '22' })).toEqual({ node: '22' });
  });

  it.each([
    ['another choice', { node: '18' }],
    ['a number too small', { node: '20', jobs: 0 }],
    ['a number too large', { node: '20', jobs: 5 }],
    ['half a number', { node: '20', jobs: 1.5 }],
    ['a text for a number', { node: '20', jobs: '1' }],
    ['a list too long', { node: '20', flags: ['a', 'b', 'c'] }],
    ['an item too long', { node: '20', flags: ['abcd'] }],
    ['a wrong date', { node: '20', since: '2026-02-30' }],
    ['an unknown name', { node: '20', other: 1 }],
    ['a list', []],
    ['null', null],
    ['a text', 'node'],
  ])('are refused with %s', (_, parameters) => {
    expect(code(parameters)).toBe('PARAMETERS');
  });

  it('C10: that are large and hostile end in bounded time', () => {
    const schema = {
      type: 'object',
      additionalProperties: { type: 'array', contains: { contains: { type: 'null' } } },
    };
    const rows = Array.from({ length: 400 }, () => Array.from({ length: 400 }, () => 1));
    const spent = cpuMilliseconds(() => {
      expect(refusal(() => assertParameters(schema, { rows }))).toBe('PARAMETERS');
    });
    expect(spent).toBeLessThan(5000);
  });

  it('that the validator has no answer for are refused, not thrown through', () => {
    expect(refusal(() => assertParameters(schema, undefined))).toBe('PARAMETERS');
    expect(refusal(() => assertParameters(schema, 1n))).toBe('PARAMETERS');
  });
});

describe('the texts that a schema calls writeOnly', () => {
  const secret = { type: 'string', writeOnly: true };
  it.each([
    [
      'of a property',
      { properties: { a: secret, b: { type: 'string' } } },
      { a: 'x', b: 'y' },
      ['x'],
    ],
    [
      'below an object',
      { properties: { a: { writeOnly: true } } },
      { a: { b: ['x', 1, 'y'] } },
      ['x', 'y'],
    ],
    ['in a list', { properties: { a: { items: secret } } }, { a: ['x', 'y', 'x'] }, ['x', 'y']],
    ['by place', { properties: { a: { prefixItems: [true, secret] } } }, { a: ['x', 'y'] }, ['y']],
    ['of other names', { additionalProperties: secret }, { a: 'x' }, ['x']],
    ['in a branch', { anyOf: [true, { properties: { a: secret } }] }, { a: 'x' }, ['x']],
    [
      'by another’s presence',
      { dependentSchemas: { b: { properties: { a: secret } } } },
      { a: 'x' },
      ['x'],
    ],
    ['of a name that every object has', { properties: {} }, { constructor: 'x' }, []],
    ['nowhere', true, { a: 'x', b: null }, []],
  ])('are found %s', (_, schema, value, found) => {
    expect(writeOnlyTexts(schema, value)).toEqual(found);
  });
});
