import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { readService } from '../../../requester/service.ts';
import { auroIn } from './auro-double.ts';
import { fundedAccount } from './bought.ts';
import { connect, buyFromNewTab, go, untilState } from './customer.ts';
import { type Stage, takeStage } from './harness.ts';
import { type NewProvider, newProvider } from './provider.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await takeStage();
});

async function fillIn(page: Page, provider: NewProvider, payee: string): Promise<void> {
  // The mirror has the commits that were there when the stage was built.
  const { descriptor } = await readService(stage.market.requester, stage.services.quick);
  const fill = (label: string, value: string): Promise<void> =>
    page
      .getByLabel(new RegExp(`^${label}`))
      .first()
      .fill(value);
  await fill('Name', 'Word count');
  await fill('Description', 'Counts the words of a text.');
  await fill('Repository', stage.market.source);
  await fill('Commit', descriptor.source.commit);
  await fill('Phase 1', 'count');
  await fill('Script', 'mkdir -p dist\nwc -w < README.md > dist/words.txt');
  await fill('Outputs', 'dist');
  await fill('Base, each job', '0.02');
  await fill('A CPU second', '0.01');
  await fill('Time', '30');
  await fill('Runner’s public key', provider.runner);
  await fill('age recipients', provider.recipient);
  await fill('Payee', payee);
  await fill('Log repository', provider.log);
  await fill('Endpoint', provider.endpoint);
}

/** What a provider fits to its own machine: this one's network makes no proofs and has no DHT. */
function fitted(text: string): string {
  const file = JSON.parse(text) as { readonly ipfs: object };
  const ipfs = {
    ...file.ipfs,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    peers: stage.market.network.ipfs.node.peerAddresses().slice(0, 1),
  };
  return JSON.stringify({
    ...file,
    ipfs,
    proofs: false,
    poll: 1,
    settle: { batch: 1, seconds: 60 },
  });
}

describe('a provider', () => {
  it('publishes a service from the form, serves it by the file and the command shown, and sees what it earns', async () => {
    const owner = await fundedAccount(stage);
    const provider = await newProvider(stage, owner);
    const auro = auroIn(owner);
    const visit = await stage.visit({ prepare: (context) => auro.prepare(context) });
    const { page } = visit;
    await page.getByRole('banner').getByRole('button', { name: 'Connect a wallet' }).click();
    await page.getByRole('button', { name: 'Connect Auro' }).click();
    await page.getByRole('button', { name: 'Wallet, connected' }).waitFor();
    await page.keyboard.press('Escape');
    await go(page, '/provide');
    await page.getByRole('button', { name: 'Review and publish' }).click();
    expect(await page.locator('[aria-invalid="true"]').count()).toBeGreaterThan(5);
    await fillIn(page, provider, owner.publicKey);
    await page.getByText('All fields are right.').waitFor();
    await page.getByRole('button', { name: 'Review and publish' }).click();
    await page.getByRole('button', { name: 'Publish for 1 MINA and the fee' }).click();
    await page.waitForURL(/#\/provide\/B62/, { timeout: 60_000 });
    const service = page.url().split('/').at(-1)!;
    await page.getByRole('heading', { level: 1, name: 'Word count' }).waitFor();
    expect(await page.getByText('npx runproof runner start').count()).toBe(1);
    await provider.start(fitted(await page.locator('.block-text__json').first().innerText()));

    const customer = await stage.visit();
    await connect(customer.page);
    await go(customer.page, `/service/${service}`);
    await buyFromNewTab(customer.page);
    await untilState(customer.page, 'Settled');
    await customer.close();

    await page.getByRole('button', { name: 'Read again' }).click();
    const earnings = page.getByRole('table', { name: 'Earnings by tab' });
    await earnings.waitFor();
    await expect.poll(() => earnings.locator('tbody').innerText()).toMatch(/0\.0[2-9]/);

    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    const line = await page.getByRole('dialog').locator('.command-line__text').innerText();
    await provider.pause(line);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Refresh', exact: true }).first().click();
    await page.getByRole('button', { name: 'Go on', exact: true }).waitFor();
    await provider.stop();
    await visit.close();
  }, 300_000);
});
