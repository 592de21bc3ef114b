import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { generateHybridIdentity, identityToRecipient } from 'age-encryption';
import * as v from 'valibot';
import { generateKeyPair, publicKeyOf } from '../../contracts/chain/sign.ts';
import { CliError } from './error.ts';

export { type KeyFile, newKey, newIdentity, readKeyFile, writeKeyFile };

/** A Mina key pair or an age identity, in a file that only its owner can read. */
const KeyFileSchema = v.variant('type', [
  v.strictObject({ type: v.literal('mina'), publicKey: v.string(), privateKey: v.string() }),
  v.strictObject({ type: v.literal('age'), recipient: v.string(), identity: v.string() }),
]);
type KeyFile = v.InferOutput<typeof KeyFileSchema>;
type KeyOf<T extends KeyFile['type']> = Extract<KeyFile, { type: T }>;

const newKey = (): KeyOf<'mina'> => ({ type: 'mina', ...generateKeyPair() });

async function newIdentity(): Promise<KeyOf<'age'>> {
  const identity = await generateHybridIdentity();
  return { type: 'age', recipient: await identityToRecipient(identity), identity };
}

/** Never over an existing file: a key that is overwritten is money that is gone. */
function writeKeyFile(path: string, key: KeyFile): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path, `${JSON.stringify(key, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new CliError('KEY_FILE', `${path} exists already; choose another file.`, { cause });
  }
  chmodSync(path, 0o600);
}

/** @throws CliError `KEY_FILE`; the message never holds what the file held */
function readKeyFile<T extends KeyFile['type']>(path: string, type: T): KeyOf<T> {
  let text: string;
  try {
    const { mode } = statSync(path);
    if ((mode & 0o077) !== 0)
      throw new CliError('KEY_FILE', `${path} can be read by others; run chmod 600 on it.`);
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw new CliError('KEY_FILE', `${path} cannot be read; make one with \`runproof key new\`.`, {
      cause,
    });
  }
  const result = v.safeParse(KeyFileSchema, parse(path, text));
  if (!result.success || result.output.type !== type)
    throw new CliError('KEY_FILE', `${path} is not a key file of type ${type}.`);
  const key: KeyFile = result.output;
  if (key.type === 'mina' && publicKeyOf(key.privateKey) !== key.publicKey)
    throw new CliError('KEY_FILE', `${path}: the two keys do not belong together.`);
  return key as KeyOf<T>;
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CliError('KEY_FILE', `${path} is not JSON.`);
  }
}
