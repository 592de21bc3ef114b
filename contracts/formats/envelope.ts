import * as v from 'valibot';
import { isKey } from './key.ts';
import { check, encodeJson, parseJson } from './json.ts';
import { MAX_SEALED_BYTES as MAX_ENVELOPE_BYTES, SIZE_CLASSES, seal, unseal } from './sealed.ts';

export { MAX_ENVELOPE_BYTES, SIZE_CLASSES, type Envelope, sealEnvelope, openEnvelope };

/** As environment variables and files are called. */
const secretName = v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/));
const secret = v.pipe(v.string(), v.maxLength(32_768));
const EnvelopeSchema = v.strictObject({
  version: v.literal(1),
  /** The ids of the request it belongs to: a ciphertext can't be moved to another job. */
  network: v.pipe(v.string(), v.maxLength(31)),
  service: v.pipe(v.string(), v.check(isKey)),
  tab: v.pipe(v.string(), v.check(isKey)),
  sequence: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 32 - 1)),
  parameters: v.record(v.string(), v.any()),
  secrets: v.record(secretName, secret),
  /**
   * Secrets that lie in the vault: SHA-256 of their blocks, in hex. Absent where there are none. The
   * request's signature is over the envelope's digest, so it binds its requester to them.
   */
  vault: v.optional(
    v.pipe(
      v.record(secretName, v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits'))),
      v.check((vault) => {
        const count = Object.keys(vault).length;
        return count >= 1 && count <= 8;
      }, 'expected 1 to 8 secrets of the vault')
    )
  ),
  /** age recipient that a sealed result is sealed to. */
  reply: v.pipe(v.string(), v.regex(/^age1[0-9a-z]{1,4096}$/)),
});
type Envelope = v.InferOutput<typeof EnvelopeSchema>;

/** Seals to every recipient (age, hybrid post-quantum). The result is a raw block. */
async function sealEnvelope(
  envelope: Envelope,
  recipients: readonly string[]
): Promise<Uint8Array> {
  check(EnvelopeSchema, envelope, 'envelope');
  return seal(encodeJson(envelope), recipients);
}

/** Opens with any of the identities; refuses whatever {@link sealEnvelope} would not have made. */
async function openEnvelope(sealed: Uint8Array, identities: readonly string[]): Promise<Envelope> {
  const content = await unseal(sealed, identities);
  return check(EnvelopeSchema, parseJson(content, SIZE_CLASSES.at(-1)!), 'envelope');
}
