import type { Page } from 'playwright-core';

export {
  type JobPlace,
  approve,
  connect,
  walletAddress,
  openService,
  buyFromNewTab,
  jobOf,
  stateOf,
  untilState,
  step,
  receiptRow,
  verdict,
  go,
};

/** Answers what the development wallet asks, as its owner would. */
async function approve(page: Page, button: 'Connect' | 'Sign' = 'Sign'): Promise<void> {
  await page.getByRole('dialog').getByRole('button', { name: button, exact: true }).click();
}

/** From a page that offers the wallet; connected when it resolves. */
async function connect(page: Page): Promise<void> {
  await page.getByRole('banner').getByRole('button', { name: 'Connect a wallet' }).click();
  await page.getByRole('button', { name: 'Connect Development wallet' }).first().click();
  await approve(page, 'Connect');
  await page.getByRole('button', { name: 'Wallet, connected' }).waitFor();
  await page.keyboard.press('Escape');
}

/** Of the wallet that is connected. */
async function walletAddress(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Wallet, connected' }).click();
  const address = await page.getByRole('banner').locator('[title^="B62"]').getAttribute('title');
  await page.keyboard.press('Escape');
  return address!;
}

/** From the market. */
async function openService(page: Page, address: string): Promise<void> {
  await page.locator(`a[href="#/service/${address}"]`).click();
  await page.getByRole('complementary', { name: 'Purchase' }).waitFor();
}

/** @returns once the page shows the job that was bought */
async function buyFromNewTab(page: Page): Promise<JobPlace> {
  await page.getByRole('button', { name: 'Open a tab and buy' }).click();
  await approve(page);
  return jobOf(page);
}

interface JobPlace {
  readonly tab: string;
  readonly sequence: number;
}

/** Of the job page that comes. */
async function jobOf(page: Page, sequence?: number): Promise<JobPlace> {
  const number = sequence === undefined ? '\\d+' : String(sequence);
  await page.waitForURL(new RegExp(`#/job/B62[^/]+/${number}$`), { timeout: 60_000 });
  const [, tab, found] = /#\/job\/([^/]+)\/(\d+)$/.exec(page.url())!;
  return { tab: tab!, sequence: Number(found) };
}

/** A station of the job's way, as the page shows it. */
const step = (page: Page, label: string) =>
  page.getByRole('listitem').filter({ hasText: new RegExp(`^${label}, done`) });

/** The badge beside the job's name. */
const stateOf = (page: Page) => page.getByRole('heading', { level: 1 }).locator('.badge');

/** @param state `Published` holds of a job that is settled as well */
async function untilState(page: Page, state: string, timeout = 60_000): Promise<void> {
  await stateOf(page)
    .filter({ hasText: state === 'Published' ? /Published|Settled/ : state })
    .waitFor({ timeout });
}

/** What a row of the receipt names, in full. */
const receiptRow = async (page: Page, name: string): Promise<string> => {
  const row = page.locator('.job__receipt dl > div, .job__receipt .key-value__row');
  const cell = row.filter({ has: page.getByText(name, { exact: true }) }).locator('[title]');
  return (await cell.first().getAttribute('title'))!;
};

/** Above all checks, once they are made. */
const verdict = (page: Page) => page.locator('.report .notice').first();

/** Another route of the same page, without loading it again. */
const go = (page: Page, route: string): Promise<void> =>
  page.evaluate((to) => void (location.hash = `#${to}`), route);
