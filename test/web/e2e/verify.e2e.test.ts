import { rawCidOf } from '../../../contracts/formats/cid.ts';
import { CID } from 'multiformats/cid';
import type { BrowserContext } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { exportCar } from '../../../ipfs/car.ts';
import { type BoughtJob, settledJob } from './bought.ts';
import { verdict } from './customer.ts';
import { FORMS, type Stage, takeStage } from './harness.ts';

let stage: Stage;
let job: BoughtJob;
beforeAll(async () => {
  stage = await takeStage();
  job = await settledJob(stage);
});

/** Turns a bit of what any gateway answers for a block. */
const tamper =
  (cid: string) =>
  (context: BrowserContext): Promise<unknown> =>
    context.route(
      (url) => url.pathname.startsWith(`/ipfs/${cid}`),
      async (route) => {
        const response = await route.fetch();
        const body = await response.body();
        body[body.length - 1]! ^= 1;
        await route.fulfill({ response, body });
      }
    );

async function carOf(root: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of exportCar(CID.parse(root), stage.market.network.ipfs.node.source, {}))
    parts.push(part);
  return Buffer.concat(parts);
}

describe.each(FORMS)('a receipt, opened from a gateway in %s form', (form) => {
  it('is verified by a link that names its CID, with no wallet', async () => {
    const visit = await stage.visit({ form, route: '/market' });
    await visit.page.getByRole('link', { name: 'Quick echo' }).waitFor();
    await visit.page.goto(stage.url(form, `/verify/${job.receipt}`, false));
    await verdict(visit.page).filter({ hasText: 'checks hold' }).waitFor();
    expect(await visit.page.locator('.check--failed').count()).toBe(0);
    await visit.close();
  });
});

describe('verifying in the page', () => {
  it.each([
    ['a commit', () => job.commit],
    ['a result', () => job.result],
    ['a whole tab', () => job.tab],
  ])('takes %s', async (_, target) => {
    const visit = await stage.visit();
    const { page } = visit;
    await page.getByRole('link', { name: 'Quick echo' }).waitFor();
    await page.getByRole('link', { name: 'Verify' }).click();
    await page.getByLabel('What do you hold?').fill(target());
    await page.keyboard.press('Enter');
    await verdict(page).filter({ hasText: 'checks hold' }).waitFor();
    expect(page.url()).toContain(`#/verify/${target()}`);
    await visit.close();
  });

  it('takes a CAR that is dropped on it, in place of what gateways say', async () => {
    const visit = await stage.visit({ route: `/verify/${job.receipt}` });
    const { page } = visit;
    await verdict(page).filter({ hasText: 'checks hold' }).waitFor();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    const bytes = await carOf(job.result);
    const dropped = await page.evaluateHandle((base64) => {
      const data = new DataTransfer();
      const content = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      data.items.add(new File([content], 'result.car'));
      return data;
    }, bytes.toString('base64'));
    await page.dispatchEvent('main', 'drop', { dataTransfer: dropped });
    await page.locator('.checks').filter({ hasText: 'The file' }).waitFor();
    await verdict(page).filter({ hasText: 'checks hold' }).waitFor();
    expect(asked.filter((path) => path.startsWith(`/ipfs/${job.result}`))).toEqual([]);
    await visit.close();
  });

  it.each([
    ['receipt', 'receipt-block', () => job.receipt],
    ['result', 'result', () => job.result],
  ])('I1: names the check that a tampered %s fails', async (_, check, cid) => {
    const visit = await stage.visit({ prepare: tamper(cid()) });
    const { page } = visit;
    await page.getByRole('link', { name: 'Quick echo' }).waitFor();
    await page.goto(stage.url('path', `/verify/${job.commit}`, false));
    await verdict(page)
      .filter({ hasText: new RegExp(`fails?: ${check}`) })
      .waitFor();
    const failed = page.locator('.check--failed .check__id');
    expect(await failed.first().innerText()).toBe(check);
    await visit.close();
  });

  it('says so where nobody knows the receipt, and what to add', async () => {
    const unknown = rawCidOf(new Uint8Array(32).fill(7)).toString();
    const visit = await stage.visit();
    await visit.page.getByRole('link', { name: 'Quick echo' }).waitFor();
    await visit.page.goto(stage.url('path', `/verify/${unknown}`, false));
    await visit.page.getByText('It could not be verified').waitFor();
    await visit.page.getByText('Say which service or log it belongs to').waitFor();
    await visit.close();
  });
});
