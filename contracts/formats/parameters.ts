import { Validator, type Schema } from '@cfworker/json-schema';
import * as v from 'valibot';
import { FormatError } from './error.ts';
import type { Json } from './json.ts';

export {
  ParameterSchema,
  type Parameters,
  type ParameterFault,
  assertParameters,
  parameterFaults,
  writeOnlyTexts,
};

type Parameters = Readonly<Record<string, Json>>;

/**
 * A service's parameters as JSON Schema (2020-12): an object at the top, and only words that a
 * validator gets through in time proportional to schema and value. No references, which may loop,
 * no regular expressions, whose backtracking would let a provider's schema stall a requester's
 * client, no `uniqueItems`, which compares every two items.
 */
const ParameterSchema = v.pipe(
  v.looseObject({ type: v.literal('object') }),
  v.check(
    (schema) => objection(schema, 'the schema', 0) === undefined,
    (issue) => objection(issue.input, 'the schema', 0) ?? ''
  )
);

/** Checked before anything is sealed, and again before anything runs. */
function assertParameters(schema: unknown, parameters: unknown): Parameters {
  const { valid, errors } = validate(schema as Schema, parameters);
  if (valid) return parameters as Parameters;
  const { instanceLocation, error } = errors.at(-1)!;
  const place = instanceLocation.replace(/^#\/?/, '') || 'parameters';
  throw new FormatError('PARAMETERS', `${place}: ${error}`);
}

/** One word of the schema that a value does not meet. */
interface ParameterFault {
  /** Names and indices that lead to the value; of the object itself where a property is missing. */
  readonly path: readonly string[];
  /** The schema's word. */
  readonly word: string;
  readonly message: string;
}

/** Everything that {@link assertParameters} would refuse, for whoever fills them in. */
function parameterFaults(schema: unknown, parameters: unknown): readonly ParameterFault[] {
  const { valid, errors } = validate(schema as Schema, parameters, 'all');
  if (valid) return [];
  return errors
    .filter(({ keyword }) => keyword !== 'properties' && keyword !== 'items')
    .map(({ instanceLocation, keyword, error }) => ({
      path: pathOf(instanceLocation),
      word: keyword,
      message: error,
    }));
}

/**
 * The texts that a schema calls `writeOnly`, with all below such a place: the requester's secrets. A place
 * that one branch of several calls so counts, whether or not that branch is the one that holds.
 */
function writeOnlyTexts(schema: unknown, value: unknown, isSecret = false): readonly string[] {
  const hidden = isSecret || (isRecord(schema) && schema.writeOnly === true);
  if (!hidden && !isRecord(schema)) return [];
  if (typeof value === 'string' && hidden) return [value];
  const found = isRecord(schema)
    ? BRANCHES.flatMap((word) => {
        const branch = schema[word];
        if (branch === undefined) return [];
        const branches = Array.isArray(branch)
          ? branch
          : word === 'dependentSchemas' && isRecord(branch)
            ? Object.values(branch)
            : [branch];
        return branches.flatMap((each) => writeOnlyTexts(each, value, hidden));
      })
    : [];
  const below = Object.entries(Object(value) as object).flatMap(([name, each]) =>
    schemasBelow(schema, value, name).flatMap((of) => writeOnlyTexts(of, each, hidden))
  );
  return [...new Set([...found, ...below])];
}

/** Words whose schemas are of the same value. */
const BRANCHES = ['allOf', 'anyOf', 'oneOf', 'if', 'then', 'else', 'dependentSchemas'];

/** What a schema may say of one member. At least one, so that nothing below a hidden place is missed. */
function schemasBelow(schema: unknown, value: unknown, name: string): readonly unknown[] {
  if (!isRecord(schema)) return [true];
  const own = isRecord(schema.properties) ? schema.properties : {};
  const first = Array.isArray(schema.prefixItems) ? (schema.prefixItems as unknown[]) : [];
  const said = Array.isArray(value)
    ? [first[Number(name)], schema.items, schema.contains, schema.unevaluatedItems]
    : [
        Object.hasOwn(own, name) ? own[name] : undefined,
        schema.additionalProperties,
        schema.unevaluatedProperties,
      ];
  return [true, ...said.filter((each) => each !== undefined)];
}

/** Of a JSON pointer in a fragment (RFC 6901, section 6). */
const pathOf = (pointer: string): readonly string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'));

function validate(schema: Schema, parameters: unknown, extent: 'first' | 'all' = 'first') {
  try {
    // The validator writes into the schema that it is given, which is the caller's and may be frozen.
    const copy = JSON.parse(JSON.stringify(schema)) as Schema;
    return new Validator(copy, '2020-12', extent === 'first').validate(parameters);
  } catch (cause) {
    throw new FormatError('PARAMETERS', 'the parameters cannot be checked against the schema', {
      cause,
    });
  }
}

/** What is wrong with a word's value at `place`, in one sentence, or `undefined`. */
type Rule = (value: unknown, place: string, depth: number) => string | undefined;

const MAX_DEPTH = 8;
const TYPES = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'];

/** Formats that are checked without backtracking. */
const FORMATS = 'date date-time duration email hostname ipv4 ipv6 time uuid'.split(' ');

const holds =
  (test: (value: unknown) => boolean, expected: string): Rule =>
  (value, place) =>
    test(value) ? undefined : `${place} has to be ${expected}`;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

const anything: Rule = () => undefined;
const text = holds((value) => typeof value === 'string', 'text');
const texts = holds(isTexts, 'a list of texts');
const flag = holds((value) => typeof value === 'boolean', 'true or false');
const number = holds((value) => typeof value === 'number', 'a number');
const positive = holds((value) => typeof value === 'number' && value > 0, 'a number above 0');
const count = holds((value) => Number.isSafeInteger(value) && Number(value) >= 0, 'a count');

const first = (sentences: Iterable<string | undefined>): string | undefined => {
  for (const sentence of sentences) if (sentence !== undefined) return sentence;
  return undefined;
};

/** One schema. */
const objection: Rule = (schema, place, depth) => {
  if (depth > MAX_DEPTH) return `${place} nests deeper than ${MAX_DEPTH} levels`;
  if (typeof schema === 'boolean') return undefined;
  if (!isRecord(schema)) return `${place} is not a schema`;
  return first(
    Object.entries(schema).map(([word, value]) => {
      const rule = WORDS.get(word);
      if (rule === undefined) return `${place} uses ${word}, which is not accepted`;
      return rule(value, `${place}/${word}`, depth);
    })
  );
};

const one: Rule = (value, place, depth) => objection(value, place, depth + 1);
const several: Rule = (value, place, depth) =>
  Array.isArray(value)
    ? first(value.map((schema, i) => one(schema, `${place}/${i}`, depth)))
    : `${place} has to be a list of schemas`;

/** Here the names are the service's own: one may be called `pattern` or `$ref`. */
const named: Rule = (value, place, depth) =>
  isRecord(value)
    ? first(Object.entries(value).map(([name, schema]) => one(schema, `${place}/${name}`, depth)))
    : `${place} has to be an object of schemas`;

const dependent: Rule = holds(
  (value) => isRecord(value) && Object.values(value).every(isTexts),
  'an object of lists of texts'
);

/** Every accepted word. A word's value is looked into only where it holds schemas. */
const WORDS = new Map<string, Rule>([
  ...['$schema', '$comment', 'title', 'description'].map((word) => [word, text] as const),
  // What a text holds: a form makes a file field of it. No validator looks into it.
  ['contentMediaType', text],
  ['contentEncoding', holds((value) => value === 'base64', 'base64')],
  ...['default', 'const'].map((word) => [word, anything] as const),
  ...['examples', 'enum'].map((word) => [word, holds(Array.isArray, 'a list')] as const),
  ...['deprecated', 'readOnly', 'writeOnly'].map((word) => [word, flag] as const),
  [
    'type',
    holds(
      (value) => {
        const types: unknown[] = Array.isArray(value) ? value : [value];
        return types.length > 0 && types.every((type) => TYPES.includes(type as string));
      },
      `one or more of ${TYPES.join(', ')}`
    ),
  ],
  ['format', holds((value) => FORMATS.includes(value as string), `one of ${FORMATS.join(', ')}`)],
  ['multipleOf', positive],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'].map(
    (word) => [word, number] as const
  ),
  ...['Length', 'Items', 'Properties', 'Contains'].flatMap((what) => [
    [`min${what}`, count] as const,
    [`max${what}`, count] as const,
  ]),
  ['required', texts],
  ['dependentRequired', dependent],
  ...['properties', 'dependentSchemas'].map((word) => [word, named] as const),
  ...['prefixItems', 'allOf', 'anyOf', 'oneOf'].map((word) => [word, several] as const),
  ...[
    'items',
    'contains',
    'additionalProperties',
    'propertyNames',
    'not',
    'if',
    'then',
    'else',
  ].map((word) => [word, one] as const),
  ...['unevaluatedItems', 'unevaluatedProperties'].map((word) => [word, one] as const),
]);
