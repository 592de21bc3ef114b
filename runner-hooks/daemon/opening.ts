import { sha256 } from '@noble/hashes/sha2.js';
import { equalBytes, fromHex } from '../../contracts/formats/bytes.ts';
import { type Envelope, openEnvelope } from '../../contracts/formats/envelope.ts';
import { hasExpired } from '../../contracts/formats/keyset.ts';
import { assertParameters } from '../../contracts/formats/parameters.ts';
import type { SignedRequest } from '../../contracts/formats/request.ts';
import { fetchBlock } from './block-fetch.ts';
import type { Context } from './context.ts';
import { Refusal } from './error.ts';
import type { Offer } from './offer.ts';
import { type VaultBlocks, openVault } from './vault.ts';

export { type Opened, type SealedOrder, openFor };

/** What somebody sealed for a request. */
interface SealedOrder {
  readonly envelope: Uint8Array;
  /** Those that are at hand; the rest is fetched. */
  readonly vault?: VaultBlocks;
  /** Whose keys open it: the present one, or for what was accepted before a rotation that one. */
  readonly epoch: number;
}

/** An opened envelope. Its secrets are its own and the vault's. */
interface Opened extends Envelope {
  readonly vaultBlocks: VaultBlocks;
}

/**
 * Opens the envelope with the keys of one epoch (K2) and holds it to its request: a rival who moves a
 * ciphertext to a job of its own gets nothing (K3).
 *
 * @param slot now
 * @throws {Refusal} `ENVELOPE`, `MOVED`, `PARAMETERS`, `CREDENTIAL`, `UNAVAILABLE`
 */
async function openFor(
  context: Context,
  offer: Offer,
  request: SignedRequest,
  { envelope: sealed, vault: kept = new Map(), epoch }: SealedOrder,
  slot: number
): Promise<Opened> {
  const { network, service, tab } = request.terms;
  if (!equalBytes(sha256(sealed), request.envelope))
    throw new Refusal('ENVELOPE', 'the envelope is not the one that the request was signed for');
  // What was accepted in time runs, as its other terms hold as well.
  if (epoch === offer.keyset.epoch && hasExpired(offer.keyset, slot))
    throw new Refusal(
      'ENVELOPE',
      `the keys of epoch ${epoch} were good until slot ${offer.keyset.until!}; the provider has to rotate`
    );
  const identities = context.parts.identities(service, epoch);
  let envelope: Envelope;
  try {
    envelope = await openEnvelope(sealed, identities);
  } catch (cause) {
    throw new Refusal(
      'ENVELOPE',
      `the envelope does not open with the keys of epoch ${epoch}; seal it again`,
      { cause }
    );
  }
  if (
    envelope.network !== network ||
    envelope.service !== service ||
    envelope.tab !== tab ||
    envelope.sequence !== request.sequence
  )
    throw new Refusal('MOVED', 'the envelope was sealed for another request');
  try {
    assertParameters(offer.descriptor.parameters, envelope.parameters);
  } catch (cause) {
    throw new Refusal('PARAMETERS', cause instanceof Error ? cause.message : 'wrong parameters', {
      cause,
    });
  }
  const vaultBlocks = await gather(context, envelope, kept);
  const ofVault = await openVault(request, envelope, vaultBlocks, { identities, epoch, slot });
  return { ...envelope, secrets: { ...envelope.secrets, ...ofVault }, vaultBlocks };
}

/** All at once: eight blocks that nobody has cost no more time than one (C10). */
async function gather(
  context: Context,
  { vault = {} }: Envelope,
  kept: VaultBlocks
): Promise<VaultBlocks> {
  const named = Object.entries(vault).map(
    async ([name, digest]) =>
      [name, kept.get(name) ?? (await fetchBlock(context, fromHex(digest, 32)))] as const
  );
  return new Map(await Promise.all(named));
}
