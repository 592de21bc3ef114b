import * as v from 'valibot';
import { sha256 } from '@noble/hashes/sha2.js';
import { readCurrentSlot } from '../contracts/chain/block.ts';
import { fromHex, toHex } from '../contracts/formats/bytes.ts';
import {
  type Binding,
  type Credential,
  CredentialSchema,
  type Opening,
  credentialCommitment,
  secretDigest,
} from '../contracts/formats/credential.ts';
import { sealCredential } from '../contracts/formats/vault.ts';
import { readService } from './read-service.ts';
import type { Requester, Stepwise } from './requester.ts';
import { assertUploads } from './upload.ts';
import { assertSealable } from './usable.ts';

export {
  type VaultRecord,
  type VaultStore,
  type NewSecret,
  VaultRecordSchema,
  putSecret,
  openingOf,
  commitmentOf,
};

const hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits'));
const VaultRecordSchema = v.strictObject({
  version: v.literal(1),
  name: v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'expected a plain name')),
  /** `revoked`: no job is given it any more from here. What was given before stays given. */
  state: v.picklist(['kept', 'revoked']),
  credential: CredentialSchema,
  /** SHA-256 of its block. */
  block: hex,
  epoch: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1)),
  /** What proves things about it, though not the secret itself: its SHA-256, and the blinding. */
  secret: hex,
  blinding: hex,
});
/** What its owner keeps of a secret in the vault. As private as a key: its digest may be guessable. */
type VaultRecord = v.InferOutput<typeof VaultRecordSchema>;

/** By what a secret is bound to, a tab or a service, and its name. Whatever resolves is durable. */
interface VaultStore {
  keep(owner: string, record: VaultRecord): Promise<void>;
  /** @throws RequesterError `NOT_FOUND`, `CREDENTIAL` */
  read(owner: string, name: string): Promise<VaultRecord>;
  /** By name. */
  list(owner: string): Promise<readonly VaultRecord[]>;
}

interface NewSecret {
  readonly name: string;
  readonly secret: string;
  readonly binding: Omit<Binding, 'network'>;
  readonly host: string | null;
  readonly scopes: readonly string[];
  /** For how many slots from now it may be used. */
  readonly slots: number;
}

/**
 * Seals a secret to the recipients that the service names now, uploads the block, and keeps what proves
 * things about it. Under a name that is taken it replaces what is there, for jobs to come.
 *
 * @throws AccountRefused, FormatError; RequesterError `KEYSET`, `UPLOAD`
 */
async function putSecret(
  requester: Pick<Requester, 'node' | 'networkId' | 'blocks' | 'pinned' | 'uploads'>,
  store: VaultStore,
  { name, secret, binding, host, scopes, slots }: NewSecret,
  { signal, onProgress }: Stepwise = {}
): Promise<VaultRecord> {
  const uploads = assertUploads(requester);
  await onProgress?.({ stage: 'reading', words: 'reading the service' });
  const { keyset } = await readService(requester, binding.service, { mayBePaused: true, signal });
  const slot = await readCurrentSlot(requester.node, { signal });
  assertSealable(keyset, slot);
  const credential: Credential = {
    ...{ network: requester.networkId, ...binding, host },
    ...{ scopes: [...new Set(scopes)].sort(), expiry: Math.min(slot + slots, 2 ** 32 - 1) },
  };
  await onProgress?.({ stage: 'sealing', words: `sealing ${name}` });
  const blinding = randomElement();
  const { block } = await sealCredential({ credential, secret, blinding }, keyset);
  const record: VaultRecord = {
    ...{ version: 1, name, state: 'kept', credential, epoch: keyset.epoch },
    block: toHex(sha256(block)),
    secret: toHex(secretDigest(secret)),
    blinding: blinding.toString(16).padStart(64, '0'),
  };
  await onProgress?.({ stage: 'uploading', words: 'uploading the sealed block' });
  await uploads.put(block, { signal });
  await store.keep(binding.tab ?? binding.service, v.parse(VaultRecordSchema, record));
  return record;
}

const openingOf = ({ secret, blinding }: VaultRecord): Opening => ({
  secret: fromHex(secret, 32),
  blinding: BigInt(`0x${blinding}`),
});

const commitmentOf = (record: VaultRecord): bigint =>
  credentialCommitment(record.credential, openingOf(record));

/** Uniform below 2^253: well inside the field. */
const randomElement = (): bigint =>
  crypto
    .getRandomValues(new Uint8Array(32))
    .reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) >> 3n;
