import * as v from 'valibot';
import { sha256 } from '@noble/hashes/sha2.js';
import { assertUint, utf8 } from './bytes.ts';
import { FormatError } from './error.ts';
import { assertField, fromText, halves } from './field.ts';
import { check } from './json.ts';
import { isKey, parseKey } from './key.ts';
import { hashIn } from './poseidon.ts';

export {
  SCOPE_DEPTH,
  MAX_SCOPES,
  BindingSchema,
  CredentialSchema,
  type Binding,
  type Credential,
  type Opening,
  bindingCommitment,
  credentialCommitment,
  hostDigest,
  secretDigest,
  scopeLeaf,
  scopeRoot,
  scopePath,
};

/** Scopes are the leaves of a small tree, so that one of them can be shown without the rest. */
const SCOPE_DEPTH = 4;
const MAX_SCOPES = 2 ** SCOPE_DEPTH;

/** The one service, tab and purpose that a secret is for. What is bound elsewhere is refused (K3). */
const BindingSchema = v.strictObject({
  network: v.pipe(v.string(), v.regex(/^[\x20-\x7e]{1,31}$/, 'expected a network id')),
  service: v.pipe(v.string(), v.check(isKey, 'expected an address (B62…)')),
  /** `null`: the provider's own, for all tabs of the service. */
  tab: v.nullable(v.pipe(v.string(), v.check(isKey, 'expected an address (B62…)'))),
  /** `job`: for the job to use. `trigger`: starts pipelines or workflows at a forge, and no job sees it. */
  purpose: v.picklist(['job', 'trigger']),
});
type Binding = v.InferOutput<typeof BindingSchema>;

const scope = v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,64}$/, 'expected 1 to 64 characters'));

/** What can be said of a secret without showing it. */
const CredentialSchema = v.strictObject({
  ...BindingSchema.entries,
  /** Where it opens something: `host` or `host:port`, lower case; `null` for no host. */
  host: v.nullable(
    v.pipe(
      v.string(),
      v.regex(
        /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[1-9][0-9]{0,4})?$/,
        'expected host or host:port'
      )
    )
  ),
  /** What it opens there, in the host's own words; sorted, so that a set has one form. */
  scopes: v.pipe(
    v.array(scope),
    v.maxLength(MAX_SCOPES),
    v.check(
      (scopes) => scopes.every((each, i) => i === 0 || scopes[i - 1]! < each),
      'expected different scopes in order'
    )
  ),
  /** Last slot (since genesis) at which anybody may use it. */
  expiry: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 32 - 1)),
});
type Credential = v.InferOutput<typeof CredentialSchema>;

/** What opens a commitment, besides what it says. Whoever has it can prove predicates. */
interface Opening {
  /** See {@link secretDigest}. Guessable where the secret is: it never leaves the sealed part. */
  readonly secret: Uint8Array;
  /** A random field element: without it the commitment could be found by trying. */
  readonly blinding: bigint;
}

const PURPOSE = { job: 0n, trigger: 1n } as const;
/** A parity that no key has. */
const NO_TAB = [0n, 2n] as const;

/** Poseidon over network, purpose, service and tab: 6 elements. In the clear wherever a commitment is. */
function bindingCommitment({ network, purpose, service, tab }: Binding): bigint {
  return hashIn(
    'credentialBinding',
    fromText(network),
    PURPOSE[purpose],
    ...keyElements(service),
    ...(tab === null ? NO_TAB : keyElements(tab))
  );
}

/** Hides all of it and binds to all of it: 8 elements. @throws FormatError `SHAPE`, `RANGE` */
function credentialCommitment(credential: Credential, { secret, blinding }: Opening): bigint {
  check(CredentialSchema, credential, 'credential');
  const { host, scopes, expiry } = credential;
  return hashIn(
    'credential',
    bindingCommitment(credential),
    ...(host === null ? [0n, 0n] : halves(hostDigest(host))),
    scopeRoot(scopes),
    assertUint(expiry, 32, 'expiry'),
    ...halves(secret),
    assertField(blinding, 'blinding')
  );
}

/** A host as commitments and claims have it: SHA-256 of its text. */
const hostDigest = (host: string): Uint8Array => sha256(utf8.encode(host));
/** SHA-256 of the secret's bytes. */
const secretDigest = (secret: string): Uint8Array => sha256(utf8.encode(secret));

const scopeLeaf = (text: string): bigint => hashIn('scope', ...halves(sha256(utf8.encode(text))));

/** Root over {@link MAX_SCOPES} leaves, from the left; unused ones are 0. */
const scopeRoot = (scopes: readonly string[]): bigint => levels(scopes).at(-1)![0]!;

/** The siblings of a scope from its leaf up, and its place. @throws FormatError `SHAPE` where it is not among them */
function scopePath(
  scopes: readonly string[],
  wanted: string
): { readonly siblings: readonly bigint[]; readonly index: number } {
  const index = scopes.indexOf(wanted);
  if (index < 0)
    throw new FormatError('SHAPE', `${JSON.stringify(wanted)} is none of the credential's scopes`);
  const siblings = levels(scopes)
    .slice(0, SCOPE_DEPTH)
    .map((level, depth) => level[(index >> depth) ^ 1]!);
  return { siblings, index };
}

function levels(scopes: readonly string[]): readonly (readonly bigint[])[] {
  const all = [
    Array.from({ length: MAX_SCOPES }, (_, i) =>
      scopes[i] === undefined ? 0n : scopeLeaf(scopes[i])
    ),
  ];
  for (let depth = 0; depth < SCOPE_DEPTH; depth++) {
    const below = all[depth]!;
    all.push(
      Array.from({ length: below.length / 2 }, (_, i) =>
        hashIn('scopeNode', below[2 * i]!, below[2 * i + 1]!)
      )
    );
  }
  return all;
}

function keyElements(key: string): readonly [bigint, bigint] {
  const { x, isOdd } = parseKey(key);
  return [x, BigInt(isOdd)];
}
