import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BoughtJob, settledJob } from './bought.ts';
import { buyFromNewTab, connect, go, openService, step, untilState, verdict } from './customer.ts';
import { type Stage, takeStage } from './harness.ts';

let stage: Stage;
let job: BoughtJob;
let source: string;
beforeAll(async () => {
  stage = await takeStage();
  job = await settledJob(stage);
  source = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
});

/** Rule, place and what is wrong, of what is serious or critical. */
async function faultsOf(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(source);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary}`)
    );
}

/** Both themes of a page as it stands. */
async function assertAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const faults = await faultsOf(page);
    expect(faults, `${page.url().split('#')[1]}, ${colorScheme}`).toEqual([]);
  }
}

const heading = (page: Page, name: string | RegExp) =>
  page.getByRole('heading', { level: 1, name });

const PAGES: readonly (readonly [() => string, string | RegExp])[] = [
  [() => '/market', /Buy a CI run/],
  [() => `/service/${stage.services.quick}`, 'Quick echo'],
  [() => '/jobs', 'Jobs'],
  [() => '/tabs', 'Tabs'],
  [() => '/verify', 'Verify'],
  [() => '/provide', 'Provide'],
  [() => `/provide/${stage.services.quick}`, 'Quick echo'],
  [() => '/settings', /Settings/],
  [() => '/nothing', /./],
];

describe('axe finds nothing serious', () => {
  it('on a page without a network, and where it asks whether to use one', async () => {
    const visit = await stage.visit({ isAdopting: false });
    await visit.page.getByText('Not connected to a network yet').waitFor();
    await assertAccessible(visit.page);
    await visit.close();
  });

  it('on any page', async () => {
    const visit = await stage.visit();
    const { page } = visit;
    await page.getByRole('link', { name: 'Quick echo' }).waitFor();
    for (const [route, title] of PAGES) {
      await go(page, route());
      await heading(page, title).waitFor();
      await page.waitForLoadState('networkidle');
      await assertAccessible(page);
    }
    await visit.close();
  });

  it('on a verified receipt, and on one that cannot be found', async () => {
    const visit = await stage.visit({ route: `/verify/${job.receipt}` });
    const { page } = visit;
    await verdict(page).filter({ hasText: 'checks hold' }).waitFor();
    await assertAccessible(page);
    await go(page, `/verify/${job.tab.replace(/.{3}$/, 'abc')}`);
    await page.getByText('It could not be verified').waitFor();
    await assertAccessible(page);
    await visit.close();
  });

  it('on the way of a purchase: dialogs, the job’s four views, its tab, its dialogs', async () => {
    const visit = await stage.visit();
    const { page } = visit;
    await page.getByRole('banner').getByRole('button', { name: 'Connect a wallet' }).click();
    await assertAccessible(page);
    await page.keyboard.press('Escape');
    await connect(page);
    await openService(page, stage.services.quick);
    await page.getByLabel('Greeting').fill('');
    await page.getByRole('button', { name: 'Open a tab and buy' }).click();
    await assertAccessible(page);
    await page.getByLabel('Greeting').fill('Hello');
    const { tab } = await buyFromNewTab(page);
    await step(page, 'Requested').waitFor();
    await assertAccessible(page);
    await untilState(page, 'Published');
    await page.getByText('line 2 of the log').waitFor();
    await assertAccessible(page);
    for (const view of ['Flame graph', 'Measured', 'Outputs']) {
      await page.getByRole('tab', { name: view }).click();
      await page.waitForLoadState('networkidle');
      await assertAccessible(page);
    }
    await go(page, '/jobs');
    await page.locator('a.job-row').waitFor();
    await assertAccessible(page);
    await go(page, '/tabs');
    await page.locator(`a[href="#/tabs/${tab}"]`).first().waitFor();
    await assertAccessible(page);
    await go(page, `/tabs/${tab}`);
    for (const action of ['Top up', 'Extend', 'Close']) {
      await page.getByRole('button', { name: `${action} this tab` }).click();
      await page.getByRole('dialog').waitFor();
      await assertAccessible(page);
      await page.keyboard.press('Escape');
    }
    await visit.close();
  }, 180_000);

  it('where the node is dead', async () => {
    const visit = await stage.visit({
      prepare: (context) =>
        context.route(stage.market.network.mina.graphql, (route) => route.abort()),
    });
    visit.allow(/Failed to load resource|ERR_FAILED/);
    await visit.page.getByText('The node does not answer').waitFor();
    await assertAccessible(visit.page);
    await visit.close();
  });
});
