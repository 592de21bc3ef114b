import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { KeyPair } from '../../../contracts/chain/sign.ts';
import { publishServiceWith, readService } from '../../../requester/service.ts';
import { keyWallet } from '../../../requester/wallet.ts';
import { type Market, descriptorOf, openMarket } from '../../requester/market.ts';
import { type ProverPage, isolate, openProverPage, pauseIn } from '../prover/prover-page.ts';

let folder: string;
let market: Market;
let owner: KeyPair;
let service: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runproof-keys-'));
  // In a process of its own, as the build does: o1js reads what circuits share once a process.
  const args = ['--import', 'tsx', 'scripts/site/keys.ts', join(folder, 'keys')];
  const cwd = resolve(import.meta.dirname, '../../..');
  await promisify(execFile)(process.execPath, args, { cwd });
  market = await openMarket({ proofsEnabled: true });
  owner = await market.wallet();
  const keyset = market.keyset(owner.publicKey);
  const goods = { descriptor: descriptorOf(), keyset };
  ({ service } = await publishServiceWith(market.requester, goods, keyWallet(owner)));
});
afterAll(async () => {
  await market.stop();
  await rm(folder, { recursive: true, force: true });
});

async function pauseWith(keys: string, paused: boolean) {
  const site: ProverPage = await openProverPage(market.ipfs, { keys });
  try {
    const page = await site.open();
    await isolate(page);
    const node = market.mina.graphql;
    const told = await pauseIn(page, { node, service, owner, paused, proofsEnabled: true });
    return { ...told, problems: site.problems };
  } finally {
    await site.stop();
  }
}
const isPaused = async (): Promise<boolean> =>
  (await readService(market.requester, service, { mayBePaused: true })).state.paused;

it('a service is paused by a proof that its owner’s page has made', async () => {
  const { outcome, refused, problems } = await pauseWith(join(folder, 'keys'), true);
  expect(outcome).toMatchObject({ transaction: expect.stringMatching(/^5J/) });
  expect([refused, problems]).toEqual([[], []]);
  expect(await isPaused()).toBe(true);
});

it('W2: goes on with a proof that the chain accepts where the site’s key files were swapped', async () => {
  const swapped = join(folder, 'swapped');
  await cp(join(folder, 'keys'), swapped, { recursive: true });
  const path = join(swapped, 'wrap-vk-service.gz');
  const key = gunzipSync(await readFile(path)).toString();
  await writeFile(path, gzipSync(key.replace(/0x2/, '0x1')));
  const { outcome, refused } = await pauseWith(swapped, false);
  expect(refused).toEqual(['wrap-vk-service']);
  expect(outcome).toMatchObject({ transaction: expect.stringMatching(/^5J/) });
  expect(await isPaused()).toBe(false);
});
