import { existsSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { parseKey } from '../../contracts/formats/key.ts';
import { RequesterError } from '../../requester/error.ts';
import { type VaultRecord, type VaultStore, VaultRecordSchema } from '../../requester/vault.ts';
import { replaceFile } from './durable-file.ts';

export { fileVault };

const MAX_BYTES = 16 * 1024;
const NAME = /^([A-Za-z_][A-Za-z0-9_]{0,63})\.json$/;

/** One file a secret, which only its owner reads: `<folder>/<tab or service>/<name>.json`. */
const fileVault = (folder: string): VaultStore => ({
  keep: async (owner, record) => {
    parseKey(owner);
    mkdirSync(join(folder, owner), { recursive: true, mode: 0o700 });
    replaceFile(pathOf(folder, owner, record.name), `${JSON.stringify(record, null, 2)}\n`);
  },
  read: async (owner, name) => read(folder, owner, name),
  list: async (owner) => {
    parseKey(owner);
    const place = join(folder, owner);
    const names = existsSync(place) ? readdirSync(place) : [];
    return names
      .flatMap((file) => NAME.exec(file)?.[1] ?? [])
      .sort()
      .map((name) => read(folder, owner, name));
  },
});

const pathOf = (folder: string, owner: string, name: string): string =>
  join(folder, owner, `${name}.json`);

function read(folder: string, owner: string, name: string): VaultRecord {
  parseKey(owner);
  const path = pathOf(folder, owner, name);
  if (!NAME.test(`${name}.json`) || !existsSync(path))
    throw new RequesterError('NOT_FOUND', `there is no secret ${name} for ${owner}; put it first.`);
  try {
    const { mode, size } = statSync(path);
    if ((mode & 0o077) !== 0) throw new Error('others can read it; run chmod 600 on it');
    if (size > MAX_BYTES) throw new Error(`it has ${size} bytes`);
    const record = v.parse(VaultRecordSchema, JSON.parse(readFileSync(path, 'utf8')));
    if (record.name !== name) throw new Error('it is of another name');
    return record;
  } catch (cause) {
    throw new RequesterError(
      'CREDENTIAL',
      `${path} is not the file of that secret, or not only yours; restore it, or put the secret again.`,
      { cause }
    );
  }
}
