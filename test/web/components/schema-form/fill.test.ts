import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertParameters } from '../../../../contracts/formats/parameters.ts';
import { formOf } from '../../../../web/components/schema-form/fields.ts';
import {
  type RawValues,
  fill,
  fillText,
  initialText,
  initialValues,
} from '../../../../web/components/schema-form/fill.ts';

const object = (properties: unknown, more: object = {}) => ({
  type: 'object',
  properties,
  additionalProperties: false,
  ...more,
});
const fieldsOf = (schema: unknown) => {
  const model = formOf(schema);
  if (model.kind !== 'fields') throw new Error(`not drawn: ${model.why}`);
  return model.fields;
};
const filled = (schema: unknown, raw: RawValues = {}) => {
  const fields = fieldsOf(schema);
  return fill(schema, fields, { ...initialValues(fields), ...raw });
};

describe('a form that is filled in', () => {
  it('begins with the defaults, and sends them', () => {
    const schema = object({
      mode: { enum: ['fast', 'small'], default: 'small' },
      count: { type: 'integer', default: 3 },
      tags: { type: 'array', items: { type: 'string' }, default: ['a', 'b'] },
      note: { type: 'string', default: '' },
      strict: { type: 'boolean', default: true },
    });
    expect(filled(schema).parameters).toEqual({
      ...{ mode: 'small', count: 3, tags: ['a', 'b'], note: '', strict: true },
    });
  });

  it('leaves out what is optional and empty, and asks for what is needed', () => {
    const schema = object(
      { a: { type: 'string' }, b: { type: 'integer' }, c: { enum: ['x'] } },
      { required: ['b', 'c'] }
    );
    expect(filled(schema)).toEqual({
      parameters: undefined,
      errors: { '/b': 'Needed.', '/c': 'Needed.' },
    });
    expect(filled(schema, { '/b': '7', '/c': '0' }).parameters).toEqual({ b: 7, c: 'x' });
  });

  it.each([
    [{ type: 'integer' }, '1.5', /not a whole number/],
    [{ type: 'number' }, '1,5', /not a number/],
    [{ type: 'number' }, '0x10', /not a number/],
    [{ type: 'integer', minimum: 2 }, '1', /^At least 2\.$/],
    [{ type: 'integer', maximum: 2 }, '3', /^At most 2\.$/],
    [{ type: 'number', multipleOf: 0.5 }, '0.7', /multiple of 0.5/],
    [{ type: 'string', maxLength: 2 }, 'abc', /^At most 2 characters\.$/],
    [{ type: 'string', minLength: 4 }, 'abc', /^At least 4 characters\.$/],
    [{ type: 'string', format: 'uuid' }, 'abc', /UUID/],
    [{ type: 'array', items: { type: 'integer' } }, '1\nzwei', /“zwei” is not a number/],
    [
      { type: 'array', items: { type: 'string', maxLength: 1 } },
      'a\nbc',
      /^Entry 2: At most 1 char/,
    ],
  ])('says beside the field what is wrong: %j given %j', (schema, raw, sentence) => {
    const { parameters, errors } = filled(object({ p: schema }), { '/p': raw });
    expect(parameters).toBeUndefined();
    expect(errors['/p']).toMatch(sentence);
  });

  it('puts a fault of a nested field at that field', () => {
    const schema = object({ a: object({ b: { type: 'integer', maximum: 5 } }) });
    expect(filled(schema, { '/a/b': '6' }).errors).toEqual({ '/a/b': 'At most 5.' });
    expect(filled(schema, { '/a/b': '5' }).parameters).toEqual({ a: { b: 5 } });
    expect(filled(schema).parameters).toEqual({});
  });

  it('keeps fields apart whose names hold slashes, dots, percents and hashes', () => {
    const names = ['a/b', 'a~1b', 'a%23#', 'ü.ß', '__proto'];
    const keys = ['/a~1b', '/a~01b', '/a%23#', '/ü.ß', '/__proto'];
    const schema = object(
      Object.fromEntries(names.map((name) => [name, { type: 'integer', maximum: 1 }]))
    );
    for (const key of keys)
      expect(filled(schema, { [key]: '2' }).errors).toEqual({ [key]: 'At most 1.' });
  });

  it('hands out only what the daemon’s own check accepts', () => {
    const schema = object(
      {
        text: { type: 'string', minLength: 1, maxLength: 5 },
        whole: { type: 'integer', minimum: -3, maximum: 3 },
        list: { type: 'array', items: { type: 'number' }, maxItems: 2 },
        flag: { type: 'boolean' },
      },
      { required: ['whole'] }
    );
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.string(),
        fc.boolean(),
        (text, whole, list, flag) => {
          const { parameters, errors } = filled(schema, {
            ...{ '/text': text, '/whole': whole, '/list': list, '/flag': flag },
          });
          if (parameters === undefined) expect(Object.keys(errors)).not.toEqual([]);
          else expect(assertParameters(schema, parameters)).toEqual(parameters);
        }
      )
    );
    expect(filled(schema, { '/whole': '-3', '/list': '1\n2.5' }).parameters).toEqual({
      ...{ whole: -3, list: [1, 2.5], flag: false },
    });
  });
});

describe('parameters written as JSON', () => {
  const schema = { type: 'object', properties: { n: { type: 'integer', default: 4 } } };

  it('begin with the defaults', () => {
    expect(JSON.parse(initialText(schema))).toEqual({ n: 4 });
    expect(initialText({ type: 'object' })).toBe('{}');
  });

  it.each([
    ['{', /not JSON/],
    ['[]', /JSON object/],
    ['{"n": "x"}', /^n: /],
  ])('say what is wrong with %j', (text, sentence) => {
    expect(fillText(schema, text).errors['']).toMatch(sentence);
  });

  it('are what was written', () => {
    expect(fillText(schema, '{"n": 2, "more": [1]}').parameters).toEqual({ n: 2, more: [1] });
  });
});
