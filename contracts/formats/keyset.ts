import * as v from 'valibot';
import { isKey } from './key.ts';
import { check, encodeJson, parseJson } from './json.ts';

export { MAX_KEYSET_BYTES, KeysetSchema, type Keyset, encodeKeyset, parseKeyset, hasExpired };

const MAX_KEYSET_BYTES = 32 * 1024;

const publicKey = v.pipe(v.string(), v.check(isKey, 'expected a Mina public key (B62…)'));
const list = <S extends v.GenericSchema>(item: S, min: number, max: number) =>
  v.pipe(v.array(item), v.minLength(min), v.maxLength(max));

/**
 * How a service is reached in one epoch: whom to seal to, who signs receipts, who is paid, where
 * its node listens and where its log is. Replaced as a whole by a rotation.
 */
const KeysetSchema = v.strictObject({
  version: v.literal(1),
  epoch: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1)),
  /** age recipients, hybrid post-quantum (`age1pq1…`): what lies on IPFS is public for ever. */
  recipients: list(
    v.pipe(v.string(), v.regex(/^age1pq1[0-9a-z]{1,4096}$/, 'expected age1pq1…')),
    1,
    4
  ),
  runner: publicKey,
  payee: publicKey,
  /** Multiaddresses of the provider's IPFS node. */
  peers: list(
    v.pipe(v.string(), v.regex(/^\/[\x21-\x7e]{1,511}$/, 'expected a multiaddress')),
    0,
    16
  ),
  /** Where requests may be handed over directly. */
  endpoint: v.nullable(
    v.pipe(v.string(), v.regex(/^https?:\/\/[^\s@#]{1,505}$/, 'expected http(s)'))
  ),
  /** Git repository with the tabs' logs. */
  log: v.pipe(v.string(), v.regex(/^https?:\/\/[^\s@#]{1,505}$/, 'expected http(s)')),
  /** Last slot (since genesis) at which anything may be sealed to it; absent for no such end. */
  until: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 32 - 1))),
  /**
   * SHA-256 of the keyset before, in hex; absent in the first. So the one digest that the account holds
   * names every keyset that there ever was, and no archive can make one up or leave one out.
   */
  previous: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits'))),
});
type Keyset = v.InferOutput<typeof KeysetSchema>;

function encodeKeyset(keyset: Keyset): Uint8Array {
  check(KeysetSchema, keyset, 'keyset');
  const bytes = encodeJson(keyset);
  parseJson(bytes, MAX_KEYSET_BYTES);
  return bytes;
}

const parseKeyset = (bytes: Uint8Array): Keyset =>
  check(KeysetSchema, parseJson(bytes, MAX_KEYSET_BYTES), 'keyset');

/** Whether its time is over at this slot. Nobody seals to it any more, and nobody opens what is. */
const hasExpired = ({ until }: Pick<Keyset, 'until'>, slot: number): boolean =>
  until !== undefined && until < slot;
