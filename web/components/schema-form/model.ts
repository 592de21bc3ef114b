import {
  type Parameters,
  assertParameters,
  parameterFaults,
} from '../../../contracts/formats/parameters.ts';
import type { Json } from '../../../contracts/formats/json.ts';

export {
  type Control,
  type FormField,
  type FormModel,
  type Raw,
  type RawValues,
  type Filled,
  formOf,
  initialValues,
  initialText,
  keepableKeys,
  labelOf,
  keyOf,
  fill,
  fillText,
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

/** What stands in a control: text, a tick, ticked values' numbers, or a file. */
type Raw =
  string | boolean | readonly number[] | { readonly name: string; readonly content: string };
/** By {@link keyOf} a field's path. */
type RawValues = Readonly<Record<string, Raw | undefined>>;

interface Filled {
  /** Only where there are no errors. */
  readonly parameters: Parameters | undefined;
  /** One sentence a field, by {@link keyOf} its path; `''` is the form as a whole. */
  readonly errors: Readonly<Record<string, string>>;
}

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

/** What stands in the controls at first: the schema's defaults. */
const initialValues = (fields: readonly FormField[]): RawValues =>
  Object.fromEntries(
    leavesOf(fields).map(({ path, control, schema }) => [
      keyOf(path),
      rawOf(control, schema.default as Json | undefined),
    ])
  );

const leavesOf = (fields: readonly FormField[]): readonly FormField[] =>
  fields.flatMap((field) =>
    field.control.kind === 'group' ? leavesOf(field.control.fields) : [field]
  );

/** Keys of the fields whose text may be written down: neither secrets nor files. */
const keepableKeys = (fields: readonly FormField[]): readonly string[] =>
  leavesOf(fields)
    .filter(({ control }) => !['secret', 'file', 'fixed'].includes(control.kind))
    .map(({ path }) => keyOf(path));

function rawOf(control: Control, value: Json | undefined): Raw | undefined {
  switch (control.kind) {
    case 'flag':
      return value === true;
    case 'choice': {
      const at = control.values.findIndex((one) => isSame(one, value));
      return at < 0 ? '' : String(at);
    }
    case 'choices':
      return control.values.flatMap((one, i) =>
        listed(value).some((item) => isSame(one, item)) ? [i] : []
      );
    case 'list':
      return listed(value)
        .map((item) => labelOf(item))
        .join('\n');
    case 'file':
    case 'fixed':
    case 'group':
      return undefined;
    default:
      return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  }
}

const listed = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : [];

/** A value as people read it. */
const labelOf = (value: Json): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

const isSame = (a: Json, b: Json | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Parameters from what stands in the controls, or what is wrong with it. */
function fill(schema: unknown, fields: readonly FormField[], raw: RawValues): Filled {
  const errors: Record<string, string> = {};
  const parameters = fillGroup(fields, raw, errors) ?? {};
  for (const { path, word, message } of parameterFaults(schema, parameters)) {
    const field = leavesOf(fields).find((one) => path.length > 0 && isWithin(path, one.path));
    // A missing property is named at its own field already.
    if (field === undefined && word === 'required' && Object.keys(errors).length > 0) continue;
    const key = field === undefined ? '' : keyOf(field.path);
    errors[key] ??= field === undefined ? message : faultAt(field, path, word, message);
  }
  return Object.keys(errors).length > 0
    ? { parameters: undefined, errors }
    : { parameters: assertParameters(schema, parameters), errors };
}

const isWithin = (path: readonly string[], of: readonly string[]): boolean =>
  of.every((name, i) => path[i] === name);

/** `undefined` where nothing of an optional group is filled in. */
function fillGroup(
  fields: readonly FormField[],
  raw: RawValues,
  errors: Record<string, string>
): Record<string, Json> | undefined {
  const group: Record<string, Json> = {};
  for (const field of fields) {
    const { path, control, isRequired } = field;
    try {
      const value =
        control.kind === 'group'
          ? (fillGroup(control.fields, raw, errors) ?? (isRequired ? {} : undefined))
          : valueOf(field, raw[keyOf(path)]);
      if (value !== undefined) group[path.at(-1)!] = value;
      else if (isRequired) errors[keyOf(path)] ??= NEEDED;
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      errors[keyOf(path)] = error.message;
    }
  }
  return Object.keys(group).length > 0 ? group : undefined;
}

const NEEDED = 'Needed.';

class Unreadable extends Error {}

function valueOf(
  { control, schema, isRequired }: FormField,
  raw: Raw | undefined
): Json | undefined {
  switch (control.kind) {
    case 'fixed':
      return isRequired || 'default' in schema ? control.value : undefined;
    case 'flag':
      return raw === true;
    case 'choice':
      return raw === undefined || raw === '' ? undefined : control.values[Number(raw)];
    case 'choices':
      return Array.isArray(raw) && (raw.length > 0 || isRequired)
        ? (raw as readonly number[]).map((i) => control.values[i]!)
        : undefined;
    case 'file':
      return typeof raw === 'object' && 'content' in raw ? raw.content : undefined;
    case 'list': {
      const lines = textIn(raw)
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '');
      if (lines.length === 0) return isRequired ? [] : undefined;
      return control.of === 'text' ? lines : lines.map((line) => numberOf(line, control.of));
    }
    case 'number':
    case 'whole': {
      const text = textIn(raw).trim();
      return text === '' ? undefined : numberOf(text, control.kind);
    }
    case 'group':
      return undefined;
    default:
      return raw === undefined || raw === '' ? blankOf(schema) : raw;
  }
}

const textIn = (raw: Raw | undefined): string => (typeof raw === 'string' ? raw : '');

/** An empty text is a value of its own only where the schema offers it. */
const blankOf = (schema: Schema): '' | undefined => (schema.default === '' ? '' : undefined);

function numberOf(text: string, kind: 'text' | 'number' | 'whole'): number {
  const value = Number(text);
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) || !Number.isFinite(value))
    throw new Unreadable(`“${text.slice(0, 40)}” is not a number.`);
  if (kind === 'whole' && !Number.isSafeInteger(value))
    throw new Unreadable(`“${text.slice(0, 40)}” is not a whole number.`);
  return value;
}

function faultAt(
  { path: own, schema }: FormField,
  path: readonly string[],
  word: string,
  message: string
): string {
  const entry = path[own.length];
  if (entry === undefined) return explain(word, schema, message);
  return `Entry ${Number(entry) + 1}: ${explain(word, schema.items as Schema, message)}`;
}

/** The validator's verdict in a form's words. */
function explain(word: string, schema: Schema, message: string): string {
  const limit = String(schema[word]);
  switch (word) {
    case 'minLength':
      return limit === '1' ? NEEDED : `At least ${limit} characters.`;
    case 'maxLength':
      return `At most ${limit} characters.`;
    case 'minimum':
      return `At least ${limit}.`;
    case 'maximum':
      return `At most ${limit}.`;
    case 'exclusiveMinimum':
      return `More than ${limit}.`;
    case 'exclusiveMaximum':
      return `Less than ${limit}.`;
    case 'multipleOf':
      return `A multiple of ${limit}.`;
    case 'minItems':
      return `At least ${limit} entries.`;
    case 'maxItems':
      return `At most ${limit} entries.`;
    case 'format':
      return FORMATS[limit] ?? `Not a valid ${limit}.`;
    default:
      return message;
  }
}

const FORMATS: Readonly<Record<string, string>> = {
  date: 'A date such as 2026-11-30.',
  'date-time': 'A date and time such as 2026-11-30T12:00:00Z.',
  duration: 'A duration such as PT15M.',
  email: 'An e-mail address.',
  hostname: 'A host name such as example.org.',
  ipv4: 'An address such as 192.0.2.1.',
  ipv6: 'An address such as 2001:db8::1.',
  time: 'A time such as 12:00:00Z.',
  uuid: 'A UUID.',
};

/** JSON to begin with where there is no form: the defaults that the schema names. */
function initialText(schema: unknown): string {
  const { default: whole, properties = {} } = schema as {
    readonly default?: unknown;
    readonly properties?: Readonly<Record<string, unknown>>;
  };
  const value =
    whole ??
    Object.fromEntries(
      Object.entries(properties).flatMap(([name, member]) =>
        typeof member === 'object' && member !== null && 'default' in member
          ? [[name, member.default]]
          : []
      )
    );
  return JSON.stringify(value, null, 2);
}

/** The same from JSON that somebody wrote. */
function fillText(schema: unknown, text: string): Filled {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const said = error instanceof Error ? error.message : '';
    return { parameters: undefined, errors: { '': `This is not JSON: ${said}.` } };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { parameters: undefined, errors: { '': 'Parameters are a JSON object: { … }.' } };
  const faults = parameterFaults(schema, value);
  if (faults.length === 0) return { parameters: assertParameters(schema, value), errors: {} };
  // The last one stands at the very place that is wrong; those before it, around it.
  const { path, message } = faults.at(-1)!;
  return {
    parameters: undefined,
    errors: { '': path.length === 0 ? message : `${path.join('.')}: ${message}` },
  };
}
