import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { generateKeyPair } from '../../../contracts/chain/sign.ts';
import { MINA_TOKEN } from '../../../contracts/formats/terms.ts';
import { makeTabKeys } from '../../../requester/tab-keys.ts';
import { fileStore } from '../../../scripts/requester/file-store.ts';
import { tabFile } from '../../../web/store/tab-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'runproof-tab-file-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('a tab’s key file from the browser is one that the command line reads', async () => {
  const key = (): string => generateKeyPair().publicKey;
  const requestKey = generateKeyPair();
  const terms = {
    ...{ network: 'mina:testnet', tab: key(), service: key(), refund: key(), payee: key() },
    ...{ requestKey: requestKey.publicKey, token: MINA_TOKEN, cap: 5n },
    price: { base: 1n, perSecond: 2n },
  };
  const keys = await makeTabKeys(terms, requestKey);
  const text = await tabFile({ readTab: () => Promise.resolve(keys) }, terms.tab);
  mkdirSync(join(folder, 'tabs'));
  writeFileSync(join(folder, 'tabs', `${terms.tab}.json`), text, { mode: 0o600 });
  expect(await fileStore(join(folder, 'tabs')).readTab(terms.tab)).toEqual(keys);
});
