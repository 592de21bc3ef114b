import { sha256 } from '@noble/hashes/sha2.js';
import { equalBytes, fromHex } from '../../contracts/formats/bytes.ts';
import type { Envelope } from '../../contracts/formats/envelope.ts';
import { FormatError } from '../../contracts/formats/error.ts';
import type { SignedRequest } from '../../contracts/formats/request.ts';
import { openCredential } from '../../contracts/formats/vault.ts';
import { parseVaultEntry } from '../../contracts/formats/vault-entry.ts';
import { DaemonError, Refusal } from './error.ts';

export { type VaultBlocks, type VaultKeys, openVault, openTriggerToken };

/** Vault blocks of a job by the names that its envelope gives them. */
type VaultBlocks = ReadonlyMap<string, Uint8Array>;

interface VaultKeys {
  /** Of the service's keyset of `epoch`. */
  readonly identities: readonly string[];
  readonly epoch: number;
  /** Now, since genesis. */
  readonly slot: number;
}

/**
 * Opens what the envelope names in the vault. The requester has signed the envelope and so the digests
 * of the blocks; each has to be bound to this very service and tab and to jobs, to open to what it commits
 * to, and to be in time. Anything else is refused, and nothing of it is used (K3).
 *
 * @returns the secrets by name
 * @throws {Refusal} `CREDENTIAL`
 */
async function openVault(
  { terms }: SignedRequest,
  { vault = {}, secrets: own }: Pick<Envelope, 'vault' | 'secrets'>,
  blocks: VaultBlocks,
  { identities, epoch, slot }: VaultKeys
): Promise<Readonly<Record<string, string>>> {
  const { network, service, tab } = terms;
  const secrets: [string, string][] = [];
  for (const [name, digest] of Object.entries(vault)) {
    const refuse = (why: string, cause?: unknown): Refusal =>
      new Refusal('CREDENTIAL', `the secret ${name} cannot be used: ${why}`, { cause });
    if (Object.hasOwn(own, name)) throw refuse('the envelope has another of this name');
    const block = blocks.get(name);
    if (block === undefined || !equalBytes(sha256(block), fromHex(digest, 32)))
      throw refuse('its block is not the one that the envelope names');
    try {
      const entry = parseVaultEntry(block);
      if (entry.epoch !== epoch)
        throw refuse(`it is sealed to epoch ${entry.epoch}, not to ${epoch}; put it anew`);
      const wanted = { network, service, tab, purpose: 'job' } as const;
      const { credential, secret } = await openCredential(entry, identities, wanted);
      if (credential.expiry < slot)
        throw refuse(`it expired at slot ${credential.expiry}, now is slot ${slot}`);
      secrets.push([name, secret]);
    } catch (error) {
      if (error instanceof FormatError) throw refuse(error.message, error);
      throw error;
    }
  }
  return Object.fromEntries(secrets);
}

/**
 * Opens a service's own token, which starts its jobs at a forge and which no job sees. It has to be bound
 * to this service, to no tab and to triggering, and to be committed for this very host: a token is never
 * sent where it was not meant to go.
 *
 * @param block as the digest in the provider's configuration names it
 * @throws {DaemonError} `CREDENTIAL`
 */
async function openTriggerToken(
  block: Uint8Array,
  {
    network,
    service,
    host,
  }: { readonly network: string; readonly service: string; readonly host: string },
  { identities, epoch, slot }: VaultKeys
): Promise<string> {
  const refuse = (why: string, cause?: unknown): DaemonError =>
    new DaemonError(
      'CREDENTIAL',
      `the trigger token of ${service} cannot be used: ${why}; put it anew`,
      { cause }
    );
  try {
    const entry = parseVaultEntry(block);
    if (entry.epoch !== epoch)
      throw refuse(`it is sealed to epoch ${entry.epoch}, not to ${epoch}`);
    const wanted = { network, service, tab: null, purpose: 'trigger' } as const;
    const { credential, secret } = await openCredential(entry, identities, wanted);
    if (credential.host !== host)
      throw refuse(`it is for ${credential.host ?? 'no host'}, not for ${host}`);
    if (credential.expiry < slot)
      throw refuse(`it expired at slot ${credential.expiry}, now is slot ${slot}`);
    return secret;
  } catch (error) {
    if (error instanceof FormatError) throw refuse(error.message, error);
    throw error;
  }
}
