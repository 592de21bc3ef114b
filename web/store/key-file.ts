import { Decrypter, Encrypter } from 'age-encryption';
import * as v from 'valibot';
import { utf8 } from '../../contracts/formats/bytes.ts';
import { JobRow, parseJob, parseTab } from './records.ts';

export { KeyFileError, type KeyFileCode, type Backup, sealBackup, openBackup };

type KeyFileCode =
  | 'PASSPHRASE' // wrong, or too short to export with
  | 'KEY_FILE'; // not a file that we wrote, or damaged

class KeyFileError extends Error {
  override readonly name = 'KeyFileError';

  constructor(
    readonly code: KeyFileCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}

/** Everything that a browser must not lose. */
const Backup = v.strictObject({
  version: v.literal(1),
  /** Held to their shape one by one. */
  tabs: v.pipe(v.array(v.unknown()), v.maxLength(10_000)),
  jobs: v.pipe(v.array(JobRow), v.maxLength(100_000)),
});
type Backup = v.InferOutput<typeof Backup>;

const MAX_BYTES = 256 * 2 ** 20;
const MIN_PASSPHRASE = 8;
/** Every file of passphrase begins so (age-encryption.org/v1). */
const PREFIX = 'age-encryption.org/v1\n-> scrypt ';

/** @throws KeyFileError `PASSPHRASE` */
async function sealBackup(backup: Backup, passphrase: string): Promise<Blob> {
  if (passphrase.length < MIN_PASSPHRASE)
    throw new KeyFileError(
      'PASSPHRASE',
      `The passphrase has ${passphrase.length} characters; take at least ${MIN_PASSPHRASE}.`
    );
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  const bytes = await encrypter.encrypt(utf8.encode(JSON.stringify(v.parse(Backup, backup))));
  return new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'application/age' });
}

/** @throws KeyFileError */
async function openBackup(file: Blob, passphrase: string): Promise<Backup> {
  if (file.size > MAX_BYTES)
    throw new KeyFileError(
      'KEY_FILE',
      `A key file has at most ${MAX_BYTES} bytes; choose another.`
    );
  const bytes = new Uint8Array(await file.arrayBuffer());
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, PREFIX.length));
  if (start !== PREFIX)
    throw new KeyFileError(
      'KEY_FILE',
      'That is not a key file of Runproof; choose the one that “Export keys” wrote.'
    );
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  let text: string;
  try {
    text = utf8.decode(await decrypter.decrypt(bytes));
  } catch (cause) {
    throw new KeyFileError(
      'PASSPHRASE',
      'The file does not open with that passphrase, or it is damaged; try again.',
      { cause }
    );
  }
  try {
    const backup = v.parse(Backup, JSON.parse(text));
    for (const row of backup.tabs) parseTab(row);
    for (const row of backup.jobs) parseJob(row, row.tab, row.sequence);
    return backup;
  } catch (cause) {
    // The cause may quote keys: it is kept out of the sentence.
    throw new KeyFileError(
      'KEY_FILE',
      'The file opens, but is not a key file of this version of Runproof; nothing was imported.',
      { cause }
    );
  }
}
