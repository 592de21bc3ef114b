import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { ROOT } from '../../scripts/site/checkout.ts';
import { settledJob } from './e2e/bought.ts';
import { buyFromNewTab, connect, go, openService, untilState, verdict } from './e2e/customer.ts';
import { type Stage, takeStage } from './e2e/harness.ts';
import { offer } from './e2e/offer.ts';
import type { VisitOptions } from './e2e/visit.ts';

/** Every page and state, wide and narrow, light and dark, for eyes: `npm run screenshots`. */
const FOLDER = join(ROOT, 'dist', 'screenshots');
const PHONE = 390;
const WIDTHS = [1440, PHONE] as const;
const THEMES = ['light', 'dark'] as const;

type Shoot = (state: string, page: Page) => Promise<void>;

/** One visit, and what is looked at on its way. */
interface Tour {
  readonly options?: VisitOptions;
  readonly walk: (page: Page, shoot: Shoot) => Promise<void>;
}

const shooter =
  (width: number): Shoot =>
  async (state, page) => {
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.mouse.move(0, 0);
      const path = join(FOLDER, `${state}-${width}-${colorScheme}.png`);
      // A dialog belongs to the window, a page to its whole length.
      const fullPage = (await page.locator('dialog[open], [popover]:popover-open').count()) === 0;
      // What is fixed to the window's foot would lie across the middle of a long page.
      const isLong = await page.evaluate(
        () => document.documentElement.scrollHeight > window.innerHeight
      );
      const style = fullPage && isLong && width === PHONE ? '.header__nav { display: none }' : '';
      await page.screenshot({ path, fullPage, style });
    }
  };

const until = (page: Page, text: string | RegExp): Promise<void> =>
  page.getByText(text).first().waitFor();
const listed = (page: Page): Promise<void> => until(page, 'Quick echo');

async function tours(stage: Stage): Promise<readonly Tour[]> {
  const { services } = stage;
  const { graphql } = stage.market.network.mina;
  const job = await settledJob(stage);
  const gateway = stage.market.network.ipfs.url;
  const undrawn = await offer(stage, {
    name: 'Odd schema',
    parameters: {
      type: 'object',
      properties: { steps: { type: 'array', items: { type: 'object', properties: {} } } },
      required: ['steps'],
    },
  });
  const never = (context: BrowserContext): Promise<unknown> =>
    context.route(graphql, () => Promise.resolve());
  const dead = (context: BrowserContext): Promise<unknown> =>
    context.route(graphql, (route) => route.abort());
  const tampered = (context: BrowserContext): Promise<unknown> =>
    context.route(`${gateway}/ipfs/${job.receipt}*`, (route) =>
      route.fulfill({ body: 'other bytes', headers: { 'access-control-allow-origin': '*' } })
    );
  return [
    {
      options: { isAdopting: false },
      walk: async (page, shoot) => {
        await until(page, 'Not connected to a network yet');
        await shoot('market-no-network', page);
        for (const route of ['settings', 'jobs', 'tabs', 'verify', 'provide']) {
          await go(page, `/${route}`);
          await page.getByRole('heading', { level: 1 }).waitFor();
          await page.waitForLoadState('networkidle');
          await shoot(`${route}-empty`, page);
        }
        await go(page, '/nowhere');
        await shoot('missing', page);
      },
    },
    {
      options: { prepare: never },
      walk: async (page, shoot) => {
        await page.getByRole('heading', { level: 1 }).waitFor();
        await shoot('market-loading', page);
        await go(page, `/service/${services.quick}`);
        await shoot('service-loading', page);
        await go(page, `/verify/${job.receipt}`);
        await shoot('verify-running', page);
        await go(page, `/provide/${services.quick}`);
        await shoot('provide-service-loading', page);
      },
    },
    {
      options: { prepare: dead },
      walk: async (page, shoot) => {
        await until(page, 'The node does not answer');
        await shoot('market-offline', page);
        await go(page, `/service/${services.quick}`);
        await until(page, 'This service cannot be shown');
        await shoot('service-error', page);
        await go(page, `/verify/${job.receipt}`);
        await until(page, 'It could not be verified');
        await shoot('verify-offline', page);
      },
    },
    {
      options: { prepare: tampered },
      walk: async (page, shoot) => {
        await listed(page);
        await go(page, `/verify/${job.commit}`);
        await verdict(page).waitFor();
        await shoot('verify-fails', page);
      },
    },
    {
      walk: async (page, shoot) => {
        await listed(page);
        await page.waitForLoadState('networkidle');
        await shoot('market', page);
        await page.getByLabel('Search services').fill('nothing like this');
        await until(page, 'Nothing fits');
        await shoot('market-nothing-fits', page);
        await go(page, '/settings');
        await until(page, 'What leaves your browser');
        await shoot('settings', page);
        await go(page, `/verify/${job.receipt}`);
        await verdict(page).filter({ hasText: 'hold' }).waitFor();
        await shoot('verify', page);
        await go(page, `/job/${job.tab}/1`);
        await until(page, 'This browser did not order that job');
        await shoot('job-of-somebody-else', page);
        await go(page, `/service/${services.hostile}`);
        await page.getByRole('complementary', { name: 'Purchase' }).waitFor();
        await shoot('service-hostile', page);
        await go(page, `/service/${undrawn}`);
        await page.getByLabel('Parameters as JSON').fill('{"steps": 5}');
        await shoot('service-json', page);
      },
    },
    {
      walk: async (page, shoot) => {
        await listed(page);
        await connect(page);
        await openService(page, services.rung);
        await buyFromNewTab(page);
        await untilState(page, 'Published');
        await until(page, 'line 3 of the log');
        await shoot('job-sealed', page);
        await page.getByRole('tab', { name: 'Outputs' }).click();
        await until(page, 'opened here with the tab');
        await shoot('job-sealed-outputs', page);
      },
    },
    {
      walk: async (page, shoot) => {
        await listed(page);
        await page.getByRole('banner').getByRole('button', { name: 'Connect a wallet' }).click();
        await shoot('wallet-connect', page);
        await page.keyboard.press('Escape');
        await connect(page);
        await openService(page, services.quick);
        await page.waitForLoadState('networkidle');
        await shoot('service', page);
        await page.getByLabel('Into the tab').fill('9000');
        await until(page, 'Not enough in the wallet');
        await shoot('service-shortage', page);
        await page.getByLabel('Into the tab').fill('4');
        await page.getByLabel('Greeting').fill('');
        await page.getByRole('button', { name: 'Open a tab and buy' }).click();
        await shoot('service-form-error', page);
        await page.getByLabel('Greeting').fill('Hello');
        await page.getByRole('button', { name: 'Open a tab and buy' }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Sign', exact: true }).waitFor();
        await shoot('service-sign', page);
        await page.getByRole('dialog').getByRole('button', { name: 'Decline' }).click();
        await until(page, 'You declined in the wallet');
        await shoot('service-declined', page);
        const { tab } = await buyFromNewTab(page);
        await shoot('job-under-way', page);
        await untilState(page, 'Settled');
        await until(page, 'line 3 of the log');
        await shoot('job', page);
        for (const view of ['Flame graph', 'Measured', 'Outputs']) {
          await page.getByRole('tab', { name: view }).click();
          // Shown once its code is there; until then the last view stays.
          await page.getByRole('tab', { name: view, selected: true }).waitFor();
          await page.waitForLoadState('networkidle');
          await page.locator('.skeleton').first().waitFor({ state: 'detached' });
          await shoot(`job-${view.toLowerCase().replace(' ', '-')}`, page);
        }
        await go(page, '/jobs');
        await page.locator('a.job-row').waitFor();
        await shoot('jobs', page);
        await page.context().route(/\/requests$/, (route) => {
          const body = Buffer.from(route.request().postDataBuffer()!);
          body[body.length - 1]! ^= 1;
          return route.continue({ postData: body });
        });
        await go(page, `/service/${services.quick}`);
        await page.getByRole('button', { name: 'Buy from this tab' }).click();
        await until(page, /the provider refused the request/i);
        await shoot('service-refused', page);
        await go(page, `/job/${tab}/2`);
        await untilState(page, 'Refused');
        await shoot('job-refused', page);
        await go(page, '/tabs');
        await page.locator(`a[href="#/tabs/${tab}"]`).first().waitFor();
        await shoot('tabs', page);
        await go(page, `/tabs/${tab}`);
        await page.getByRole('button', { name: 'Top up this tab' }).waitFor();
        await page.waitForLoadState('networkidle');
        await shoot('tab', page);
        for (const action of ['Top up', 'Extend', 'Close']) {
          await page.getByRole('button', { name: `${action} this tab` }).click();
          await page.getByRole('dialog').waitFor();
          await shoot(`tab-${action.toLowerCase().replace(' ', '-')}`, page);
          await page.keyboard.press('Escape');
        }
        await go(page, '/provide');
        await page.getByRole('button', { name: 'Review and publish' }).click();
        await shoot('provide-form-errors', page);
        await go(page, `/provide/${services.quick}`);
        await until(page, 'Earnings');
        await page.waitForLoadState('networkidle');
        await shoot('provide-service', page);
        await page.getByRole('button', { name: 'Pause', exact: true }).click();
        await shoot('provide-pause', page);
      },
    },
  ];
}

await rm(FOLDER, { recursive: true, force: true });
await mkdir(FOLDER, { recursive: true });
const stage = await takeStage();
for (const { options, walk } of await tours(stage))
  for (const width of WIDTHS) {
    const viewport = { width, height: width === PHONE ? 844 : 900 };
    const { page, context } = await stage.visit({ ...options, viewport });
    await walk(page, shooter(width));
    await context.close();
  }
console.log(FOLDER);
await stage.browser.close();
await stage.market.stop();
process.exit(0);
