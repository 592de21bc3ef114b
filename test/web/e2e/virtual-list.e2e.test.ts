import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { buyFromNewTab, connect, go, openService } from './customer.ts';
import { type Stage, takeStage } from './harness.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await takeStage();
});

/** Pixels between each row and the next: below 0 one covers the other. */
const gaps = (page: Page): Promise<readonly number[]> =>
  page.locator('.virtual-list__row').evaluateAll((rows) => {
    const boxes = rows.map((row) => row.getBoundingClientRect()).sort((a, b) => a.top - b.top);
    return boxes.slice(1).map(({ top }, i) => Math.round(top - boxes[i]!.bottom));
  });

describe('a list that is kept up to date', () => {
  it('keeps the focus where it is while the row comes to say something else', async () => {
    const visit = await stage.visit();
    const { page } = visit;
    await connect(page);
    await openService(page, stage.services.quick);
    await buyFromNewTab(page);
    await go(page, '/jobs');
    const row = page.locator('a.job-row');
    await row.focus();
    await row.filter({ hasText: 'Settled' }).waitFor({ timeout: 60_000 });
    expect(await row.evaluate((element) => element === document.activeElement)).toBe(true);
    await visit.close();
  });

  it('places rows that are higher than usual one below the other, however they are put in order', async () => {
    const visit = await stage.visit({ viewport: { width: 390, height: 844 } });
    const { page } = visit;
    await page.getByRole('link', { name: 'Quick echo' }).waitFor();
    await expect.poll(() => page.locator('.virtual-list__row .skeleton').count()).toBe(0);
    const order = page.getByLabel('Order');
    for (const label of ['By name', 'Cheapest minute first', 'Most settled first']) {
      await order.selectOption({ label });
      // As soon as it is drawn, and for good.
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
      expect(new Set(await gaps(page)), label).toEqual(new Set([0]));
    }
    await visit.close();
  });
});
