import { Decrypter, Encrypter } from 'age-encryption';
import { Reader, Writer } from './bytes.ts';
import { FormatError } from './error.ts';

export { SIZE_CLASSES, MAX_SEALED_BYTES, seal, unseal };

/** Plaintexts are padded to one of these, so that a ciphertext's length says little. In bytes. */
const SIZE_CLASSES = [4, 16, 64, 256, 1024].map((kib) => kib * 1024);
/** The largest class, and what age puts around it for four recipients. */
const MAX_SEALED_BYTES = SIZE_CLASSES.at(-1)! + 16 * 1024;

/**
 * Pads and seals to every recipient (age, hybrid post-quantum).
 *
 * @throws FormatError `SIZE`; `ENVELOPE` for no recipients or what is none
 */
async function seal(content: Uint8Array, recipients: readonly string[]): Promise<Uint8Array> {
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

/** Opens with any of the identities. @throws FormatError `SIZE`; `ENVELOPE` where {@link seal} would not have made it */
async function unseal(sealed: Uint8Array, identities: readonly string[]): Promise<Uint8Array> {
  if (sealed.length > MAX_SEALED_BYTES)
    throw new FormatError('SIZE', `a sealed envelope of ${sealed.length} bytes is too large`);
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  let padded: Uint8Array;
  try {
    padded = await decrypter.decrypt(sealed);
  } catch (cause) {
    throw new FormatError('ENVELOPE', 'no key at hand opens the envelope', { cause });
  }
  return unpad(padded);
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
