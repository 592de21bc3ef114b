import { sha256 } from '@noble/hashes/sha2.js';
import { identityToRecipient } from 'age-encryption';
import { signFieldElements } from '../contracts/chain/sign.ts';
import { toHex } from '../contracts/formats/bytes.ts';
import { sealEnvelope } from '../contracts/formats/envelope.ts';
import type { Parameters } from '../contracts/formats/parameters.ts';
import { encodeRequest, requestCommitment } from '../contracts/formats/request.ts';
import type { ServiceReading } from './service.ts';
import type { JobRecord, TabKeys } from './store.ts';
import { assertSealable, assertUsable } from './usable.ts';
import type { VaultRecord } from './vault.ts';

export { type JobOrder, type SealedJob, type JobNumbers, sealJob };

interface JobOrder {
  readonly parameters: Parameters;
  /** Environment variables that only the job sees. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Secrets that lie in the vault for this tab. */
  readonly vault?: readonly VaultRecord[];
  /** Nanomina. Default: the tab's cap, or what is free where that is less. */
  readonly maximum?: bigint;
}

interface JobNumbers {
  readonly sequence: number;
  /** Nanomina. */
  readonly maximum: bigint;
  /** Last slot at which a provider may accept it. */
  readonly validUntil: number;
  /** Now, since genesis. */
  readonly slot: number;
}

/** A record with all that a delivery needs. */
type SealedJob = JobRecord & Required<Pick<JobRecord, 'request' | 'digest' | 'envelope'>>;

/**
 * Seals parameters and secrets to the service, and signs the request for them. Keeps nothing.
 *
 * @throws RequesterError `KEYSET`, `CREDENTIAL`
 */
async function sealJob(
  { terms, requestKey, identity }: TabKeys,
  service: Pick<ServiceReading, 'keyset'>,
  { parameters, secrets, vault = [] }: JobOrder,
  { slot, ...numbers }: JobNumbers
): Promise<SealedJob> {
  const { network, service: address, tab } = terms;
  const { sequence } = numbers;
  const { keyset } = service;
  assertSealable(keyset, slot);
  for (const record of vault) assertUsable(record, terms, service, slot);
  const named = Object.fromEntries(vault.map(({ name, block }) => [name, block]));
  const envelope = await sealEnvelope(
    {
      ...{ version: 1, network, service: address, tab, sequence, parameters },
      secrets: { ...secrets },
      ...(vault.length === 0 ? {} : { vault: named }),
      reply: await identityToRecipient(identity),
    },
    keyset.recipients
  );
  const unsigned = { terms, envelope: sha256(envelope), ...numbers };
  const signature = signFieldElements([requestCommitment(unsigned)], requestKey.privateKey);
  const request = { ...unsigned, signature };
  const digest = toHex(sha256(encodeRequest(request)));
  return { sequence, state: 'reserved', request, digest, envelope };
}
