import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { readAccount } from '../../../contracts/chain/account.ts';
import type { KeyPair } from '../../../contracts/chain/sign.ts';
import { openEnvelope } from '../../../contracts/formats/envelope.ts';
import { readService } from '../../../requester/service.ts';
import { encodeTabKeys } from '../../../requester/tab-keys.ts';
import { openTabWith, readTab } from '../../../requester/tab.ts';
import { keyWallet } from '../../../requester/wallet.ts';
import { newIdentity, readKeyFile } from '../../../scripts/cli/key-file.ts';
import { auroIn } from './auro-double.ts';
import { fundedAccount } from './bought.ts';
import { buyFromNewTab, connect, go } from './customer.ts';
import { type Stage, takeStage } from './harness.ts';
import { offer } from './offer.ts';
import type { Visit } from './visit.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await takeStage();
});

async function visitAs(keys: KeyPair): Promise<Visit> {
  const auro = auroIn(keys);
  const visit = await stage.visit({ prepare: (context) => auro.prepare(context) });
  const { page } = visit;
  await page.getByRole('banner').getByRole('button', { name: 'Connect a wallet' }).click();
  await page.getByRole('button', { name: 'Connect Auro' }).click();
  await page.getByRole('button', { name: 'Wallet, connected' }).waitFor();
  await page.keyboard.press('Escape');
  return visit;
}

/** Pressed once, the page is loaded again so that it may prove; pressed again, it does. */
async function prove(page: Page, name: string): Promise<void> {
  const button = page.getByRole('dialog').getByRole('button', { name, exact: true });
  await Promise.all([page.waitForEvent('domcontentloaded'), button.click()]);
  await button.click();
}

describe('a page on a network without proofs', () => {
  it('pauses a service with a dummy in place of its proof, and makes it go on', async () => {
    const service = await offer(stage, { name: 'Paused in the page' });
    const { requester, keys } = stage.market;
    const isPaused = async (): Promise<boolean> =>
      (await readService(requester, service, { mayBePaused: true })).state.paused;
    const visit = await visitAs(keys.owner);
    const { page } = visit;
    await go(page, `/provide/${service}`);
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await prove(page, 'Prove and pause');
    await page.getByText('Proven and in a block').waitFor({ timeout: 90_000 });
    expect(await isPaused()).toBe(true);
    await page
      .getByRole('dialog')
      .getByRole('button', { name: 'Close', exact: true })
      .last()
      .click();
    await page.getByRole('button', { name: 'Go on', exact: true }).click();
    await page.getByRole('button', { name: 'Prove and go on' }).click();
    await page.getByText('Proven and in a block').waitFor({ timeout: 90_000 });
    expect(await isPaused()).toBe(false);
    await visit.close();
  }, 300_000);

  it('K2: rotates a service’s keys, and what is bought afterwards opens with the new epoch’s alone', async () => {
    const service = await offer(stage, { name: 'Rotated in the page' });
    const { requester, keys } = stage.market;
    const next = await newIdentity();
    const visit = await visitAs(keys.owner);
    const { page } = visit;
    await go(page, `/provide/${service}`);
    const rotate = page.getByRole('button', { name: 'Rotate', exact: true });
    await rotate.click();
    await page.getByLabel('age recipients').fill(next.recipient);
    await prove(page, 'Prove and rotate');
    await page.getByText('Proven and in a block').waitFor({ timeout: 90_000 });
    const { keyset } = await readService(requester, service);
    expect([keyset.epoch, keyset.recipients]).toEqual([1, [next.recipient]]);
    await visit.close();

    const customer = await stage.visit({ route: `/service/${service}` });
    const puts: Buffer[] = [];
    customer.page.on('request', (request) => {
      const body = request.method() === 'PUT' ? request.postDataBuffer() : null;
      if (body !== null) puts.push(body);
    });
    await connect(customer.page);
    await buyFromNewTab(customer.page);
    const [envelope] = puts;
    const { sequence } = await openEnvelope(Uint8Array.from(envelope!), [next.identity]);
    expect(sequence).toBe(1);
    const before = readKeyFile(keys.identity.file, 'age').identity;
    await expect(openEnvelope(Uint8Array.from(envelope!), [before])).rejects.toMatchObject({
      code: 'ENVELOPE',
    });
    await customer.close();
  }, 300_000);

  it('refunds an expired tab whose provider has vanished', async () => {
    const { requester, network } = stage.market;
    const owner = await fundedAccount(stage);
    const { tab } = await openTabWith(requester, {
      service: await offer(stage, { name: 'Vanished' }),
      wallet: keyWallet(owner),
      amount: 3_000_000_000n,
      slots: 3,
    });
    const { terms } = tab;
    await fetch(`${network.mina.accountManager}/control/slots`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ advance: 5 }),
    });
    expect(await readTab(requester, terms)).toMatchObject({ isExpired: true });
    const visit = await visitAs(owner);
    const { page } = visit;
    await page.evaluate(
      ([address, row]) =>
        new Promise<void>((resolve, reject) => {
          const opening = indexedDB.open('runproof');
          opening.onsuccess = () => {
            const transaction = opening.result.transaction('tabs', 'readwrite');
            transaction.objectStore('tabs').put(row, address);
            transaction.oncomplete = () => {
              opening.result.close();
              resolve();
            };
            transaction.onerror = () => reject(new Error('not kept'));
          };
        }),
      [terms.tab, encodeTabKeys(tab)] as const
    );
    await page.reload();
    await go(page, `/tabs/${terms.tab}`);
    const before = (await readAccount(requester.node, terms.refund))!.balance;
    await page.getByRole('button', { name: 'Refund in this page' }).click();
    await prove(page, 'Prove and refund');
    await page.getByText('The rest was sent back.').waitFor({ timeout: 90_000 });
    expect(await readTab(requester, terms)).toMatchObject({ balance: 0n });
    const gained = (await readAccount(requester.node, terms.refund))!.balance - before;
    expect(gained).toBeGreaterThan(2_900_000_000n);
    expect(gained).toBeLessThan(3_000_000_000n);
    await visit.close();
  }, 300_000);
});
