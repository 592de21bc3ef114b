import canonicalizeModule from 'canonicalize';
import * as v from 'valibot';
import { equalBytes, utf8 } from './bytes.ts';
import { FormatError } from './error.ts';

export { encodeJson, parseJson, check, decimal, type Json };

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Levels of arrays and objects: more than any block of ours needs. */
const MAX_DEPTH = 64;
const LONE_SURROGATE = /\p{Surrogate}/u;
const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);

// The package is CommonJS with a `default` that bundlers and Node unwrap differently.
const canonicalize = canonicalizeModule;

/** RFC 8785 bytes: one value, one encoding. */
function encodeJson(value: unknown): Uint8Array {
  assertPortable(value, 0);
  const text = canonicalize(value);
  if (text === undefined) throw new FormatError('ENCODING', 'the value has no JSON form');
  return utf8.encode(text);
}

/** Reads RFC 8785 bytes of at most `maxBytes` and refuses every other encoding of the same value. */
function parseJson(bytes: Uint8Array, maxBytes: number): unknown {
  if (bytes.length > maxBytes)
    throw new FormatError('SIZE', `${bytes.length} bytes of JSON, at most ${maxBytes} allowed`);
  const text = utf8.decode(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FormatError('ENCODING', 'the bytes are not JSON', { cause });
  }
  if (!equalBytes(encodeJson(value), bytes))
    throw new FormatError('ENCODING', 'the JSON is not in canonical form (RFC 8785)');
  return value;
}

/**
 * Refuses what two readers could take for different values: numbers JSON has not, lone surrogates
 * (RFC 7493, section 2.1), names that reach an object's prototype, and nesting that ends a stack.
 */
function assertPortable(value: unknown, depth: number): void {
  if (depth > MAX_DEPTH)
    throw new FormatError('RANGE', `the JSON nests deeper than ${MAX_DEPTH} levels`);
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new FormatError('ENCODING', `${value} is not a JSON number`);
  if (typeof value === 'bigint')
    throw new FormatError('ENCODING', 'a bigint has no JSON form; write it as a decimal string');
  if (typeof value === 'string' && LONE_SURROGATE.test(value))
    throw new FormatError('ENCODING', 'a string of the JSON is not well-formed Unicode');
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) for (const item of value) assertPortable(item, depth + 1);
  else
    for (const [name, item] of Object.entries(value)) {
      if (RESERVED.has(name) || LONE_SURROGATE.test(name))
        throw new FormatError('ENCODING', `${JSON.stringify(name)} is not accepted as a JSON name`);
      assertPortable(item, depth + 1);
    }
}

/** Holds `value` against a schema; the sentence names the first field that fails and why. */
function check<const S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  what: string
): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  throw new FormatError('SHAPE', `${what}${path === null ? '' : `.${path}`}: ${issue.message}`);
}

/** A decimal string without sign or leading zeros, at most `max`: JSON numbers lose digits. */
const decimal = (max: bigint) =>
  v.pipe(
    v.string(),
    v.regex(/^(0|[1-9][0-9]{0,77})$/, 'expected a decimal number'),
    v.check((text) => BigInt(text) <= max, `expected at most ${max}`)
  );
