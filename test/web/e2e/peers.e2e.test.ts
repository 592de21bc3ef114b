import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { readAccount } from '../../../contracts/chain/account.ts';
import {
  approve,
  buyFromNewTab,
  connect,
  openService,
  untilState,
  walletAddress,
} from './customer.ts';
import { type Stage, takeStage } from './harness.ts';
import type { Visit } from './visit.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await takeStage();
});

/** Somebody who has nowhere to upload to, at the service of a provider without an endpoint. */
async function visitor(): Promise<Visit> {
  const visit = await stage.visit({ route: '/settings' });
  const { page } = visit;
  await expect.poll(() => page.getByLabel('Upload address').inputValue()).not.toBe('');
  await page.getByLabel('Upload address').fill('');
  await page.getByLabel('Upload token').fill('');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Settings are kept.').waitFor();
  await connect(page);
  await page.getByRole('link', { name: 'Market' }).first().click();
  await openService(page, stage.services.rung);
  return visit;
}

const uploads = (page: Page): string[] => {
  const seen: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'PUT' || request.url().includes('/requests')) seen.push(request.url());
  });
  return seen;
};

describe('a provider without an endpoint', () => {
  it('fetches the request from the page itself, over a line to its IPFS node', async () => {
    const visit = await visitor();
    const { page } = visit;
    const elsewhere = uploads(page);
    const lines: string[] = [];
    page.on('websocket', (socket) => lines.push(socket.url()));
    await buyFromNewTab(page);
    await untilState(page, 'Published');
    // Sealed to the tab, and opened here.
    await page.getByText('sealed to you').waitFor();
    await page.getByText('line 3 of the log').waitFor();
    expect(elsewhere).toEqual([]);
    expect(lines.length).toBeGreaterThan(0);
    await visit.close();
  });

  it('whose node does not answer costs nothing, and the page says so', async () => {
    const visit = await visitor();
    const { page } = visit;
    visit.allow(/WebSocket/);
    const address = await walletAddress(page);
    await page.routeWebSocket(/.*/, (socket) => socket.close());
    await page.getByRole('button', { name: 'Open a tab and buy' }).click();
    await page.getByText(/provider’s node does not answer/).waitFor();
    expect((await readAccount(stage.market.requester.node, address))!.nonce).toBe(0);
    await visit.close();
  });

  it('whose node is silent is given up in time, and the page says so', async () => {
    const visit = await visitor();
    const { page } = visit;
    const address = await walletAddress(page);
    await page.routeWebSocket(/.*/, () => undefined);
    await page.getByRole('button', { name: 'Open a tab and buy' }).click();
    await page.getByText(/provider’s node does not answer/).waitFor();
    expect((await readAccount(stage.market.requester.node, address))!.nonce).toBe(0);
    await visit.close();
  });

  it('that seems never to ask is given the request after a reload, and is paid once', async () => {
    const visit = await visitor();
    const { page } = visit;
    const address = await walletAddress(page);
    let isDeaf = false;
    await page.routeWebSocket(/.*/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((message) => {
        if (!isDeaf) socket.send(message);
      });
    });
    await page.getByRole('button', { name: 'Open a tab and buy' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Sign', exact: true }).waitFor();
    isDeaf = true;
    await approve(page);
    await page.getByText('Waiting for the provider’s node to fetch the request').waitFor();
    isDeaf = false;
    await page.reload();
    await page.getByRole('link', { name: 'Jobs' }).first().click();
    const rows = page.locator('a.job-row');
    await rows.filter({ hasText: /Published|Settled/ }).waitFor({ timeout: 60_000 });
    expect(await rows.count()).toBe(1);
    expect((await readAccount(stage.market.requester.node, address))!.nonce).toBe(1);
    await visit.close();
  });
});
