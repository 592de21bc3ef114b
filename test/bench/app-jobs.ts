import { sha256 } from '@noble/hashes/sha2.js';
import type { Page } from 'playwright-core';
import { generateKeyPair } from '../../contracts/chain/sign.ts';
import { amountOf } from '../../contracts/formats/amount.ts';
import { toHex } from '../../contracts/formats/bytes.ts';
import { rawCidOf } from '../../contracts/formats/cid.ts';
import { priceOf } from '../../contracts/formats/descriptor.ts';
import { encodeRequest } from '../../contracts/formats/request.ts';
import { MINA_TOKEN, type Terms } from '../../contracts/formats/terms.ts';
import { readService } from '../../requester/read-service.ts';
import { sealJob } from '../../requester/seal.ts';
import { makeTabKeys } from '../../requester/tab-keys.ts';
import { ended } from '../../requester/job-record.ts';
import { encodeJob, encodeTab } from '../../web/store/records.ts';
import type { JobView } from '../../web/store/job-view.ts';
import type { Stage } from '../web/e2e/harness.ts';
import { openApp } from './app-page.ts';
import { type Frames, scrollThrough } from './scrolling.ts';

export { type JobList, measureJobs };

/** The page of jobs of a browser that has bought many. */
interface JobList {
  readonly jobs: number;
  readonly tabs: number;
  /** From the navigation until the first job is shown, in milliseconds. */
  readonly firstRow: number;
  /** Right from the load on, when records are still being read. */
  readonly whileLoading: Frames;
  readonly afterwards: Frames;
}

const PER_TAB = 500;
const MINA = 1_000_000_000n;

async function measureJobs(stage: Stage, jobs: number): Promise<JobList> {
  const { page, context } = await openApp(stage);
  await page.goto(stage.url('path', '/market'));
  await page.locator('a.service-row__name').first().waitFor();
  const tabs = Math.ceil(jobs / PER_TAB);
  for (let tab = 0; tab < tabs; tab++)
    await keep(page, await rowsOf(stage, Math.min(PER_TAB, jobs - tab * PER_TAB), tab));
  await page.goto('about:blank');
  await page.goto(stage.url('path', '/jobs', false));
  await page.locator('a.job-row').first().waitFor();
  const firstRow = await page.evaluate(() => performance.now());
  const whileLoading = await scrollThrough(page, 600);
  const set = await page.locator('.virtual-list__row').first().getAttribute('aria-setsize');
  if (Number(set) !== jobs) throw new Error(`the page lists ${set} jobs, and was given ${jobs}`);
  const afterwards = await scrollThrough(page, 900);
  await context.close();
  return { jobs, tabs, firstRow, whileLoading, afterwards };
}

interface Rows {
  readonly tab: string;
  readonly keys: unknown;
  readonly jobs: readonly { readonly sequence: number; readonly row: unknown }[];
  readonly views: readonly JobView[];
}

/** A tab of the store's own records: keys, requests, and what was last seen of each job. */
async function rowsOf(stage: Stage, jobs: number, number: number): Promise<Rows> {
  const { requester } = stage.market;
  const service = await readService(requester, stage.services.quick);
  const [account, requestKey] = [generateKeyPair(), generateKeyPair()];
  const price = priceOf(service.descriptor);
  const terms: Terms = {
    network: requester.networkId,
    ...{ tab: account.publicKey, service: service.address, requestKey: requestKey.publicKey },
    refund: generateKeyPair().publicKey,
    ...{ payee: service.keyset.payee, price, token: MINA_TOKEN, cap: MINA },
  };
  const keys = await makeTabKeys(terms, requestKey);
  const order = { parameters: { greeting: 'Hello' }, maximum: MINA };
  const tab = terms.tab;
  // Signing 10,000 takes minutes, and no list looks at a signature: one serves all jobs of a tab.
  const sealed = await sealJob(keys, service, order, {
    ...{ sequence: 1, maximum: MINA, validUntil: 1, slot: 1 },
  });
  const numbers = Array.from({ length: jobs }, (_, i) => i + 1);
  const block = String(rawCidOf(Uint8Array.from({ length: 32 }, (_, i) => number + i)));
  const records = numbers.map((sequence) => {
    const validUntil = 1_000 + sequence * 20 + number;
    const request = { ...sealed.request, sequence, validUntil };
    const digest = toHex(sha256(encodeRequest(request)));
    const job = { ...sealed, sequence, request, digest };
    return { job: ended(job, sequence % 20 === 0 ? 'refused' : 'delivered'), validUntil };
  });
  return {
    ...{ tab, keys: encodeTab(keys) },
    jobs: records.map(({ job }) => ({ sequence: job.sequence, row: encodeJob(tab, job) })),
    views: records.map(({ job, validUntil }): JobView => ({
      ...{ tab, sequence: job.sequence, service: service.address, validUntil },
      ...{ serviceName: service.descriptor.name, maximum: MINA, seen: Date.now() },
      digest: job.digest!,
      ...(job.state === 'refused'
        ? { state: 'refused', reason: 'the queue is full' }
        : {
            state: 'settled',
            outcome: {
              amount: amountOf(price, MINA * BigInt(1 + (job.sequence % 30)), 0, MINA),
              exitStatus: job.sequence % 7 === 0 ? 1 : 0,
              finishedAt: Math.floor(Date.now() / 1000) - job.sequence,
              commit: '0'.repeat(40),
              parent: '0'.repeat(40),
              receipt: block,
              result: block,
            },
          }),
    })),
  };
}

/** Into the very stores that the page reads. */
const keep = (page: Page, rows: Rows): Promise<void> =>
  page.evaluate(async ({ tab, keys, jobs, views }) => {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open('runproof');
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(new Error('no database'));
    });
    const transaction = database.transaction(['tabs', 'jobs', 'views'], 'readwrite');
    transaction.objectStore('tabs').put(keys, tab);
    for (const { sequence, row } of jobs) transaction.objectStore('jobs').put(row, [tab, sequence]);
    for (const view of views) transaction.objectStore('views').put(view, [tab, view.sequence]);
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onerror = () => reject(new Error('not kept'));
    });
    database.close();
  }, rows);
