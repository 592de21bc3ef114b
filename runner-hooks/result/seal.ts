import { open, rm } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';

export { sealFile };

/**
 * Replaces a file by `<file>.age`, sealed to one age recipient, chunk by chunk.
 *
 * @returns the new path
 */
async function sealFile(path: string, recipient: string): Promise<string> {
  const sealed = `${path}.age`;
  // With all its ciphers some thirty milliseconds, which a public result need not pay.
  const { Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  const source = await open(path);
  try {
    const stream = Readable.toWeb(source.createReadStream({ autoClose: false }));
    const ciphertext = await encrypter.encrypt(stream as unknown as ReadableStream<Uint8Array>);
    await pipeline(
      Readable.fromWeb(ciphertext as unknown as NodeReadableStream<Uint8Array>),
      createWriteStream(sealed, { flags: 'wx' })
    );
  } finally {
    await source.close();
  }
  await rm(path);
  return sealed;
}
