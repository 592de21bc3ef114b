import { beforeAll, describe, expect, it } from 'vitest';
import { buyFromNewTab, connect, go, openService, untilState } from './customer.ts';
import { type Stage, takeStage } from './harness.ts';
import { INTRUSION } from './hostile-service.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await takeStage();
});

describe('a provider that means harm', () => {
  it('W1: is shown as inert text on every page: nothing of it runs, is drawn, or turns its neighbours around', async () => {
    const visit = await stage.visit();
    const { page } = visit;
    const assertInert = async (): Promise<void> => {
      await page.getByText('<img src=x').first().waitFor();
      const found = await page.evaluate(() => ({
        ran: 'intruder' in window,
        drawn: document.querySelectorAll('img, iframe, object, embed').length,
        links: document.querySelectorAll('[href^="javascript:"]').length,
        raw: /[\u0000-\u0008\u001b\u202a-\u202e\u2066-\u2069]/u.test(
          document.title + document.body.innerText
        ),
      }));
      expect(found).toEqual({ ran: false, drawn: 0, links: 0, raw: false });
    };
    await connect(page);
    await assertInert();
    await openService(page, stage.services.hostile);
    await assertInert();
    const { tab } = await buyFromNewTab(page);
    await untilState(page, 'Published');
    await page.getByText('the last line').waitFor();
    await assertInert();
    await page.getByText(INTRUSION, { exact: true }).first().waitFor();
    await page.getByRole('tab', { name: 'Outputs' }).click();
    await page.getByRole('button', { name: /^Download out\// }).waitFor();
    await assertInert();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: /^Download out\// }).click(),
    ]);
    expect(file.suggestedFilename()).not.toMatch(/[<>"\\/]/);
    for (const route of ['/jobs', `/tabs/${tab}`, `/provide/${stage.services.hostile}`]) {
      await go(page, route);
      await assertInert();
    }
    await visit.close();
  });

  it('keeps the page answering with a log of 100 MB', async () => {
    const visit = await stage.visit();
    const { page } = visit;
    await connect(page);
    await openService(page, stage.services.hostile);
    await page
      .getByRole('spinbutton')
      .or(page.locator('input[inputmode="numeric"]'))
      .first()
      .fill('100');
    await buyFromNewTab(page);
    await untilState(page, 'Published', 90_000);
    await page.evaluate(() => {
      window.longest = 0;
      let before = performance.now();
      const tick = (now: number): void => {
        window.longest = Math.max(window.longest, now - before);
        before = now;
        requestAnimationFrame(tick);
      };
      requestAnimationFrame(tick);
    });
    await page.getByText(/[12],\d{3},\d{3} lines/).waitFor({ timeout: 90_000 });
    await page.getByRole('region', { name: 'Lines of the log' }).focus();
    await page.keyboard.press('End');
    await page.getByText('the last line').waitFor();
    await page.getByRole('textbox', { name: 'Search the log' }).fill('the last line');
    await page.getByText(/^1 of 1$/).waitFor({ timeout: 60_000 });
    // Half a second on a machine that also runs the network, the provider and this test.
    expect(await page.evaluate(() => window.longest)).toBeLessThan(500);
    await visit.close();
  }, 240_000);
});

declare global {
  interface Window {
    /** Milliseconds of the longest frame. */
    longest: number;
  }
}
