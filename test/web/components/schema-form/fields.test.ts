import { describe, expect, it } from 'vitest';
import { formOf } from '../../../../web/components/schema-form/fields.ts';

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
const kindOf = (schema: unknown) => fieldsOf(object({ p: schema }))[0]!.control.kind;

describe('a form made from a schema', () => {
  it.each([
    ['text', { type: 'string' }],
    ['long-text', { type: 'string', maxLength: 4000 }],
    ['secret', { type: 'string', writeOnly: true }],
    ['file', { type: 'string', contentEncoding: 'base64' }],
    ['file', { type: 'string', contentMediaType: 'text/csv' }],
    ['whole', { type: 'integer' }],
    ['number', { type: ['number', 'null'] }],
    ['flag', { type: 'boolean' }],
    ['choice', { enum: ['a', 1, null] }],
    ['fixed', { const: 3 }],
    ['list', { type: 'array', items: { type: 'string' } }],
    ['choices', { type: 'array', items: { enum: ['a', 'b'] } }],
    ['group', object({ q: { type: 'string' } })],
  ])('asks for a %s', (kind, schema) => {
    expect(kindOf(schema)).toBe(kind);
  });

  it.each([
    ['any names', { type: 'object' }],
    ['names of one type', object({}, { additionalProperties: { type: 'string' } })],
    ['several types', object({ p: { type: ['string', 'number'] } })],
    ['no type', object({ p: {} })],
    ['anything', object({ p: true })],
    ['alternatives', object({ p: { oneOf: [{ type: 'string' }, { type: 'number' }] } })],
    ['conditions', object({ p: { type: 'string' } }, { if: true, then: true })],
    ['lists of objects', object({ p: { type: 'array', items: object({}) } })],
    ['a needed name that is not described', object({}, { required: ['q'] })],
  ])('gives way to JSON for %s', (_, schema) => {
    expect(formOf(schema).kind).toBe('json');
  });
});
