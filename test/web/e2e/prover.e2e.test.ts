import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import type { KeyPair } from '../../../contracts/chain/sign.ts';
import { publishServiceWith, readService } from '../../../requester/service.ts';
import { keyWallet } from '../../../requester/wallet.ts';
import { type Market, descriptorOf, openMarket } from '../../requester/market.ts';
import { type ProverPage, isolate, openProverPage, pauseIn } from '../prover/prover-page.ts';

let market: Market;
let site: ProverPage;
let owner: KeyPair;
let service: string;

beforeAll(async () => {
  market = await openMarket();
  owner = await market.wallet();
  const keyset = market.keyset(owner.publicKey);
  const goods = { descriptor: descriptorOf(), keyset };
  ({ service } = await publishServiceWith(market.requester, goods, keyWallet(owner)));
  const { port } = new URL(market.ipfs.url);
  site = await openProverPage(market.ipfs, {
    args: [`--host-resolver-rules=MAP gateway.test 127.0.0.1:${port}`],
  });
});
afterAll(async () => {
  await site.stop();
  await market.stop();
});

const availability = (page: Page) => page.evaluate(() => window.runproof.availability());

const registrations = (page: Page) =>
  page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length);

/** Without proofs, as this network was started. */
const pause = (page: Page, paused: boolean, cancelAt?: string) =>
  pauseIn(page, {
    ...{ node: market.mina.graphql, service, owner, paused },
    ...{ proofsEnabled: false, ...(cancelAt === undefined ? {} : { cancelAt }) },
  });

/** From a timer: what a debugger evaluates itself is not held to the page's policy. */
const evaluates = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<string>((resolve) =>
        setTimeout(() => {
          try {
            resolve(String(eval('1')));
          } catch (error) {
            resolve((error as Error).name);
          }
        })
      )
  );

const isPaused = async (): Promise<boolean> =>
  (await readService(market.requester, service, { mayBePaused: true })).state.paused;

describe('proving in the page', () => {
  it('loads the page once more, isolated, at the same address', async () => {
    const page = await site.open(`${site.url}#/provide/${service}`);
    expect(await availability(page)).toEqual({ kind: 'after-reload' });
    expect(await registrations(page)).toBe(0);
    await isolate(page);
    expect(await availability(page)).toEqual({ kind: 'ready' });
    expect(page.url()).toBe(`${site.url}#/provide/${service}`);
    await page.context().close();
  });

  it('runs o1js in a worker under the page’s strict policy, and leaves no service worker', async () => {
    const page = await site.open();
    await isolate(page);
    const { outcome, steps } = await pause(page, true);
    expect(outcome).toMatchObject({ transaction: expect.stringMatching(/^5J/) });
    expect(steps.map(({ what }) => what)).toContain('loading o1js');
    expect(await isPaused()).toBe(true);
    await expect.poll(() => registrations(page)).toBe(0);
    expect(site.problems).toEqual([]);
    expect(await evaluates(page)).toBe('EvalError');

    // Isolated still, and its worker comes through a service worker again.
    expect(await availability(page)).toEqual({ kind: 'ready' });
    expect((await pause(page, false)).outcome).toMatchObject({ transaction: expect.any(String) });
    await page.context().close();
  });

  it('stops when told to, with nothing sent', async () => {
    const page = await site.open();
    await isolate(page);
    const before = await isPaused();
    expect((await pause(page, !before, 'loading o1js')).outcome).toBe('ABORTED');
    // The browser tells of a worker's end a moment after it.
    await expect.poll(() => page.workers().length).toBe(0);
    expect(await isPaused()).toBe(before);
    await page.context().close();
  });

  it('does not try a second time where the reload brought nothing', async () => {
    const page = await site.open();
    const answer = await page.evaluate(() => {
      sessionStorage.setItem(`runproof:isolated ${location.pathname}`, '');
      return window.runproof.isolate();
    });
    expect(answer).toMatchObject({ reason: 'ineffective' });
    expect(await registrations(page)).toBe(0);
    await page.context().close();
  });

  it('leaves the service worker alone that a gateway itself works by', async () => {
    const page = await site.open();
    await page.evaluate(() => navigator.serviceWorker.register('gateway-sw.js'));
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    const answer = await page.evaluate(() => window.runproof.isolate());
    expect(answer).toMatchObject({ reason: 'taken' });
    const scripts = await page.evaluate(async () =>
      (await navigator.serviceWorker.getRegistrations()).map(({ active }) => active?.scriptURL)
    );
    expect(scripts).toEqual([`${site.url}gateway-sw.js`]);
    await page.context().close();
  });

  it('says why it cannot be done: in a frame, on plain http, without service workers', async () => {
    const reason = async (page: Page) => {
      const answer = await page.evaluate(() => window.runproof.isolate());
      await page.context().close();
      return answer.kind === 'unavailable' ? answer.reason : answer.kind;
    };
    const insecure = await site.open(`http://gateway.test/ipfs/${site.cid}/`);
    expect(await reason(insecure)).toBe('insecure');
    const without = await site.open(site.url, { serviceWorkers: 'block' });
    expect(await reason(without)).toBe('refused');

    const outer = await site.open();
    const around = `${market.ipfs.url}/around.html`;
    const body = `<iframe src="${site.url}"></iframe>`;
    await outer.route(around, (route) => route.fulfill({ contentType: 'text/html', body }));
    await outer.goto(around);
    const frame = outer.frames()[1]!;
    await frame.waitForFunction(() => 'runproof' in window);
    expect(await frame.evaluate(() => window.runproof.availability())).toMatchObject({
      reason: 'subframe',
    });
    await outer.context().close();
  });
});
