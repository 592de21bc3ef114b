import { base64 } from '@scure/base';
import * as v from 'valibot';
import {
  type Binding,
  type Credential,
  CredentialSchema,
  credentialCommitment,
  secretDigest,
} from './credential.ts';
import { FormatError } from './error.ts';
import { check, encodeJson, parseJson } from './json.ts';
import { SIZE_CLASSES, seal, unseal } from './sealed.ts';
import { type VaultEntry, assertBound, commitmentHex, encodeVaultEntry } from './vault-entry.ts';

export { MAX_SECRET_CHARS, type Kept, sealCredential, openCredential };

/** As long as a secret of an envelope may be, so that it fits a class of 256 KiB however it is written. */
const MAX_SECRET_CHARS = 32_768;

const ContentSchema = v.strictObject({
  version: v.literal(1),
  ...CredentialSchema.entries,
  secret: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_SECRET_CHARS)),
  blinding: commitmentHex,
});

/** A secret with everything that opens its commitment. */
interface Kept {
  readonly credential: Credential;
  readonly secret: string;
  readonly blinding: bigint;
}

/**
 * Seals a secret, and the opening of its commitment with it, to the recipients of one epoch.
 *
 * @returns a raw block, and what it says in the clear
 */
async function sealCredential(
  { credential, secret, blinding }: Kept,
  { recipients, epoch }: { readonly recipients: readonly string[]; readonly epoch: number }
): Promise<{ readonly block: Uint8Array; readonly entry: VaultEntry }> {
  const commitment = credentialCommitment(credential, { secret: secretDigest(secret), blinding });
  const content = check(
    ContentSchema,
    { version: 1, ...credential, secret, blinding: hexOf(blinding) },
    'credential'
  );
  const { network, service, tab, purpose } = credential;
  const entry: VaultEntry = {
    ...{ version: 1, network, service, tab, purpose, epoch },
    commitment: hexOf(commitment),
    sealed: base64.encode(await seal(encodeJson(content), recipients)),
  };
  return { block: encodeVaultEntry(entry), entry };
}

/**
 * Opens an entry, and holds what comes out to what was committed and to what it is wanted for: a
 * ciphertext that somebody moved here, or that opens to something else than its commitment says, is
 * worth nothing (K3).
 *
 * @throws FormatError `ENVELOPE` where no key opens it; `COMMITMENT` where it is another's or another one
 */
async function openCredential(
  entry: VaultEntry,
  identities: readonly string[],
  wanted: Binding
): Promise<Kept> {
  assertBound(entry, wanted);
  let sealed: Uint8Array;
  try {
    sealed = base64.decode(entry.sealed);
  } catch (cause) {
    throw new FormatError('ENCODING', 'the sealed part is not base 64', { cause });
  }
  const content = check(
    ContentSchema,
    parseJson(await unseal(sealed, identities), SIZE_CLASSES[3]!),
    'credential'
  );
  const { network, service, tab, purpose, host, scopes, expiry, secret, blinding } = content;
  const credential = { network, service, tab, purpose, host, scopes, expiry };
  assertBound(credential, wanted);
  const kept: Kept = { credential, secret, blinding: BigInt(`0x${blinding}`) };
  const opening = { secret: secretDigest(secret), blinding: kept.blinding };
  if (hexOf(credentialCommitment(credential, opening)) !== entry.commitment)
    throw new FormatError(
      'COMMITMENT',
      `what was opened is not what ${entry.commitment} commits to; have it sealed again`
    );
  return kept;
}

const hexOf = (value: bigint): string => value.toString(16).padStart(64, '0');
