import * as dagPb from '@ipld/dag-pb';
import { UnixFS } from 'ipfs-unixfs';
import { CID } from 'multiformats/cid';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryStore, text } from '../../ipfs/memory.ts';
import {
  type JobPlace,
  buyFromNewTab,
  connect,
  openService,
  receiptRow,
  untilState,
} from './customer.ts';
import { type Stage, takeStage } from './harness.ts';
import type { Visit } from './visit.ts';

let stage: Stage;
let visit: Visit;
let page: Page;
let place: JobPlace;
let result: string;

beforeAll(async () => {
  stage = await takeStage();
  visit = await stage.visit();
  ({ page } = visit);
  visit.allow(/Failed to load resource/);
  await connect(page);
  await openService(page, stage.services.quick);
  place = await buyFromNewTab(page);
  await untilState(page, 'Settled');
  result = await receiptRow(page, 'Result');
});

/** Blocks that a provider of ill will has published, on the gateway's node. */
async function published(make: (store: MemoryStore) => Promise<CID>): Promise<string> {
  const store = new MemoryStore();
  const root = await make(store);
  const { node } = stage.market.network.ipfs;
  for (const [cid, bytes] of store.blocks) await node.store.put(CID.parse(cid), bytes);
  return root.toString();
}

/** The job's page as it is where its receipt names that result. */
async function show(root: string): Promise<void> {
  await page.evaluate(
    ([tab, sequence, named]) =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open('runproof');
        opening.onsuccess = () => {
          const transaction = opening.result.transaction('views', 'readwrite');
          const views = transaction.objectStore('views');
          const reading = views.get([tab, sequence]);
          reading.onsuccess = () => {
            const view = reading.result as { outcome: { result: string } };
            views.put({ ...view, outcome: { ...view.outcome, result: named } }, [tab, sequence]);
          };
          transaction.oncomplete = () => {
            opening.result.close();
            resolve();
          };
          transaction.onerror = () => reject(new Error('not kept'));
        };
      }),
    [place.tab, place.sequence, root] as const
  );
  await page.evaluate(() => void (location.hash = location.hash.replace(/\?.*/, '')));
  await page.reload();
}

const outputs = (): Promise<void> => page.getByRole('tab', { name: 'Outputs' }).click();

/** Where it is said why a result is not shown; the page answers all the while. */
async function refusal(title: RegExp | string, why: RegExp): Promise<void> {
  const notice = page.locator('.notice').filter({ hasText: title });
  await notice.filter({ hasText: why }).waitFor();
  await page.getByRole('link', { name: 'Market' }).first().waitFor();
}

describe('a result that', () => {
  it('I2: nests without end, or says to be huge, is given up by name of the bound', async () => {
    const deep = await published(async (store) => {
      let cid = await store.raw(text('x'));
      for (let level = 0; level < 40; level += 1) cid = await store.directory([['d', cid]]);
      const huge = await store.file([[await store.raw(text('y')), 2 ** 50]]);
      return store.directory([
        ['log.txt', huge],
        ['outputs', cid],
      ]);
    });
    await show(deep);
    await refusal('The log cannot be shown', /1125899906842624 bytes, more than/);
    await outputs();
    await refusal('The files cannot be listed', /deeper than 32/);
  });

  it('I3: names a place outside of itself is not listed', async () => {
    const root = await published(async (store) =>
      store.directory([
        ['../../etc/passwd', await store.raw(text('x'))],
        ['log.txt', await store.raw(text('a log'))],
      ])
    );
    await show(root);
    await page.locator('.notice').filter({ hasText: 'cannot be' }).first().waitFor();
    expect(await page.getByText('etc/passwd', { exact: true }).count()).toBe(0);
    expect(await page.getByRole('button', { name: /^Download/ }).count()).toBe(0);
  });

  it('I3: is a link to elsewhere is not followed', async () => {
    const link = new UnixFS({ type: 'symlink', data: text('/etc/passwd') });
    const root = await published(async (store) =>
      store.directory([['log.txt', await store.node(link)]])
    );
    await show(root);
    await refusal('The log cannot be shown', /link/);
  });

  it('I4: is written otherwise than an encoder would is refused', async () => {
    const root = await published(async (store) => {
      const plain = await store.directory([['log.txt', await store.raw(text('a log'))]]);
      return store.forge(dagPb.code, Uint8Array.from([...(await store.get(plain)), 0x18, 0x00]));
    });
    await show(root);
    await page.locator('.notice').filter({ hasText: 'cannot be' }).first().waitFor();
    expect(await page.getByText('a log', { exact: true }).count()).toBe(0);
  });

  it('I5: the gateway has lost is had again from the provider', async () => {
    const { store } = stage.market.network.ipfs.node;
    await store.delete(CID.parse(result));
    // What the browser itself has kept is asked of nobody.
    await (await visit.context.newCDPSession(page)).send('Network.clearBrowserCache');
    await show(result);
    await outputs();
    await page.getByRole('button', { name: 'Download out/parameters.json' }).waitFor();
    expect(await store.has(CID.parse(result))).toBe(true);
    await visit.close();
  });
});
