import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { KeyPair } from '../../contracts/chain/sign.ts';
import { CliError } from '../cli/error.ts';
import { newIdentity, newKey, readKeyFile, writeKeyFile } from '../cli/key-file.ts';

export { type DemoKeys, demoKeys };

/** Key files of both sides, in the demo's home. */
interface DemoKeys {
  readonly owner: KeyPair;
  readonly requester: KeyPair;
  readonly files: { readonly owner: string; readonly requester: string; readonly runner: string };
  readonly runner: KeyPair;
  readonly identity: { readonly file: string; readonly recipient: string };
}

const AccountSchema = v.object({ pk: v.string(), sk: v.string() });

/** Makes what is not there yet. Wallets are funded accounts of the network's account manager. */
async function demoKeys(home: string, accountManager: string): Promise<DemoKeys> {
  const file = (name: string): string => join(home, 'keys', `${name}.json`);
  const files = { owner: file('provider'), requester: file('requester'), runner: file('runner') };
  for (const path of [files.owner, files.requester])
    if (!existsSync(path)) writeKeyFile(path, { type: 'mina', ...(await acquire(accountManager)) });
  if (!existsSync(files.runner)) writeKeyFile(files.runner, newKey());
  const identityFile = file('epoch-0');
  if (!existsSync(identityFile)) writeKeyFile(identityFile, await newIdentity());
  return {
    owner: readKeyFile(files.owner, 'mina'),
    requester: readKeyFile(files.requester, 'mina'),
    runner: readKeyFile(files.runner, 'mina'),
    files,
    identity: { file: identityFile, recipient: readKeyFile(identityFile, 'age').recipient },
  };
}

async function acquire(accountManager: string): Promise<KeyPair> {
  const response = await fetch(`${accountManager}/acquire-account`);
  const result = v.safeParse(AccountSchema, await response.json());
  if (!result.success)
    throw new CliError('FAILED', 'the network has no funded account left; remove .runproof/.');
  return { publicKey: result.output.pk, privateKey: result.output.sk };
}
