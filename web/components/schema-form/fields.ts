import type { Json } from '../../../contracts/formats/json.ts';

export {
  type Schema,
  type Control,
  type FormField,
  type FormModel,
  formOf,
  leavesOf,
  keepableKeys,
  keyOf,
};

type Schema = Readonly<Record<string, unknown>>;

/** How one value is asked for. */
type Control =
  | { readonly kind: 'text' | 'long-text' | 'secret' | 'number' | 'whole' | 'flag' }
  /** `isBase64`: any bytes; else a text file. */
  | { readonly kind: 'file'; readonly isBase64: boolean; readonly accept: string | undefined }
  | { readonly kind: 'choice'; readonly values: readonly Json[] }
  | { readonly kind: 'fixed'; readonly value: Json }
  /** One to a line. */
  | { readonly kind: 'list'; readonly of: 'text' | 'number' | 'whole' }
  | { readonly kind: 'choices'; readonly values: readonly Json[] }
  | { readonly kind: 'group'; readonly fields: readonly FormField[] };

interface FormField {
  readonly path: readonly string[];
  /** Title, or the property's name. A stranger's words, like the hint. */
  readonly label: string;
  readonly hint: string | undefined;
  readonly isRequired: boolean;
  readonly isReadOnly: boolean;
  readonly control: Control;
  readonly schema: Schema;
}

/** What can be drawn as fields; anything else is written as JSON. */
type FormModel =
  | { readonly kind: 'fields'; readonly fields: readonly FormField[] }
  | { readonly kind: 'json'; readonly why: string };

const MAX_GROUPS = 3;
const MAX_CHOICES = 12;
const LONG_TEXT = 200;

/** Words that say nothing about one field alone, or that make its shape depend on others. */
const UNDRAWN = [
  ...['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else', 'dependentSchemas'],
  ...['dependentRequired', 'prefixItems', 'contains', 'propertyNames', 'minProperties'],
  ...['maxProperties', 'unevaluatedItems', 'unevaluatedProperties'],
];

class Undrawable extends Error {}

/** The form of a service's parameter schema, which has passed `ParameterSchema`. */
function formOf(schema: unknown): FormModel {
  try {
    return { kind: 'fields', fields: groupOf(asSchema(schema, 'the parameters'), [], 0) };
  } catch (error) {
    if (error instanceof Undrawable) return { kind: 'json', why: error.message };
    throw error;
  }
}

function asSchema(schema: unknown, what: string): Schema {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema))
    throw new Undrawable(`${what} may be anything`);
  return schema as Schema;
}

function groupOf(schema: Schema, path: readonly string[], depth: number): readonly FormField[] {
  const what = path.length === 0 ? 'the parameters' : path.join('.');
  const word = UNDRAWN.find((one) => one in schema);
  if (word !== undefined) throw new Undrawable(`${what} use ${word}`);
  const { properties = {}, additionalProperties, required = [] } = schema;
  const names = Object.keys(properties as object);
  if (isOpen(additionalProperties, names.length))
    throw new Undrawable(`${what} may have names of your choice`);
  const undeclared = (required as string[]).find((name) => !names.includes(name));
  if (undeclared !== undefined) throw new Undrawable(`${what} need ${undeclared}, undescribed`);
  if (depth > MAX_GROUPS) throw new Undrawable(`${what} nest too deep`);
  return names.map((name) => {
    const at = [...path, name];
    const member = asSchema((properties as Record<string, unknown>)[name], at.join('.'));
    return fieldOf(member, at, (required as string[]).includes(name), depth);
  });
}

/** Names beyond the declared ones are only asked for where there is nothing else, or a type for them. */
const isOpen = (additional: unknown, declared: number): boolean =>
  typeof additional === 'object' || (additional !== false && declared === 0);

function fieldOf(
  schema: Schema,
  path: readonly string[],
  isRequired: boolean,
  depth: number
): FormField {
  const text = (word: string): string | undefined =>
    typeof schema[word] === 'string' && schema[word] !== '' ? schema[word] : undefined;
  return {
    path,
    label: text('title') ?? path.at(-1)!,
    hint: text('description'),
    isRequired,
    isReadOnly: schema.readOnly === true,
    control: controlOf(schema, path, depth),
    schema,
  };
}

function controlOf(schema: Schema, path: readonly string[], depth: number): Control {
  if ('const' in schema) return { kind: 'fixed', value: schema.const as Json };
  const what = path.join('.');
  const word = UNDRAWN.find((one) => one in schema);
  if (word !== undefined) throw new Undrawable(`${what} uses ${word}`);
  if (Array.isArray(schema.enum)) return { kind: 'choice', values: schema.enum as Json[] };
  switch (typeOf(schema, what)) {
    case 'string':
      return textOf(schema);
    case 'integer':
      return { kind: 'whole' };
    case 'number':
      return { kind: 'number' };
    case 'boolean':
      return { kind: 'flag' };
    case 'array':
      return listOf(schema, what);
    case 'object':
      return { kind: 'group', fields: groupOf(schema, path, depth + 1) };
    case 'null':
      return { kind: 'fixed', value: null };
  }
  throw new Undrawable(`${what} may be of several types`);
}

/** The one type beside null, which an empty field stands for. */
function typeOf(schema: Schema, what: string): string {
  const types = [schema.type ?? []].flat() as string[];
  const [type, ...others] = types.length > 1 ? types.filter((one) => one !== 'null') : types;
  if (type === undefined || others.length > 0)
    throw new Undrawable(`${what} may be of several types`);
  return type;
}

function textOf(schema: Schema): Control {
  const media = schema.contentMediaType;
  if (schema.contentEncoding === 'base64' || media !== undefined)
    return {
      kind: 'file',
      isBase64: schema.contentEncoding === 'base64',
      accept: typeof media === 'string' ? media : undefined,
    };
  if (schema.writeOnly === true) return { kind: 'secret' };
  const { maxLength, format } = schema;
  return {
    kind:
      format === undefined && typeof maxLength === 'number' && maxLength > LONG_TEXT
        ? 'long-text'
        : 'text',
  };
}

function listOf(schema: Schema, what: string): Control {
  const items = asSchema(schema.items, what);
  if (UNDRAWN.some((word) => word in items) || 'const' in items)
    throw new Undrawable(`${what} is a list of varied things`);
  const values = items.enum;
  if (Array.isArray(values) && values.length <= MAX_CHOICES)
    return { kind: 'choices', values: values as Json[] };
  const of = ({ string: 'text', number: 'number', integer: 'whole' } as const)[typeOf(items, what)];
  if (of === undefined || Array.isArray(values))
    throw new Undrawable(`${what} is a list of more than texts and numbers`);
  return { kind: 'list', of };
}

/** A JSON pointer (RFC 6901): `a/b` and `b` within `a` are two fields. */
const keyOf = (path: readonly string[]): string =>
  path.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** The fields that hold values: all but groups, and those within them. */
const leavesOf = (fields: readonly FormField[]): readonly FormField[] =>
  fields.flatMap((field) =>
    field.control.kind === 'group' ? leavesOf(field.control.fields) : [field]
  );

/** Keys of the fields whose text may be written down: neither secrets nor files. */
const keepableKeys = (fields: readonly FormField[]): readonly string[] =>
  leavesOf(fields)
    .filter(({ control }) => !['secret', 'file', 'fixed'].includes(control.kind))
    .map(({ path }) => keyOf(path));
