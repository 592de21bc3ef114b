import canonicalizeModule from 'canonicalize';
import * as v from 'valibot';
import { equalBytes, utf8 } from './bytes.ts';
import { FormatError } from './error.ts';

export { encodeJson, parseJson, check, decimal, type Json };

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

// The package is CommonJS with a `default` that bundlers and Node unwrap differently.
const canonicalize = canonicalizeModule;

/** RFC 8785 bytes: one value, one encoding. */
function encodeJson(value: unknown): Uint8Array {
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
    throw new FormatError('ENCODING', 'the block is not JSON', { cause });
  }
  if (!equalBytes(encodeJson(value), bytes))
    throw new FormatError('ENCODING', 'the JSON is not in canonical form (RFC 8785)');
  return value;
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
