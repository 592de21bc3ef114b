import { readFile as readDisk } from 'node:fs/promises';
import { CID } from 'multiformats/cid';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { resolvePath } from '../../../ipfs/directory.ts';
import { readFile } from '../../../ipfs/file.ts';
import { SITE_PATH } from '../../../scripts/demo/service.ts';
import {
  buyFromNewTab,
  connect,
  go,
  jobOf,
  openService,
  receiptRow,
  step,
  untilState,
  verdict,
} from './customer.ts';
import { type Stage, takeStage } from './harness.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await takeStage();
});

const inResult = async (result: string, path: readonly string[]): Promise<Uint8Array> => {
  const { source } = stage.market.network.ipfs.node;
  const { cid } = await resolvePath(CID.parse(result), path, source);
  return readFile(cid, source, { maxBytes: 2 ** 24 });
};

async function download(page: Page, path: string): Promise<Buffer> {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: `Download ${path}` }).click(),
  ]);
  return readDisk(await file.path());
}

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
    await page.getByLabel('Into the tab').fill('3');
    const first = await buyFromNewTab(page);
    for (const label of ['Requested', 'Accepted', 'Ran', 'Published', 'Settled'])
      await step(page, label).waitFor({ timeout: 60_000 });

    await page.getByText('line 2 of the log').waitFor();
    await page.getByRole('textbox', { name: 'Search the log' }).fill('line 3');
    await page.getByText('1 of 1').waitFor();
    await page.getByRole('tab', { name: 'Flame graph' }).click();
    await page.locator('.flame__chart, .empty').first().waitFor();
    await page.getByRole('tab', { name: 'Measured' }).click();
    const phases = page.getByRole('table', { name: 'Phases of the job' });
    await expect.poll(() => phases.locator('tbody th').allInnerTexts()).toEqual(['echo', 'check']);
    await page.getByText('task-clock', { exact: true }).first().waitFor();
    await page.getByRole('tab', { name: 'Outputs' }).click();
    const result = await receiptRow(page, 'Result');
    const saved = await download(page, 'out/parameters.json');
    expect(saved).toEqual(
      Buffer.from(await inResult(result, ['outputs', 'out', 'parameters.json']))
    );
    expect(JSON.parse(saved.toString())).toMatchObject({ greeting: 'Good morning', times: 3 });

    await page.getByRole('link', { name: 'Verify this' }).click();
    await verdict(page).filter({ hasText: /hold/ }).waitFor();
    expect(await page.locator('.check--failed').count()).toBe(0);
    expect(await page.locator('.check').count()).toBeGreaterThan(25);

    await go(page, `/service/${stage.services.quick}`);
    await page.getByRole('button', { name: 'Buy from this tab' }).click();
    expect(await jobOf(page, 2)).toEqual({ tab: first.tab, sequence: 2 });
    await untilState(page, 'Settled');

    await go(page, '/jobs');
    const row = page.getByRole('link', { name: /#2/ });
    await expect.poll(() => row.innerText()).not.toContain('≤');
    await go(page, `/tabs/${first.tab}`);
    const log = page.getByRole('table', { name: 'Log of this tab' });
    await log.getByText('Settled', { exact: true }).nth(1).waitFor();
    await expect.poll(() => log.locator('tbody tr').count()).toBe(2);
    await page.locator('.promise-bar').waitFor();
    await page.getByText(/The account holds as settled all up to/).waitFor();
    await visit.close();
  });

  it('buys the app itself, and keeps what was built', async () => {
    const visit = await stage.visit();
    const { page } = visit;
    await connect(page);
    await openService(page, stage.services.app);
    await page.getByLabel('What to build').selectOption({ label: 'app' });
    await buyFromNewTab(page);
    await untilState(page, 'Running');
    await step(page, 'Published').waitFor({ timeout: 150_000 });
    const built = await inResult(await receiptRow(page, 'Result'), [...SITE_PATH, 'index.html']);
    expect(new TextDecoder().decode(built)).toContain('<title>Runproof</title>');
    await page.getByRole('tab', { name: 'Flame graph' }).click();
    await page
      .getByRole('group', { name: /^Flame graph/ })
      .locator('svg')
      .waitFor();
    await page.getByRole('tab', { name: 'Outputs' }).click();
    await page.getByLabel(/^Find among \d+ files/).fill('index.html');
    expect(await download(page, 'dist/site/index.html')).toEqual(Buffer.from(built));
    await visit.close();
  }, 240_000);
});
