import type { Page, Request } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { readAccount } from '../../../contracts/chain/account.ts';
import {
  approve,
  buyFromNewTab,
  connect,
  go,
  jobOf,
  openService,
  untilState,
  walletAddress,
} from './customer.ts';
import { type Stage, takeStage } from './harness.ts';
import { valve } from './valve.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await takeStage();
});

const isSending = (request: Request): boolean =>
  request.method() === 'POST' && (request.postData() ?? '').includes('sendZkapp');
/** Of a request that was rung for: its blocks go to where the page may upload. */
const isUpload = (request: Request): boolean => request.method() === 'PUT';

const nonceOf = async (address: string): Promise<number> =>
  (await readAccount(stage.market.requester.node, address))!.nonce;
const jobRows = (page: Page) => page.locator('a.job-row');

describe('a purchase that a reload cuts', () => {
  it('while the wallet asks leaves nothing behind', async () => {
    const visit = await stage.visit();
    const { page } = visit;
    await connect(page);
    const address = await walletAddress(page);
    await openService(page, stage.services.quick);
    await page.getByRole('button', { name: 'Open a tab and buy' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Sign', exact: true }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Open a tab and buy' }).waitFor();
    await go(page, '/jobs');
    await page.getByText('No jobs yet').waitFor();
    expect(await nonceOf(address)).toBe(0);
    await visit.close();
  });

  it.each([
    ['once it is signed and before it is sent', isSending, 'before'],
    ['once it is sent and before a block has it', isSending, 'after'],
    ['before its blocks are uploaded', isUpload, 'before'],
    ['in the middle of the upload', isUpload, 'after'],
  ] as const)('%s goes on by itself and buys once', async (_, point, where) => {
    const visit = await stage.visit();
    const { page } = visit;
    await connect(page);
    const address = await walletAddress(page);
    await openService(page, stage.services.quick);
    const stopped = await valve(visit.context, point, where);
    await page.getByRole('button', { name: 'Open a tab and buy' }).click();
    await approve(page);
    await stopped.reached;
    await page.reload();
    await stopped.open();
    await go(page, '/jobs');
    await jobRows(page)
      .filter({ hasText: /Published|Settled/ })
      .waitFor({ timeout: 60_000 });
    expect(await jobRows(page).count()).toBe(1);
    expect(await nonceOf(address)).toBe(1);
    await visit.close();
  });

  it('while the job runs is followed to its end', async () => {
    const visit = await stage.visit();
    const { page } = visit;
    await connect(page);
    await openService(page, stage.services.quick);
    await buyFromNewTab(page);
    await page.reload();
    await untilState(page, 'Published');
    await page.getByText('line 3 of the log').waitFor();
    await visit.close();
  });
});

describe('a tab', () => {
  it('is topped up, extended and closed once each, whatever a reload has cut', async () => {
    const visit = await stage.visit();
    const { page } = visit;
    await connect(page);
    const address = await walletAddress(page);
    await openService(page, stage.services.quick);
    const { tab } = await buyFromNewTab(page);
    await untilState(page, 'Settled');
    await go(page, `/tabs/${tab}`);

    const cut = async (where: 'before' | 'after'): Promise<void> => {
      const stopped = await valve(visit.context, isSending, where);
      await approve(page);
      await stopped.reached;
      await page.reload();
      await stopped.open();
    };
    const topUp = async (): Promise<void> => {
      await page.getByRole('button', { name: 'Top up this tab' }).click();
      await page.getByLabel('Amount').fill('1.5');
      await page.getByRole('dialog').getByRole('button', { name: 'Top up' }).click();
    };
    await topUp();
    await cut('before');
    await page.getByText('It may be on its way').waitFor();
    expect(await nonceOf(address)).toBe(1);
    await page.getByRole('button', { name: 'Stop watching' }).click();
    await topUp();
    await cut('after');
    await page.getByText('The tab is topped up.').waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Done' }).click();
    expect(await nonceOf(address)).toBe(2);

    await page.getByRole('button', { name: 'Extend this tab' }).click();
    await page.getByRole('radio', { name: '1 week' }).click();
    await page.getByRole('button', { name: 'Sign the extension' }).click();
    await cut('after');
    await page.getByText('The tab ends later.').waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Done' }).click();

    await page.getByRole('button', { name: 'Close this tab' }).click();
    await page.getByRole('button', { name: 'Sign the closing' }).click();
    await cut('after');
    await page.getByText('The tab is closed').waitFor({ timeout: 60_000 });
    expect(await nonceOf(address)).toBe(4);
    await visit.close();
  }, 240_000);

  it('gives every job a number of its own where two tabs of the browser buy at once', async () => {
    const visit = await stage.visit();
    const { page } = visit;
    await connect(page);
    await openService(page, stage.services.quick);
    await page.getByLabel('Into the tab').fill('4');
    const { tab } = await buyFromNewTab(page);
    await untilState(page, 'Published');
    const route = `/service/${stage.services.quick}`;
    const second = await stage.visit({ beside: visit, route, isAdopting: false });
    await go(page, route);
    const both = [page, second.page];
    const buttons = both.map((one) => one.getByRole('button', { name: 'Buy from this tab' }));
    for (const button of buttons) await button.waitFor();
    await Promise.all(buttons.map((button) => button.click()));
    const jobs = await Promise.all(
      both.map((one) => one.waitForURL(/#\/job\//).then(() => jobOf(one)))
    );
    expect(jobs.map((job) => job.tab)).toEqual([tab, tab]);
    expect(new Set(jobs.map(({ sequence }) => sequence))).toEqual(new Set([2, 3]));
    await go(page, '/jobs');
    await expect
      .poll(
        () =>
          jobRows(page)
            .filter({ hasText: /Published|Settled/ })
            .count(),
        { timeout: 30_000 }
      )
      .toBe(3);
    await second.close();
    await visit.close();
  });
});
