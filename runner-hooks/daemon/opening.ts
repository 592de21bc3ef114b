import { sha256 } from '@noble/hashes/sha2.js';
import { equalBytes } from '../../contracts/formats/bytes.ts';
import { type Envelope, openEnvelope } from '../../contracts/formats/envelope.ts';
import { assertParameters } from '../../contracts/formats/parameters.ts';
import type { SignedRequest } from '../../contracts/formats/request.ts';
import type { Context } from './context.ts';
import { Refusal } from './error.ts';
import type { Offer } from './offer.ts';

export { openFor };

/**
 * Opens the envelope with the current keys (K2) and holds it to its request: a rival who moves a
 * ciphertext to a job of its own gets nothing (K3).
 */
async function openFor(
  context: Context,
  offer: Offer,
  request: SignedRequest,
  sealed: Uint8Array
): Promise<Envelope> {
  const { network, service, tab } = request.terms;
  if (!equalBytes(sha256(sealed), request.envelope))
    throw new Refusal('ENVELOPE', 'the envelope is not the one that the request was signed for');
  const identities = context.parts.identities(service, offer.keyset.epoch);
  let envelope: Envelope;
  try {
    envelope = await openEnvelope(sealed, identities);
  } catch (cause) {
    throw new Refusal(
      'ENVELOPE',
      `the envelope does not open with the keys of epoch ${offer.keyset.epoch}; seal it again`,
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
  return envelope;
}
