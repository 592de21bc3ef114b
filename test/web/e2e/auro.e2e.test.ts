import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { readAccount } from '../../../contracts/chain/account.ts';
import { type Auro, auroIn } from './auro-double.ts';
import { fundedAccount } from './bought.ts';
import { jobOf, openService, untilState } from './customer.ts';
import { type Stage, takeStage } from './harness.ts';
import type { Visit } from './visit.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await takeStage();
});

async function visitWithAuro(): Promise<{ visit: Visit; page: Page; auro: Auro; address: string }> {
  const keys = await fundedAccount(stage);
  const auro = auroIn(keys);
  const visit = await stage.visit({ prepare: (context) => auro.prepare(context) });
  return { visit, page: visit.page, auro, address: keys.publicKey };
}

async function connectAuro(page: Page): Promise<void> {
  await page.getByRole('banner').getByRole('button', { name: 'Connect a wallet' }).click();
  await page.getByRole('button', { name: 'Connect Auro' }).click();
  await page.getByRole('button', { name: /Wallet, / }).waitFor();
  await page.keyboard.press('Escape');
}

const buyButton = (page: Page) => page.getByRole('button', { name: 'Open a tab and buy' });
const panel = (page: Page) => page.getByRole('complementary', { name: 'Purchase' });

describe('Auro', () => {
  it('signs a purchase that the page sends, and pays the fee that its owner raised', async () => {
    const { visit, page, auro, address } = await visitWithAuro();
    await connectAuro(page);
    await openService(page, stage.services.quick);
    auro.double.chosenFee = 0.7;
    const before = (await readAccount(stage.market.requester.node, address))!;
    await buyButton(page).click();
    await jobOf(page);
    await untilState(page, 'Published');
    expect(auro.double.asked).toMatchObject({ onlySign: true });
    const after = (await readAccount(stage.market.requester.node, address))!;
    const mina = 1_000_000_000n;
    // The tab with 5 times 1.21, its account with 1, the fee.
    expect(before.balance - after.balance).toBe((605n * mina) / 100n + mina + (7n * mina) / 10n);
    await visit.close();
  });

  it('says in words of the page why it did not connect, whatever code the wallet gives', async () => {
    const { visit, page, auro } = await visitWithAuro();
    await page.getByRole('banner').getByRole('button', { name: 'Connect a wallet' }).click();
    const words: readonly (readonly [number, 'thrown' | 'returned', RegExp])[] = [
      [1002, 'thrown', /You declined in the wallet/],
      [1002, 'returned', /You declined in the wallet/],
      [1001, 'thrown', /not connected to this page/],
      [20001, 'thrown', /no account yet/],
      [20002, 'thrown', /could not verify/],
      [20003, 'thrown', /found the request invalid/],
      [20004, 'thrown', /does not know this network/],
      [20005, 'thrown', /Another request waits/],
      [20006, 'thrown', /too old/],
      [21001, 'thrown', /failed inside/],
      [22001, 'thrown', /without saying why/],
      [23001, 'thrown', /asked another page/],
      [-32603, 'thrown', /without saying why/],
    ];
    for (const [code, how, sentence] of words) {
      auro.double.fail('requestAccounts', code, how);
      await page.getByRole('button', { name: 'Connect Auro' }).first().click();
      await page.getByRole('alert').filter({ hasText: sentence }).waitFor();
      expect(await page.getByText(`message ${code}`).count()).toBe(0);
    }
    await visit.close();
  });

  it('says so where its owner declines a purchase; the next press asks again', async () => {
    const { visit, page, auro, address } = await visitWithAuro();
    await connectAuro(page);
    await openService(page, stage.services.quick);
    auro.double.fail('sendTransaction', 1002);
    await buyButton(page).click();
    await panel(page).getByText('You declined in the wallet; nothing was sent.').waitFor();
    expect((await readAccount(stage.market.requester.node, address))!.nonce).toBe(0);
    auro.double.fail('sendTransaction', 20005, 'returned');
    await buyButton(page).click();
    await panel(page).getByText('Another request waits in the wallet').waitFor();
    await buyButton(page).click();
    await jobOf(page);
    expect((await readAccount(stage.market.requester.node, address))!.nonce).toBe(1);
    await visit.close();
  });

  it('on another network cannot pay until it is switched', async () => {
    const { visit, page, auro } = await visitWithAuro();
    auro.double.networkID = 'mina:mainnet';
    await connectAuro(page);
    await page.getByRole('button', { name: 'Wallet, on the wrong network' }).waitFor();
    await openService(page, stage.services.quick);
    await panel(page).getByText('The wallet is on another network').waitFor();
    expect(await buyButton(page).isVisible()).toBe(false);
    await panel(page).getByRole('button', { name: 'Switch the wallet' }).click();
    await buyButton(page).waitFor();
    await visit.close();
  });

  it('that changes its network unseen signs nothing for another one', async () => {
    const { visit, page, auro } = await visitWithAuro();
    await connectAuro(page);
    await openService(page, stage.services.quick);
    auro.double.networkID = 'mina:mainnet';
    await buyButton(page).click();
    await panel(page)
      .getByText(/The wallet is on mina:mainnet/)
      .first()
      .waitFor();
    expect(auro.double.asked).toBeUndefined();
    await visit.close();
  });

  it('that goes over to another account shows it at once, and unseen signs nothing', async () => {
    const { visit, page, auro, address } = await visitWithAuro();
    const { publicKey: other } = await fundedAccount(stage);
    await connectAuro(page);
    await openService(page, stage.services.quick);
    auro.double.accounts = [other];
    await buyButton(page).click();
    await panel(page)
      .getByText(/gone over to the account/)
      .waitFor();
    expect(auro.double.asked).toBeUndefined();
    auro.double.emit('accountsChanged', [other]);
    const chip = page.getByRole('button', { name: 'Wallet, connected' });
    await chip.filter({ hasText: other.slice(0, 5) }).waitFor();
    await chip.filter({ hasText: other.slice(-4) }).waitFor();
    auro.double.emit('accountsChanged', []);
    await page.getByRole('banner').getByRole('button', { name: 'Connect a wallet' }).waitFor();
    expect((await readAccount(stage.market.requester.node, address))!.nonce).toBe(0);
    await visit.close();
  });

  it('that goes over to another account while it asks gives a signature that is not used', async () => {
    const { visit, page, auro, address } = await visitWithAuro();
    const { publicKey: other } = await fundedAccount(stage);
    await connectAuro(page);
    await openService(page, stage.services.quick);
    const held = auro.hold();
    await buyButton(page).click();
    await panel(page).getByText('Waiting for your wallet').waitFor();
    auro.double.accounts = [other];
    auro.double.emit('accountsChanged', [other]);
    await page
      .getByRole('button', { name: 'Wallet, connected' })
      .filter({ hasText: other.slice(-4) })
      .waitFor();
    held.release();
    // What was asked of the first account was signed by it: that is what its owner has agreed to.
    await jobOf(page);
    expect((await readAccount(stage.market.requester.node, address))!.nonce).toBe(1);
    await visit.close();
  });
});
