import * as v from 'valibot';
import { MODULUS } from '../formats/field.ts';
import { isKey } from '../formats/key.ts';

export { uint, field, publicKey, base58, authorization };

/** An unsigned number below 2^bits, as GraphQL scalars write it: a decimal string, at times a number. */
const uint = (bits: number) =>
  v.pipe(
    v.union([v.string(), v.pipe(v.number(), v.safeInteger())]),
    v.transform(String),
    v.regex(/^(0|[1-9][0-9]{0,19})$/, 'expected an unsigned decimal number'),
    v.transform((text) => BigInt(text)),
    v.check((value) => value >> BigInt(bits) === 0n, `expected a number below 2^${bits}`)
  );

const field = v.pipe(
  v.string(),
  v.regex(/^(0|[1-9][0-9]{0,76})$/, 'expected a field element in decimal'),
  v.transform((text) => BigInt(text)),
  v.check((value) => value < MODULUS, 'expected a number below the field modulus')
);

const publicKey = v.pipe(v.string(), v.check(isKey, 'expected a Mina public key (B62…)'));

/** Block and transaction hashes, which we compare but never take apart. */
const base58 = v.pipe(v.string(), v.regex(/^[1-9A-HJ-NP-Za-km-z]{1,128}$/, 'expected base58'));

const authorization = v.picklist(['None', 'Either', 'Proof', 'Signature', 'Impossible']);
