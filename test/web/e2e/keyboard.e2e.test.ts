import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { jobOf, untilState } from './customer.ts';
import { type Stage, takeStage } from './harness.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await takeStage();
});

/** What a reader would call the element that has the focus, and what kind it is. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLInputElement | null;
    if (element === null) return '';
    const label = element.labels?.[0]?.textContent ?? '';
    return (element.getAttribute('aria-label') ?? (label || element.textContent)).trim();
  });

const MOST_STOPS = 60;

/** Goes on from stop to stop, as somebody without a mouse does. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const seen: string[] = [];
  for (let stop = 0; stop < MOST_STOPS; stop++) {
    await page.keyboard.press('Tab');
    const now = await focused(page);
    if (name.test(now)) return;
    seen.push(now);
  }
  throw new Error(`no stop is called ${String(name)}: ${seen.join(' | ')}`);
}

describe('a purchase', () => {
  it('is made from the first page to the receipt without a mouse', async () => {
    const visit = await stage.visit();
    const { page } = visit;
    await page.getByRole('link', { name: 'Quick echo' }).waitFor();
    await tabTo(page, /^Connect a wallet/);
    await page.keyboard.press('Enter');
    await tabTo(page, /^Connect Development wallet/);
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Connect', exact: true }).waitFor();
    expect(await focused(page)).toBe('Connect');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'hidden' });
    await page.keyboard.press('Escape');

    await tabTo(page, /^Quick echo/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Quick echo' }).waitFor();
    await tabTo(page, /^Greeting/);
    await page.keyboard.press('Control+A');
    await page.keyboard.type('By keys alone');
    await tabTo(page, /^Shout/);
    await page.keyboard.press('Space');
    await tabTo(page, /^Tone/);
    await page.keyboard.press('ArrowDown');
    await tabTo(page, /^Seconds of CPU time/);
    await page.keyboard.press('ArrowLeft');
    await tabTo(page, /^Open a tab and buy/);
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: 'Sign', exact: true }).waitFor();
    expect(await focused(page)).toBe('Sign');
    await page.keyboard.press('Enter');
    await jobOf(page);
    await untilState(page, 'Published');

    await page.getByText('line 2 of the log').waitFor();
    await tabTo(page, /^Log$/);
    await page.keyboard.press('End');
    await page.getByRole('button', { name: 'Download out/parameters.json' }).waitFor();
    await tabTo(page, /^Download out\/parameters\.json/);
    const saved = page.waitForEvent('download');
    await page.keyboard.press('Enter');
    const file = await (await saved).createReadStream();
    const parameters = JSON.parse(Buffer.concat(await file.toArray()).toString()) as unknown;
    expect(parameters).toMatchObject({ greeting: 'By keys alone', shout: true, tone: 'loud' });
    await visit.close();
  });
});
