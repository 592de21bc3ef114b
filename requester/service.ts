import { sha256 } from '@noble/hashes/sha2.js';
import { readAccount } from '../contracts/chain/account.ts';
import { checkService } from '../contracts/chain/check-service.ts';
import { publishService } from '../contracts/chain/publish-service.ts';
import { type KeyPair, generateKeyPair } from '../contracts/chain/sign.ts';
import { toHex } from '../contracts/formats/bytes.ts';
import { type Descriptor, encodeDescriptor } from '../contracts/formats/descriptor.ts';
import { type Keyset, encodeKeyset } from '../contracts/formats/keyset.ts';
import type { ServiceState } from '../contracts/formats/service-state.ts';
import { keyHash } from '../contracts/formats/terms.ts';
import { RequesterError } from './error.ts';
import type { Requester, Stepwise } from './requester.ts';
import { type ProvingSender, sendProven } from './sender.ts';
import { type SendPaidOptions, sendPaid } from './transaction.ts';
import { assertUploads } from './upload.ts';
import type { Wallet } from './wallet.ts';

export { type ServiceReading, readService } from './read-service.ts';
export { publishServiceWith, rotateService, pauseService };

/**
 * Puts a service up for sale: uploads its blocks, then creates its account, which the wallet owns.
 *
 * @param service.key the account's fresh key; made here and forgotten unless given
 * @returns the service's address and the transaction that made it
 */
async function publishServiceWith(
  requester: Requester,
  service: { readonly descriptor: Descriptor; readonly keyset: Keyset; readonly key?: KeyPair },
  owner: Wallet,
  options: Stepwise & Pick<SendPaidOptions, 'onSend'> = {}
): Promise<{ readonly service: string; readonly transaction: string }> {
  const { descriptor, keyset, key = generateKeyPair() } = service;
  const uploads = assertUploads(requester);
  const blocks = [encodeDescriptor(descriptor), encodeKeyset(keyset)] as const;
  await options.onProgress?.({ stage: 'uploading', words: 'uploading descriptor and keyset' });
  for (const block of blocks) await uploads.put(block, options);
  const state: ServiceState = {
    descriptor: sha256(blocks[0]),
    owner: keyHash(owner.publicKey),
    runner: keyHash(keyset.runner),
    keyset: sha256(blocks[1]),
    epoch: keyset.epoch,
    paused: false,
  };
  const transaction = await sendPaid(
    requester,
    owner,
    (payer) =>
      publishService({
        payer,
        service: key.publicKey,
        verificationKey: requester.pinned.Service,
        state,
      }),
    { ...options, signers: [key.privateKey] }
  );
  return { service: key.publicKey, transaction };
}

/**
 * Begins a new epoch with another keyset: other recipients, another runner, payee, endpoint or log. It
 * is made to name the keyset before it, whatever stands in it.
 *
 * @param sender pays from the owner's wallet and proves
 * @throws RequesterError `KEYSET` for any epoch but the next; AccountRefused `OWNER`
 */
async function rotateService(
  requester: Requester,
  address: string,
  keyset: Keyset,
  { sender, owner, signal, onProgress }: Stepwise & OwnerOptions
): Promise<{ readonly transaction: string }> {
  const uploads = assertUploads(requester);
  const { epoch, keyset: previous } = await readOwned(requester, address, owner, signal);
  if (keyset.epoch !== epoch + 1)
    throw new RequesterError(
      'KEYSET',
      `the keyset is of epoch ${keyset.epoch}, the service is in epoch ${epoch}; write epoch ${epoch + 1} into it.`
    );
  const block = encodeKeyset({ ...keyset, previous: toHex(previous) });
  await onProgress?.({ stage: 'uploading', words: 'uploading the keyset' });
  await uploads.put(block, { signal });
  const transaction = await sendProven(
    sender,
    { kind: 'rotate', service: address, owner, runner: keyset.runner, keyset: sha256(block) },
    { signal, onProgress }
  );
  return { transaction };
}

/** A paused service takes no new tabs and jobs; what runs is settled as agreed. */
async function pauseService(
  requester: Pick<Requester, 'node' | 'pinned'>,
  address: string,
  paused: boolean,
  { sender, owner, signal, onProgress }: Stepwise & OwnerOptions
): Promise<{ readonly transaction: string }> {
  await readOwned(requester, address, owner, signal);
  const transaction = await sendProven(
    sender,
    { kind: 'pause', service: address, owner, paused },
    { signal, onProgress }
  );
  return { transaction };
}

interface OwnerOptions {
  readonly sender: ProvingSender;
  /** Public key of the sender's wallet. */
  readonly owner: string;
}

/** Before a minute of proving, not after it. */
async function readOwned(
  { node, pinned }: Pick<Requester, 'node' | 'pinned'>,
  address: string,
  owner: string,
  signal?: AbortSignal
): Promise<ServiceState> {
  return checkService(await readAccount(node, address, { signal }), address, {
    verificationKeyHash: pinned.Service.hash,
    owner,
    mayBePaused: true,
  });
}
