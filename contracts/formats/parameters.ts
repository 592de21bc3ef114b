import { Validator, type Schema } from '@cfworker/json-schema';
import * as v from 'valibot';
import { FormatError } from './error.ts';
import type { Json } from './json.ts';

export { ParameterSchema, type Parameters, assertParameters };

type Parameters = Readonly<Record<string, Json>>;

/** Schema words that make validation unbounded, or that reach outside the document. */
const REFUSED = ['$ref', '$dynamicRef', '$recursiveRef', 'pattern', 'patternProperties', '$id'];
const MAX_DEPTH = 8;

/**
 * A service's parameters as JSON Schema (2020-12): an object at the top, no references, and no
 * regular expressions, whose backtracking would let a provider's schema stall a requester's client.
 */
const ParameterSchema = v.pipe(
  v.looseObject({ type: v.literal('object') }),
  v.check(
    (schema) => refusedWord(schema, 0) === undefined,
    (issue) => `the schema ${refusedWord(issue.input, 0) ?? ''}`
  )
);

function refusedWord(schema: unknown, depth: number): string | undefined {
  if (depth > MAX_DEPTH) return `nests deeper than ${MAX_DEPTH} levels`;
  if (typeof schema !== 'object' || schema === null) return undefined;
  for (const [key, value] of Object.entries(schema)) {
    // A property may be *named* `pattern`; only a schema word is refused.
    if (
      REFUSED.includes(key) &&
      !(typeof value === 'object' && value !== null && key === 'pattern')
    )
      return `uses ${key}, which is not accepted`;
    const found = refusedWord(value, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Checked before anything is sealed, and again before anything runs. */
function assertParameters(schema: unknown, parameters: unknown): Parameters {
  const { valid, errors } = new Validator(schema as Schema, '2020-12').validate(parameters);
  if (valid) return parameters as Parameters;
  const { instanceLocation, error } = errors.at(-1)!;
  const place = instanceLocation.replace(/^#\/?/, '') || 'parameters';
  throw new FormatError('PARAMETERS', `${place}: ${error}`);
}
