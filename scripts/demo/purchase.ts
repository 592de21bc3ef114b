import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { sha256 } from '@noble/hashes/sha2.js';
import { readAccount } from '../../contracts/chain/account.ts';
import { readCurrentSlot } from '../../contracts/chain/block.ts';
import type { Draft, FeePayer } from '../../contracts/chain/command.ts';
import { suggestFee } from '../../contracts/chain/fee.ts';
import { readNextNonce } from '../../contracts/chain/find-command.ts';
import type { Graphql } from '../../contracts/chain/graphql.ts';
import { openTab } from '../../contracts/chain/open-tab.ts';
import { pinned } from '../../contracts/chain/pinned.ts';
import { publishService } from '../../contracts/chain/publish-service.ts';
import { ring } from '../../contracts/chain/ring.ts';
import { sendCommand } from '../../contracts/chain/send.ts';
import {
  type KeyPair,
  generateKeyPair,
  signCommand,
  signFieldElements,
} from '../../contracts/chain/sign.ts';
import type { InboxAction } from '../../contracts/formats/action.ts';
import { type Descriptor, encodeDescriptor, priceOf } from '../../contracts/formats/descriptor.ts';
import { sealEnvelope } from '../../contracts/formats/envelope.ts';
import { type Keyset, encodeKeyset } from '../../contracts/formats/keyset.ts';
import { encodeRequest, requestCommitment } from '../../contracts/formats/request.ts';
import { parseTabState } from '../../contracts/formats/tab-state.ts';
import { MINA_TOKEN, type Terms, keyHash } from '../../contracts/formats/terms.ts';
import { admits } from '../../contracts/formats/window.ts';
import { CliError } from '../cli/error.ts';

export { type Market, publish, open, request, settledUpTo, freePort };

/** Where the demo's two sides act: a node, and the gateway that takes blocks. */
interface Market {
  readonly node: Graphql;
  readonly networkId: string;
  readonly gateway: string;
  readonly token: string;
  readonly signal: AbortSignal;
}

/** Slots a tab stays open, and a request may be taken. */
const OPEN_SLOTS = 480;
const VALID_SLOTS = 60;

/** Publishes a service and returns its address; its account key is gone afterwards. */
async function publish(
  market: Market,
  owner: KeyPair,
  descriptor: Descriptor,
  keyset: Keyset
): Promise<string> {
  const blocks = [encodeDescriptor(descriptor), encodeKeyset(keyset)];
  await Promise.all(blocks.map((block) => upload(market, block)));
  const service = generateKeyPair();
  await send(market, owner, [service.privateKey], (payer) =>
    publishService({
      payer,
      service: service.publicKey,
      verificationKey: pinned.Service,
      state: {
        descriptor: sha256(blocks[0]!),
        owner: keyHash(owner.publicKey),
        runner: keyHash(keyset.runner),
        keyset: sha256(blocks[1]!),
        epoch: keyset.epoch,
        paused: false,
      },
    })
  );
  return service.publicKey;
}

/** Opens a tab; returns its terms and the key that signs requests. */
async function open(
  market: Market,
  wallet: KeyPair,
  service: { address: string; descriptor: Descriptor; keyset: Keyset },
  amount: bigint
): Promise<{ terms: Terms; requestKey: KeyPair }> {
  const [tab, requestKey] = [generateKeyPair(), generateKeyPair()];
  const terms: Terms = {
    network: market.networkId,
    tab: tab.publicKey,
    service: service.address,
    requestKey: requestKey.publicKey,
    refund: wallet.publicKey,
    payee: service.keyset.payee,
    price: priceOf(service.descriptor),
    token: MINA_TOKEN,
    cap: amount,
  };
  const expiry = (await readCurrentSlot(market.node)) + OPEN_SLOTS;
  await send(market, wallet, [tab.privateKey], (payer) =>
    openTab({ payer, terms, expiry, amount, verificationKey: pinned.Tab })
  );
  return { terms, requestKey };
}

/** Seals and signs jobs `1` to `count`, puts them on IPFS and rings once for all of them. */
async function request(
  market: Market,
  wallet: KeyPair,
  { terms, requestKey }: { terms: Terms; requestKey: KeyPair },
  keyset: Keyset,
  choice: { count: number; maximum: bigint; reply: string }
): Promise<Uint8Array[]> {
  const validUntil = (await readCurrentSlot(market.node)) + VALID_SLOTS;
  const blocks: Uint8Array[] = [];
  for (let sequence = 1; sequence <= choice.count; sequence++) {
    const { network, service, tab } = terms;
    const ids = { network, service, tab, sequence };
    const envelope = await sealEnvelope(
      { version: 1, ...ids, parameters: {}, secrets: {}, reply: choice.reply },
      keyset.recipients
    );
    const unsigned = {
      ...{ terms, sequence, validUntil, maximum: choice.maximum },
      envelope: sha256(envelope),
    };
    const signature = signFieldElements([requestCommitment(unsigned)], requestKey.privateKey);
    const block = encodeRequest({ ...unsigned, signature });
    await Promise.all([upload(market, envelope), upload(market, block)]);
    blocks.push(block);
  }
  const actions = blocks.map((block): InboxAction => ({
    kind: 'request',
    tab: terms.tab,
    digest: sha256(block),
  }));
  await send(market, wallet, [], (payer) => ring({ payer, service: terms.service, actions }));
  return blocks;
}

/** Whether the tab's account shows jobs `1` to `count` settled, and what was paid. */
async function settledUpTo(
  market: Market,
  tab: string,
  count: number
): Promise<bigint | undefined> {
  const account = await readAccount(market.node, tab, { signal: market.signal });
  if (!account?.state) return undefined;
  const { window, spent } = parseTabState(account.state);
  const isOpen = Array.from({ length: count }, (_, i) => admits(window, i + 1)).some(Boolean);
  return isOpen ? undefined : spent;
}

async function send(
  { node, networkId, signal }: Market,
  payer: KeyPair,
  others: readonly string[],
  build: (payer: FeePayer) => Draft
): Promise<void> {
  const nonce = await readNextNonce(node, payer.publicKey, { signal });
  const draftOf = (fee: bigint): Draft => build({ publicKey: payer.publicKey, fee, nonce });
  const fee = await suggestFee(node, draftOf(0n).command, { signal });
  const command = signCommand(draftOf(fee), [...others, payer.privateKey], networkId);
  const outcome = await sendCommand(node, command, { interval: 500, signal });
  if (outcome.kind !== 'included')
    throw new CliError('FAILED', `A transaction of the demo was ${outcome.kind}.`);
}

async function upload({ gateway, token, signal }: Market, block: Uint8Array): Promise<void> {
  const response = await fetch(`${gateway}/ipfs/`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
    body: Uint8Array.from(block),
    signal,
  });
  if (response.status !== 201)
    throw new CliError('FAILED', `The gateway answered ${response.status} to a block.`);
}

/** A port that nobody uses right now. */
const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
