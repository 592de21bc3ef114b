import { sha256 } from '@noble/hashes/sha2.js';
import type { Page } from 'playwright-core';
import { type AccountUpdate, accountUpdate, draft } from '../../contracts/chain/command.ts';
import { suggestFee } from '../../contracts/chain/fee.ts';
import { readNextNonce } from '../../contracts/chain/find-command.ts';
import { pinned } from '../../contracts/chain/pinned.ts';
import { sendCommand, submitCommand } from '../../contracts/chain/send.ts';
import { type KeyPair, generateKeyPair, signCommand } from '../../contracts/chain/sign.ts';
import { rawCidOf } from '../../contracts/formats/cid.ts';
import { encodeDescriptor } from '../../contracts/formats/descriptor.ts';
import { encodeKeyset } from '../../contracts/formats/keyset.ts';
import { servicePermissions } from '../../contracts/formats/permissions.ts';
import { PROTOCOL } from '../../contracts/formats/protocol.ts';
import { encodeServiceState } from '../../contracts/formats/service-state.ts';
import { keyHash } from '../../contracts/formats/terms.ts';
import { readService } from '../../requester/read-service.ts';
import { fundedAccount } from '../web/e2e/bought.ts';
import type { Stage } from '../web/e2e/harness.ts';
import { quickService } from '../web/e2e/quick-service.ts';
import { openApp } from './app-page.ts';
import { type Frames, scrollThrough } from './scrolling.ts';

export { type ServiceList, measureServices };

/** The market with a registry list of many services. */
interface ServiceList {
  /** On the list, and how many of them the network really has. */
  readonly listed: number;
  readonly published: number;
  readonly publishSeconds: number;
  /** Until every row of the market was read, in seconds, while the list was scrolled. */
  readonly readSeconds: number;
  readonly whileReading: Frames;
  readonly afterwards: Frames;
}

/** Updates of one transaction, below the network's limit: fee payer and payer, and ten pairs of accounts' halves. */
const PER_TRANSACTION = 10;
const MOST_SECONDS = 60;

async function measureServices(stage: Stage, wanted: number): Promise<ServiceList> {
  const start = performance.now();
  const published = await publishMany(stage, wanted);
  const publishSeconds = (performance.now() - start) / 1000;
  const absent = Array.from({ length: wanted - published.length }, () => generateKeyPair());
  const listed = [...published, ...absent.map(({ publicKey }) => publicKey)];
  const list = new TextEncoder().encode(JSON.stringify({ version: 1, services: listed }));
  const { store } = stage.market.network.ipfs.node;
  const cid = rawCidOf(sha256(list));
  await store.put(cid, list);

  const { page, context } = await openApp(stage);
  await page.goto(stage.url('path', '/market'));
  await page.locator('a.service-row__name').first().waitFor();
  await useList(page, String(cid));
  const reading = performance.now();
  await page.reload();
  const rows = listed.length + stage.market.services.length;
  await page.getByText(String(rows), { exact: true }).first().waitFor();
  const whileReading = await scrollThrough(page, 600);
  await allRead(page, rows);
  const readSeconds = (performance.now() - reading) / 1000;
  const afterwards = await scrollThrough(page, 900);
  await context.close();
  return {
    ...{ listed: listed.length, published: published.length, publishSeconds, readSeconds },
    ...{ whileReading, afterwards },
  };
}

/** Real accounts with blocks of their own, ten a transaction, as many as a minute gives. */
async function publishMany(stage: Stage, wanted: number): Promise<readonly string[]> {
  const { requester, network, keys, log, source } = stage.market;
  const { node, networkId } = requester;
  const owner = await fundedAccount(stage);
  const ends = performance.now() + MOST_SECONDS * 1000;
  const { keyset } = await readService(requester, stage.services.quick);
  const keysetBlock = encodeKeyset({ ...keyset, log, payee: owner.publicKey });
  await network.ipfs.node.store.put(rawCidOf(sha256(keysetBlock)), keysetBlock);
  const sold = quickService(source, '0'.repeat(40));
  let nonce = await readNextNonce(node, owner.publicKey);
  const made: string[] = [];
  for (let last = false; !last;) {
    const accounts: KeyPair[] = [];
    const updates: AccountUpdate[] = [];
    for (let i = 0; i < Math.min(PER_TRANSACTION, wanted - made.length); i++) {
      const number = made.length + i;
      const descriptor = encodeDescriptor({
        ...sold,
        name: `Service ${number}`,
        price: { ...sold.price, perSecond: String(1_000_000 + 1_000 * ((number * 617) % wanted)) },
      });
      await network.ipfs.node.store.put(rawCidOf(sha256(descriptor)), descriptor);
      const account = generateKeyPair();
      accounts.push(account);
      updates.push(
        accountUpdate(account.publicKey, {
          authorization: 'signature',
          state: encodeServiceState({
            ...{ descriptor: sha256(descriptor), keyset: sha256(keysetBlock) },
            ...{ owner: keyHash(owner.publicKey), runner: keyHash(keys.runner.publicKey) },
            ...{ epoch: keyset.epoch, paused: number % 10 === 9 },
          }),
          verificationKey: pinned.Service,
          permissions: servicePermissions,
          isNew: true,
        })
      );
    }
    const paid = accountUpdate(owner.publicKey, {
      authorization: 'signature',
      balanceChange: -PROTOCOL.accountCreationFee * BigInt(accounts.length),
    });
    const payer = { publicKey: owner.publicKey, fee: 0n, nonce: nonce++ };
    const fee = await suggestFee(node, draft(payer, [paid, ...updates]).command);
    const unsigned = draft({ ...payer, fee }, [paid, ...updates]);
    const signers = [...accounts, owner].map(({ privateKey }) => privateKey);
    const signed = signCommand(unsigned, signers, networkId);
    made.push(...accounts.map(({ publicKey }) => publicKey));
    last = made.length >= wanted || performance.now() > ends;
    if (last) await sendCommand(node, signed, { interval: 200 });
    else await submitCommand(node, signed);
  }
  return made;
}

/** As Settings keeps it. */
const useList = (page: Page, list: string): Promise<void> =>
  page.evaluate(async (cid) => {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open('runproof');
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(new Error('no database'));
    });
    const values = database.transaction('values', 'readwrite').objectStore('values');
    const reading = values.get('settings');
    await new Promise<void>((resolve) => {
      reading.onsuccess = () => {
        const settings = reading.result as { readonly registry: object };
        values.put({ ...settings, registry: { ...settings.registry, lists: [cid] } }, 'settings');
        values.transaction.oncomplete = () => resolve();
      };
    });
    database.close();
  }, list);

/** Rows are read in the order of the list; whatever is still to be read stands after all others. */
async function allRead(page: Page, count: number): Promise<void> {
  await page.evaluate(async (last) => {
    for (;;) {
      window.scrollTo(0, (document.documentElement.scrollHeight * (last - 6)) / last);
      await new Promise((resolve) => setTimeout(resolve, 250));
      const rows = [...document.querySelectorAll('.virtual-list__row')];
      if (rows.length > 0 && rows.every((row) => row.querySelector('.service-row__name'))) return;
    }
  }, count);
}
