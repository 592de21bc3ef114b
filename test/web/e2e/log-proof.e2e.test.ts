import type { Page, Worker } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { readAccount } from '../../../contracts/chain/account.ts';
import { genesisId, headField } from '../../../contracts/formats/log-commit.ts';
import { OPENING_LOG } from '../../../contracts/formats/receipt.ts';
import { OPENING_WINDOW, packWindow } from '../../../contracts/formats/window.ts';
import type { LogClaim } from '../../../requester/log-claim.ts';
import type { FromWorker } from '../../../web/prover/message.ts';
import { type BoughtJob, settledJob } from './bought.ts';
import { type Stage, takeStage } from './harness.ts';
import type { Visit } from './visit.ts';

let stage: Stage;
let job: BoughtJob;
beforeAll(async () => {
  stage = await takeStage();
  job = await settledJob(stage);
});

/**
 * Where o1js would prove for minutes stands a worker that says what it is told to. All else is the
 * app's: its reload into isolation, its thread, what it shows, and the chain that it asks.
 */
const visitOfTab = (): Promise<Visit> =>
  stage.visit({
    route: `/verify/${job.tab}`,
    prepare: (context) =>
      context.route(/\/assets\/worker-[^/]+\.js$/, (route) =>
        route.fulfill({ contentType: 'text/javascript', body: 'self.onmessage = () => undefined' })
      ),
  });

const proveButton = (page: Page) => page.getByRole('button', { name: 'Prove 1 job in this page' });

async function beginning(page: Page): Promise<Worker> {
  const [worker] = await Promise.all([page.waitForEvent('worker'), proveButton(page).click()]);
  return worker;
}

const say = (worker: Worker, message: FromWorker): Promise<void> =>
  worker.evaluate((told) => self.postMessage(told), message);

/** What the circuit would put out for the log as it was settled. */
async function trueClaim(): Promise<LogClaim> {
  const account = await readAccount(stage.market.requester.node, job.tab);
  const [headAfter, logAfter, terms, windowAfter, total] = account!.state as [
    ...[bigint, bigint, bigint, bigint, bigint],
  ];
  return {
    ...{ terms, runner: 0n, headAfter, logAfter, windowAfter, total },
    headBefore: headField(genesisId(job.tab)),
    logBefore: OPENING_LOG,
    windowBefore: packWindow(OPENING_WINDOW),
  };
}

describe('proving a log in the page', () => {
  it('begins by itself after the reload that it takes, says how far it is, and stops when told to', async () => {
    const visit = await visitOfTab();
    const { page } = visit;
    // The page is loaded again, isolated, and goes on with what was asked of it.
    const worker = await beginning(page);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    const step = page.getByRole('listitem').filter({ hasText: /^Prove the log, under way/ });
    await step.waitFor();
    await say(worker, { type: 'progress', progress: { what: 'loading o1js', done: 0, of: 1 } });
    await step.getByText('loading o1js', { exact: true }).waitFor();
    await say(worker, { type: 'progress', progress: { what: 'proving', done: 2, of: 3 } });
    await step.getByText('proving, 2 of 3').waitFor();
    await say(worker, { type: 'refused', file: 'step-vk-joblog' });
    const swapped = page.locator('.notice').filter({ hasText: 'Key files were swapped' });
    await swapped.getByText('step-vk-joblog').waitFor();

    await page.getByRole('button', { name: 'Stop' }).click();
    await proveButton(page).waitFor();
    await expect.poll(() => page.workers().length).toBe(0);
    expect(await page.getByText('It could not be proven').count()).toBe(0);

    // What the last try came to is not told of the next one.
    await beginning(page);
    await step.waitFor();
    expect(await swapped.count()).toBe(0);
    expect(await step.getByText('proving, 2 of 3').count()).toBe(0);
    await visit.close();
  });

  it('says why it failed, and can be begun again', async () => {
    const visit = await visitOfTab();
    const { page } = visit;
    const failed = page.locator('.notice').filter({ hasText: 'It could not be proven' });
    const worker = await beginning(page);
    await say(worker, {
      type: 'failed',
      code: 'CIRCUIT',
      message: 'the circuit has another key than this release; open it from another gateway.',
    });
    await failed.getByText('The circuit has another key than this release').waitFor();
    await expect.poll(() => page.workers().length).toBe(0);
    await beginning(page);
    await failed.waitFor({ state: 'detached' });
    await visit.close();
  });

  it('holds each thing that the proof says against the chain, once it is made', async () => {
    const visit = await visitOfTab();
    const { page } = visit;
    const claim = await trueClaim();
    const proof = page.locator('.checks').filter({
      has: page.getByRole('heading', { name: 'The proof', exact: true }),
    });
    await say(await beginning(page), { type: 'done', result: { claim } });
    await proof.getByText('7 hold').waitFor();
    await proof.getByText('made and verified here for 1 job').waitFor();
    await page.getByRole('status').getByText('The proof is made.').waitFor({ state: 'attached' });

    await say(await beginning(page), {
      type: 'done',
      result: { claim: { ...claim, total: claim.total + 1n } },
    });
    await proof.getByText('1 of 7 fails').waitFor();
    expect(await proof.locator('.check--failed .check__id').allInnerTexts()).toEqual([
      'proof-total',
    ]);
    await visit.close();
  });
});
