import { Decrypter, Encrypter } from 'age-encryption';
import * as v from 'valibot';
import { Reader, Writer } from './bytes.ts';
import { FormatError } from './error.ts';
import { isKey } from './key.ts';
import { check, encodeJson, parseJson } from './json.ts';

export { MAX_ENVELOPE_BYTES, SIZE_CLASSES, type Envelope, sealEnvelope, openEnvelope };

const secret = v.pipe(v.string(), v.maxLength(32_768));
const EnvelopeSchema = v.strictObject({
  version: v.literal(1),
  /** The ids of the request it belongs to: a ciphertext can't be moved to another job. */
  network: v.pipe(v.string(), v.maxLength(31)),
  service: v.pipe(v.string(), v.check(isKey)),
  tab: v.pipe(v.string(), v.check(isKey)),
  sequence: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 32 - 1)),
  parameters: v.record(v.string(), v.any()),
  secrets: v.record(v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/)), secret),
  /** age recipient that a sealed result is sealed to. */
  reply: v.pipe(v.string(), v.regex(/^age1[0-9a-z]{1,4096}$/)),
});
type Envelope = v.InferOutput<typeof EnvelopeSchema>;

/** Plaintexts are padded to one of these, so that a ciphertext's length says little. In bytes. */
const SIZE_CLASSES = [4, 16, 64, 256, 1024].map((kib) => kib * 1024);
const MAX_ENVELOPE_BYTES = SIZE_CLASSES.at(-1)! + 16 * 1024;

/** Seals to every recipient (age, hybrid post-quantum). The result is a raw block. */
async function sealEnvelope(
  envelope: Envelope,
  recipients: readonly string[]
): Promise<Uint8Array> {
  check(EnvelopeSchema, envelope, 'envelope');
  const content = encodeJson(envelope);
  if (recipients.length === 0)
    throw new FormatError('ENVELOPE', 'an envelope sealed to nobody can be opened by nobody');
  const encrypter = new Encrypter();
  try {
    for (const recipient of recipients) encrypter.addRecipient(recipient);
  } catch (cause) {
    throw new FormatError('ENVELOPE', 'a recipient is not an age recipient', { cause });
  }
  return encrypter.encrypt(pad(content));
}

/** Opens with any of the identities; refuses whatever {@link sealEnvelope} would not have made. */
async function openEnvelope(sealed: Uint8Array, identities: readonly string[]): Promise<Envelope> {
  if (sealed.length > MAX_ENVELOPE_BYTES)
    throw new FormatError('SIZE', `a sealed envelope of ${sealed.length} bytes is too large`);
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  let padded: Uint8Array;
  try {
    padded = await decrypter.decrypt(sealed);
  } catch (cause) {
    throw new FormatError('ENVELOPE', 'no key at hand opens the envelope', { cause });
  }
  return check(EnvelopeSchema, parseJson(unpad(padded), SIZE_CLASSES.at(-1)!), 'envelope');
}

/** 4 length + content + zeros up to a size class. */
function pad(content: Uint8Array): Uint8Array {
  const size = SIZE_CLASSES.find((max) => content.length + 4 <= max);
  if (size === undefined)
    throw new FormatError(
      'SIZE',
      `${content.length} bytes do not fit an envelope; send files by CID`
    );
  const padded = new Uint8Array(size);
  padded.set(new Writer().uint(content.length, 4, 'length').finish());
  padded.set(content, 4);
  return padded;
}

function unpad(padded: Uint8Array): Uint8Array {
  const reader = new Reader(padded);
  const content = reader.bytes(Number(reader.uint(4)));
  const rest = padded.subarray(4 + content.length);
  if (pad(content).length !== padded.length || rest.some((byte) => byte !== 0))
    throw new FormatError('ENVELOPE', 'the envelope is not padded to its size class');
  return content;
}
