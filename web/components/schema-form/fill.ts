import type { Json } from '../../../contracts/formats/json.ts';
import {
  type Parameters,
  assertParameters,
  parameterFaults,
} from '../../../contracts/formats/parameters.ts';
import { NEEDED, faultAt } from './fault-words.ts';
import { type Control, type FormField, type Schema, keyOf, leavesOf } from './fields.ts';

export {
  type Raw,
  type RawValues,
  type Filled,
  initialValues,
  initialText,
  labelOf,
  fill,
  fillText,
};

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

/** What stands in the controls at first: the schema's defaults. */
const initialValues = (fields: readonly FormField[]): RawValues =>
  Object.fromEntries(
    leavesOf(fields).map(({ path, control, schema }) => [
      keyOf(path),
      rawOf(control, schema.default as Json | undefined),
    ])
  );

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
