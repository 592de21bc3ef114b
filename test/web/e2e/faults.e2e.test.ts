import type { BrowserContext, Page, Route } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { rawCidOf } from '../../../contracts/formats/cid.ts';
import { encodeKeyset } from '../../../contracts/formats/keyset.ts';
import { pinned } from '../../../contracts/chain/pinned.ts';
import { readService } from '../../../requester/service.ts';
import { freePort } from '../../../scripts/demo/free-port.ts';
import { buyFromNewTab, connect, go, jobOf, openService, untilState } from './customer.ts';
import { type Stage, takeStage } from './harness.ts';
import { offer } from './offer.ts';
import { pause } from './shell.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await takeStage();
});

/** What the browser itself says of requests that come to nothing. */
const FAILED = /Failed to load resource|ERR_|net::/;

/** The network file, with another list of gateways. */
const withGateways =
  (
    change: (good: string) => readonly string[],
    more?: (context: BrowserContext) => Promise<void>
  ) =>
  async (context: BrowserContext): Promise<void> => {
    const { networkFile } = stage.market.network.mina;
    await context.route(networkFile, async (route) => {
      const response = await route.fetch();
      const file = (await response.json()) as { readonly gateways: readonly [string] };
      await route.fulfill({ response, json: { ...file, gateways: change(file.gateways[0]) } });
    });
    await more?.(context);
  };

const chip = (page: Page, words: string) => page.getByRole('button', { name: `Network: ${words}` });
const panel = (page: Page) => page.getByRole('complementary', { name: 'Purchase' });

describe('where a gateway', () => {
  it.each([
    ['does not answer', (route: Route) => route.abort('connectionrefused')],
    ['answers an error', (route: Route) => route.fulfill({ status: 502, body: 'bad' })],
    ['is so slow that nobody waits', () => Promise.resolve()],
    [
      'gives wrong bytes',
      (route: Route) =>
        route.fulfill({
          contentType: 'application/vnd.ipld.raw',
          headers: { 'access-control-allow-origin': '*' },
          body: 'something else',
        }),
    ],
  ])('I1: %s, the next one takes over', async (_, answer) => {
    const bad = `http://localhost:${await freePort()}`;
    const visit = await stage.visit({
      prepare: withGateways(
        (good) => [bad, good],
        async (context) => {
          await context.route(`${bad}/**`, (route) => answer(route));
        }
      ),
    });
    visit.allow(FAILED);
    const { page } = visit;
    await page.getByRole('link', { name: 'Quick echo' }).click({ timeout: 45_000 });
    await page.getByRole('heading', { level: 1, name: 'Quick echo' }).waitFor();
    await visit.close();
  });

  it('I1: is the only one and gone, the page says which and offers to read again', async () => {
    const bad = `http://localhost:${await freePort()}`;
    const visit = await stage.visit({
      prepare: withGateways(() => [bad]),
      route: `/service/${stage.services.quick}`,
    });
    visit.allow(FAILED);
    const { page } = visit;
    await page.getByText('This service cannot be shown').waitFor();
    await page.getByRole('button', { name: 'Read it again' }).waitFor();
    expect(await page.locator('main').innerText()).toMatch(/gateway|localhost/i);
    await visit.close();
  });

  it('W2: swaps the keys of a service for its own, nothing is sold under them', async () => {
    const { keyset, state } = await readService(stage.market.requester, stage.services.quick);
    const swapped = encodeKeyset({ ...keyset, runner: keyset.payee });
    const visit = await stage.visit({
      route: `/service/${stage.services.quick}`,
      prepare: (context) =>
        context.route(
          (url) => url.pathname.startsWith(`/ipfs/${String(rawCidOf(state.keyset))}`),
          (route) =>
            route.fulfill({
              contentType: 'application/vnd.ipld.raw',
              headers: { 'access-control-allow-origin': '*' },
              body: Buffer.from(swapped),
            })
        ),
    });
    await visit.page.getByText('This service cannot be shown').waitFor();
    await visit.page.getByText(/do not hash to it/).waitFor();
    expect(await panel(visit.page).count()).toBe(0);
    await visit.close();
  });
});

describe('where the node', () => {
  it('is dead the page says so, shows what it knows, and recovers by itself', async () => {
    const visit = await stage.visit();
    visit.allow(FAILED);
    const { page } = visit;
    await chip(page, 'in step').waitFor();
    await page.getByRole('link', { name: 'Quick echo' }).waitFor();
    await visit.context.route(stage.market.network.mina.graphql, (route) => route.abort());
    await chip(page, 'offline').waitFor({ timeout: 60_000 });
    await page.getByText('The node does not answer').waitFor();
    await page.getByRole('link', { name: 'Quick echo' }).waitFor();
    await visit.context.unroute(stage.market.network.mina.graphql);
    await chip(page, 'in step').waitFor({ timeout: 60_000 });
    await visit.close();
  });

  it('is dead from the start nothing is left to wait for, and all of it is read once it lives', async () => {
    const { graphql } = stage.market.network.mina;
    const visit = await stage.visit({
      prepare: (context) => context.route(graphql, (route) => route.abort()),
    });
    visit.allow(FAILED);
    const { page } = visit;
    await chip(page, 'offline').waitFor({ timeout: 60_000 });
    await page.locator('.service-row--unread').first().waitFor();
    await expect.poll(() => page.locator('.skeleton').count()).toBe(0);
    await go(page, `/service/${stage.services.quick}`);
    await page.getByText('This service cannot be shown').waitFor();
    await go(page, '/market');
    await visit.context.unroute(graphql);
    await page.getByRole('link', { name: 'Quick echo' }).waitFor({ timeout: 60_000 });
    await visit.close();
  });

  it('’s archive is gone the page says what is missing, and buys all the same', async () => {
    const visit = await stage.visit({
      prepare: (context) =>
        context.route(stage.market.network.mina.archive, (route) => route.abort()),
    });
    visit.allow(FAILED);
    const { page } = visit;
    await chip(page, 'behind').waitFor();
    await chip(page, 'behind').click();
    await page.getByText('The archive does not answer').waitFor();
    await page.keyboard.press('Escape');
    await connect(page);
    await openService(page, stage.services.quick);
    await buyFromNewTab(page);
    await visit.close();
  });

  it('’s archive is behind the page says by how much', async () => {
    const visit = await stage.visit({
      prepare: (context) =>
        context.route(stage.market.network.mina.archive, async (route) => {
          const response = await route.fetch();
          const text = await response.text();
          await route.fulfill({
            response,
            body: text.replace(/("pendingMaxBlockHeight":)"?\d+"?/, '$11'),
          });
        }),
    });
    const { page } = visit;
    await chip(page, 'behind').click();
    await page.getByText(/The archive is \d+ blocks behind/).waitFor();
    await visit.close();
  });
});

describe('a purchase', () => {
  it('that the wallet cannot pay with its fee and the new account is not offered', async () => {
    const visit = await stage.visit();
    const { page } = visit;
    await connect(page);
    await openService(page, stage.services.quick);
    await page.getByLabel('Into the tab').fill('1549.99');
    await panel(page).getByText('Not enough in the wallet').waitFor();
    await panel(page)
      .getByText(/1 for its account/)
      .waitFor();
    expect(await page.getByRole('button', { name: 'Open a tab and buy' }).isDisabled()).toBe(true);
    await visit.close();
  });

  it('of a service that was paused meanwhile stops before anything is signed', async () => {
    const service = await offer(stage, { name: 'Soon paused' });
    const visit = await stage.visit({ route: `/service/${service}` });
    visit.allow(FAILED);
    const { page } = visit;
    await connect(page);
    await page.getByRole('button', { name: 'Open a tab and buy' }).waitFor();
    // Else the page may see it by itself before anybody has pressed.
    let press!: () => void;
    const pressed = new Promise<void>((resolve) => (press = resolve));
    await visit.context.route(stage.market.network.mina.graphql, async (route) => {
      await pressed;
      await route.continue();
    });
    await pause(stage, service);
    await page.getByRole('button', { name: 'Open a tab and buy' }).click();
    press();
    await panel(page).getByText('The service changed since you opened this page').waitFor();
    await panel(page).getByText('Paused by its owner').waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    await visit.close();
  });

  it('of a service whose schema no form can draw takes JSON, checked as it is typed', async () => {
    const parameters = {
      type: 'object' as const,
      properties: { steps: { type: 'array', items: { type: 'object', properties: {} } } },
      required: ['steps'],
    };
    const service = await offer(stage, { name: 'Odd schema', parameters });
    const visit = await stage.visit({ route: `/service/${service}` });
    const { page } = visit;
    const editor = page.getByLabel('Parameters as JSON');
    await editor.fill('{"steps": 5}');
    await page.getByText(/steps/).last().waitFor();
    expect(await editor.getAttribute('aria-invalid')).toBe('true');
    await editor.fill('{"steps": [{}]}');
    await expect.poll(() => editor.getAttribute('aria-invalid')).toBe(null);
    await visit.close();
  });

  it('C4: from a tab whose account only looks like one is not offered', async () => {
    const visit = await stage.visit();
    const { page } = visit;
    await connect(page);
    await openService(page, stage.services.quick);
    await page.getByLabel('Into the tab').fill('4');
    const { tab } = await buyFromNewTab(page);
    await untilState(page, 'Published');
    const [hash, other] = [pinned.Tab.hash, pinned.Tab.hash - 1n].map(String) as [string, string];
    await visit.context.route(stage.market.network.mina.graphql, async (route) => {
      const response = await route.fetch();
      const isOfTab = (route.request().postData() ?? '').includes(tab);
      const text = await response.text();
      await route.fulfill({
        response,
        body: isOfTab ? text.replace(hash, other) : text,
      });
    });
    await page.reload();
    await go(page, `/tabs/${tab}`);
    await page.getByText('The tab’s account could not be read').waitFor();
    await page
      .getByText(/verification key/)
      .first()
      .waitFor();
    await go(page, `/service/${stage.services.quick}`);
    await page.getByRole('button', { name: 'Open a tab and buy' }).waitFor();
    expect(await page.getByRole('button', { name: 'Buy from this tab' }).count()).toBe(0);
    await visit.close();
  });

  it('K1: lets a secret out of the browser in no form but sealed', async () => {
    const secret = 'correct-horse-battery-staple-7';
    const visit = await stage.visit();
    const { page } = visit;
    const sent: Buffer[] = [];
    page.on('request', (request) => {
      sent.push(Buffer.from(request.url()), request.postDataBuffer() ?? Buffer.alloc(0));
    });
    await connect(page);
    await openService(page, stage.services.quick);
    await page.getByRole('button', { name: 'Add a secret' }).click();
    await page.getByLabel('Name of secret 1').fill('TOKEN');
    await page.getByLabel('Value of secret 1').fill(secret);
    await buyFromNewTab(page);
    await untilState(page, 'Published');
    const all = Buffer.concat(sent).toString('latin1');
    const bytes = Buffer.from(secret);
    for (const form of [
      secret,
      bytes.toString('hex'),
      bytes.toString('base64').slice(0, -2),
      encodeURIComponent(secret),
      secret.slice(0, 12),
    ])
      expect(all).not.toContain(form);
    expect(all.length).toBeGreaterThan(10_000);
    await visit.close();
  });

  it('K3: whose envelope was exchanged on the way is refused, and the page says why', async () => {
    const visit = await stage.visit();
    visit.allow(FAILED);
    const { page } = visit;
    await connect(page);
    await openService(page, stage.services.quick);
    await page.getByLabel('Into the tab').fill('5');
    let before: Buffer | undefined;
    await visit.context.route(/\/requests$/, async (route) => {
      const body = route.request().postDataBuffer()!;
      const envelope = (of: Buffer): number => of.indexOf('age-encryption.org');
      // The request of this job with the envelope of the one before.
      const postData =
        before === undefined
          ? body
          : Buffer.concat([body.subarray(0, envelope(body)), before.subarray(envelope(before))]);
      before = body;
      await route.continue({ postData });
    });
    await buyFromNewTab(page);
    await untilState(page, 'Published');
    const buyAgain = async (): Promise<void> => {
      await go(page, `/service/${stage.services.quick}`);
      await page.getByRole('button', { name: 'Buy from this tab' }).click();
    };
    await buyAgain();
    await jobOf(page, 2);
    await buyAgain();
    await panel(page)
      .getByText(/the provider refused the request/i)
      .waitFor();
    await go(page, '/jobs');
    await page
      .locator('a.job-row')
      .filter({ hasText: '#3' })
      .filter({ hasText: 'Refused' })
      .waitFor();
    await visit.close();
  });
});
