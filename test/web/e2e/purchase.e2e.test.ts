import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { CID } from 'multiformats/cid';
import { beforeAll, describe, expect, it } from 'vitest';
import { resolvePath } from '../../../ipfs/directory.ts';
import { catFile } from '../../../ipfs/fetch.ts';
import { SITE_PATH } from '../../../scripts/demo/service.ts';
import { readTab } from '../../../requester/tab.ts';
import {
  approve,
  buyFromNewTab,
  connect,
  go,
  jobOf,
  openService,
  step,
  untilState,
} from './customer.ts';
import { type Stage, takeStage } from './harness.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await takeStage();
});

const cidIn = async (page: Page, row: string): Promise<string> =>
  (await page.locator('.job__receipt').getByText(row, { exact: true }).locator('..').locator('[title^="baf"]').first().getAttribute('title'))!;

describe('a purchase in the page', () => {
  it('goes from the market to a verified receipt with one signature, and the next job takes none', async () => {
    const visit = await stage.visit();
    const { page } = visit;
    await connect(page);
    await openService(page, stage.services.quick);
    await page.getByLabel('Greeting').fill('Good morning');
    await page.getByLabel('Tone').selectOption({ label: 'loud' });
    await page.getByLabel('Times').fill('3');
    await page.getByLabel('Shout').check();
    const { tab } = await buyFromNewTab(page);
    for (const label of ['Requested', 'Accepted', 'Ran', 'Published', 'Settled'])
      await step(page, label).waitFor({ timeout: 60_000 });
    console.log(await page.locator('main').innerText());
    await page.screenshot({ path: '/tmp/e2e/job.png', fullPage: true });
    await visit.close();
  });
});
