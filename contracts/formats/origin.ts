import * as v from 'valibot';
import { sha256 } from '@noble/hashes/sha2.js';
import { halves } from './field.ts';
import { check, encodeJson, parseJson } from './json.ts';
import { parseKey } from './key.ts';
import { hashIn } from './poseidon.ts';

export {
  MAX_ORIGIN_BYTES,
  OriginSchema,
  type Origin,
  encodeOrigin,
  parseOrigin,
  originDigest,
  originCommitment,
};

/** With room for the rest of a note. */
const MAX_ORIGIN_BYTES = 8 * 1024;

/** C0, C1, the marks that reorder or split lines when shown, and what has no glyph at all. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const text = (max: number) =>
  v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(max),
    v.check((value) => !UNSEEN.test(value), 'expected text without control characters')
  );
const hexDigits = (count: number) =>
  v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${count}}$`), `expected ${count} hex digits`));

/** Path of a repository or file: relative, with no part that goes up or nowhere. */
const path = (max: number) =>
  v.pipe(
    text(max),
    v.check(
      (value) => value.split('/').every((part) => !['', '.', '..'].includes(part)),
      'expected a plain relative path'
    )
  );

/**
 * Where a run came from that nobody bought: what the forge says that it asked this runner to do. As
 * block its canonical JSON (RFC 8785); its digest stands where a bought job has its envelope's.
 */
const OriginSchema = v.strictObject({
  version: v.literal(1),
  forge: v.picklist(['github', 'gitlab', 'local']),
  /** Lower-case host name of the forge, with its port where that is not the usual one. */
  host: v.pipe(
    v.string(),
    v.regex(
      /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[1-9][0-9]{0,4})?$/,
      'expected host or host:port'
    )
  ),
  /** Path on the host: `owner/name`, `group/subgroup/project`. */
  repository: path(255),
  /** What was checked out: for a pull request the forge's merge commit. */
  commit: hexDigits(40),
  /** File that says what to run; digest `null` where the hook could not read it. */
  workflow: v.strictObject({ path: path(255), sha256: v.nullable(hexDigits(64)) }),
  /** The forge's number of the workflow run or pipeline, and which try of it this is, from 1. */
  run: v.pipe(v.string(), v.regex(/^[1-9][0-9]{0,19}$/, 'expected a decimal number')),
  attempt: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000)),
  /** `id` is `null` where the forge does not tell it to its hooks, as GitHub does not. */
  job: v.strictObject({
    id: v.nullable(v.pipe(v.string(), v.regex(/^[1-9][0-9]{0,19}$/, 'expected a decimal number'))),
    name: text(255),
  }),
  event: text(64),
  actor: text(255),
  /** Whether the code came from a fork; `null` where the hook could not tell. */
  fork: v.nullable(v.boolean()),
  /** Full name: `refs/heads/main`, `refs/pull/7/merge`. */
  ref: v.pipe(text(255), v.startsWith('refs/')),
});
type Origin = v.InferOutput<typeof OriginSchema>;

function encodeOrigin(origin: Origin): Uint8Array {
  check(OriginSchema, origin, 'origin');
  const bytes = encodeJson(origin);
  parseJson(bytes, MAX_ORIGIN_BYTES);
  return bytes;
}

const parseOrigin = (bytes: Uint8Array): Origin =>
  check(OriginSchema, parseJson(bytes, MAX_ORIGIN_BYTES), 'origin');

/** SHA-256 of the block. */
const originDigest = (origin: Origin): Uint8Array => sha256(encodeOrigin(origin));

/**
 * The run's identity, where a bought job's receipt has the request's commitment: Poseidon over the key
 * of the runner, whose log it is, and the origin's digest in halves.
 */
function originCommitment(runner: string, origin: Origin): bigint {
  const { x, isOdd } = parseKey(runner);
  return hashIn('origin', x, BigInt(isOdd), ...halves(originDigest(origin)));
}
