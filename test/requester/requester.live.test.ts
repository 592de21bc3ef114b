import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGraphql } from '../../contracts/chain/graphql.ts';
import { readInbox } from '../../contracts/chain/inbox.ts';
import { startCursor } from '../../contracts/chain/cursor.ts';
import { type KeyPair, generateKeyPair, verifyFieldElements } from '../../contracts/chain/sign.ts';
import type { InboxAction } from '../../contracts/formats/action.ts';
import { toHex } from '../../contracts/formats/bytes.ts';
import { cidOf, rawCidOf } from '../../contracts/formats/cid.ts';
import { keyHash } from '../../contracts/formats/terms.ts';
import { publishService } from '../../contracts/chain/publish-service.ts';
import { readLog } from '../../oracle/read/from-git.ts';
import { sendPaid } from '../../requester/transaction.ts';
import {
  extensionCommitment,
  parseClosing,
  parseExtension,
} from '../../contracts/formats/order.ts';
import { parseRequest, requestCommitment } from '../../contracts/formats/request.ts';
import { OPENING_WINDOW } from '../../contracts/formats/window.ts';
import { followJob } from '../../requester/follow.ts';
import { requestJobs } from '../../requester/job.ts';
import { openRequester } from '../../scripts/requester/open-requester.ts';
import { fetchResult } from '../../scripts/requester/fetch-result.ts';
import { publishServiceWith, readService } from '../../requester/service.ts';
import { closeTab, extendTab, refundTab } from '../../requester/tab-end.ts';
import type { TabKeys } from '../../requester/store.ts';
import { keyWallet } from '../../requester/wallet.ts';
import { fileStore } from '../../scripts/requester/file-store.ts';
import { fundTabWith, openTabWith, readTab } from '../../requester/tab.ts';
import { MINA, type Market, descriptorOf, freePort, openMarket } from './market.ts';

const PARAMETERS = { node: '22' };

let market: Market;
let provider: KeyPair;
let wallet: KeyPair;
let service: string;
let tab: TabKeys;
let endpointPort: number;

beforeAll(async () => {
  market = await openMarket();
  [provider, wallet] = [await market.wallet(), await market.wallet()];
  endpointPort = await freePort();
  ({ service } = await publishServiceWith(
    market.requester,
    {
      descriptor: descriptorOf({ result: 'sealed' }),
      keyset: market.keyset(provider.publicKey, `http://127.0.0.1:${endpointPort}`),
    },
    keyWallet(provider)
  ));
  ({ tab } = await openTabWith(market.requester, {
    service,
    amount: 5n * MINA,
    cap: MINA,
    slots: 480,
    wallet: keyWallet(wallet),
  }));
});
afterAll(() => market.stop());

/** All rings of the service so far, as the chain has them. */
async function rings(): Promise<readonly InboxAction[]> {
  const { mina } = market;
  const nodes = { node: createGraphql([mina.graphql]), archive: createGraphql([mina.archive]) };
  const { entries } = await readInbox(nodes, service, startCursor());
  return entries.map(({ ring }) => ring as InboxAction);
}

describe('a service', () => {
  it('is read back as it was published', async () => {
    const { state, descriptor, keyset } = await readService(market.requester, service);
    expect(descriptor).toEqual(descriptorOf({ result: 'sealed' }));
    expect(keyset.payee).toBe(provider.publicKey);
    expect(state).toMatchObject({ epoch: 0, paused: false });
  });

  it('C4: is refused where the account is another contract or none', async () => {
    const read = (address: string) => readService(market.requester, address);
    await expect(read(tab.terms.tab)).rejects.toMatchObject({ code: 'VERIFICATION_KEY' });
    await expect(read(generateKeyPair().publicKey)).rejects.toMatchObject({ code: 'ABSENT' });
  });

  it('W2: is refused where its keyset names another runner than its account', async () => {
    const { requester } = market;
    const { state } = await readService(requester, service);
    const key = generateKeyPair();
    const twisted = { ...state, runner: keyHash(key.publicKey) };
    const options = { service: key.publicKey, verificationKey: requester.pinned.Service };
    await sendPaid(
      requester,
      keyWallet(provider),
      (payer) => publishService({ payer, ...options, state: twisted }),
      { signers: [key.privateKey] }
    );
    await expect(readService(requester, key.publicKey)).rejects.toMatchObject({ code: 'RUNNER' });
  });

  it('W2: is refused where the gateway serves another keyset', async () => {
    const { state } = await readService(market.requester, service);
    const other = createServer((request, response) => {
      const isKeyset = request.url?.includes(String(rawCidOf(state.keyset)));
      void fetch(`${market.ipfs.url}${request.url!}`)
        .then(async (answer) => Buffer.from(await answer.arrayBuffer()))
        .then((bytes) => response.end(isKeyset ? bytes.toString().replace('B62', 'B63') : bytes));
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const gateway = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const requester = await openRequester({
      ...{ node: market.mina.graphql, gateways: [gateway], home: market.folder },
    });
    await expect(readService(requester, service)).rejects.toMatchObject({ code: 'unreachable' });
    other.closeAllConnections();
    await new Promise((resolve) => other.close(resolve));
  });
});

describe('a tab', () => {
  it('is open, funded, and kept in a file that only its owner reads', async () => {
    const { state, ...money } = await readTab(market.requester, tab.terms);
    expect(money).toMatchObject({ balance: 5n * MINA, free: 5n * MINA, isClosed: false });
    expect(state).toMatchObject({ spent: 0n, window: OPENING_WINDOW });
    const path = join(market.tabs, `${tab.terms.tab}.json`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await market.requester.store.readTab(tab.terms.tab)).toEqual(tab);
    const wallets = [wallet.privateKey, provider.privateKey];
    expect(wallets.some((key) => readFileSync(path, 'utf8').includes(key))).toBe(false);
  });

  it('is topped up', async () => {
    await fundTabWith(market.requester, tab, { amount: MINA, wallet: keyWallet(wallet) });
    expect(await readTab(market.requester, tab.terms)).toMatchObject({ balance: 6n * MINA });
  });

  it('leaves no file behind where it could not be paid for', async () => {
    const order = { service, slots: 10, wallet: keyWallet(wallet), amount: 10n ** 15n };
    const store = fileStore(join(market.folder, 'poor'));
    const requester = { ...market.requester, store };
    await expect(openTabWith(requester, order)).rejects.toMatchObject({ code: 'UNFUNDED' });
    expect(await store.listTabs()).toEqual([]);
    await expect(
      openTabWith(requester, { ...order, amount: MINA, slots: 0 })
    ).rejects.toMatchObject({ code: 'INVALID' });
  });

  it('C9: is not opened for a payee that could not be paid', async () => {
    const { service: unpayable } = await publishServiceWith(
      market.requester,
      { descriptor: descriptorOf(), keyset: market.keyset(generateKeyPair().publicKey) },
      keyWallet(provider)
    );
    const order = { service: unpayable, amount: MINA, slots: 10, wallet: keyWallet(wallet) };
    await expect(openTabWith(market.requester, order)).rejects.toMatchObject({ code: 'ABSENT' });
  });

  it('is of one network, and a node of another is refused', async () => {
    const settings = { node: market.mina.graphql, gateways: [market.ipfs.url], home: '/nowhere' };
    await expect(openRequester({ ...settings, networkId: 'mina:mainnet' })).rejects.toMatchObject({
      code: 'WRONG_NETWORK',
    });
    const elsewhere = { ...tab.terms, network: 'mina:mainnet' };
    await expect(readTab(market.requester, elsewhere)).rejects.toMatchObject({ code: 'NETWORK' });
  });
});

describe('a request', () => {
  const ask = (options: object = {}, order: object = {}) =>
    requestJobs(market.requester, tab, [{ parameters: PARAMETERS, ...order }], options);

  it('is refused here where the provider would refuse it, and takes no number', async () => {
    await expect(ask({}, { parameters: { node: '18' } })).rejects.toMatchObject({
      code: 'PARAMETERS',
    });
    await expect(ask({}, { maximum: MINA + 1n })).rejects.toMatchObject({ code: 'CAP' });
    await expect(
      requestJobs(
        market.requester,
        tab,
        Array.from({ length: 7 }, () => ({ parameters: PARAMETERS, maximum: MINA }))
      )
    ).rejects.toMatchObject({ code: 'UNPAYABLE' });
    await expect(ask({ delivery: 'ring' })).rejects.toMatchObject({ code: 'KEY' });
    expect(await market.requester.store.listJobs(tab.terms.tab)).toEqual([]);
  });

  it('is rung for, several in one transaction, and can be fetched by whoever reads the inbox', async () => {
    const orders = [MINA / 2n, MINA / 4n].map((maximum) => ({ parameters: PARAMETERS, maximum }));
    const options = { delivery: 'ring', wallet: keyWallet(wallet) } as const;
    const jobs = await requestJobs(market.requester, tab, orders, options);
    expect(jobs.map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect(jobs[0]!.transaction).toBe(jobs[1]!.transaction);
    const heard = await rings();
    const tabs = await market.requester.store.listTabs();
    expect(tabs).toContain(tab.terms.tab);
    expect(new Set(tabs).size).toBe(tabs.length);
    expect(heard.map(({ kind, digest }) => [kind, toHex(digest)])).toEqual(
      jobs.map(({ digest }) => ['request', digest])
    );
    const block = await market.requester.blocks.get(rawCidOf(heard[0]!.digest));
    const request = parseRequest(block);
    expect(request).toMatchObject({ terms: tab.terms, sequence: 1, maximum: MINA / 2n });
    const message = [requestCommitment(request)];
    expect(verifyFieldElements(message, request.signature, tab.terms.requestKey)).toBe(true);
    expect((await market.requester.blocks.get(rawCidOf(request.envelope))).length).toBeGreaterThan(
      4_096
    );
    expect(await readTab(market.requester, tab.terms)).toMatchObject({
      promised: (MINA * 3n) / 4n,
      free: 6n * MINA - (MINA * 3n) / 4n,
    });
  });

  it('is not rung for where its blocks cannot be uploaded', async () => {
    const { node, ...rest } = market.requester;
    const closed = await openRequester({
      ...{ node: market.mina.graphql, gateways: [market.ipfs.url], home: market.folder },
      uploadToken: 'wrong',
    });
    const requester = { ...rest, node, uploads: closed.uploads };
    const before = (await rings()).length;
    await expect(
      requestJobs(requester, tab, [{ parameters: PARAMETERS }], {
        delivery: 'ring',
        wallet: keyWallet(wallet),
      })
    ).rejects.toMatchObject({ code: 'UPLOAD' });
    expect((await rings()).length).toBe(before);
  });

  it('gets the number after the highest that is settled or taken, and no other gets it', async () => {
    const folder = join(market.folder, 'numbers');
    const numbers = await Promise.all(
      Array.from({ length: 20 }, () => fileStore(folder).reserveSequence(tab.terms.tab, 7))
    );
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => 8 + i));
  });

  it('says so where nobody answers at the endpoint', async () => {
    await expect(ask()).rejects.toMatchObject({ code: 'ENDPOINT' });
  });

  it('is handed over again where the answer was lost, the very same, so that it is bought once', async () => {
    const bodies: string[] = [];
    const flaky = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        bodies.push(Buffer.concat(parts).toString('hex'));
        if (bodies.length === 1) response.destroy();
        else response.writeHead(202).end(JSON.stringify({ state: 'seen' }));
      });
    });
    await new Promise<void>((resolve) => flaky.listen(endpointPort, '127.0.0.1', resolve));
    const [job] = await ask({}, { maximum: 1n });
    flaky.closeAllConnections();
    await new Promise((resolve) => flaky.close(resolve));
    expect(bodies).toHaveLength(2);
    expect(bodies[1]).toBe(bodies[0]);
    const { state } = (await market.requester.store.listJobs(tab.terms.tab)).at(-1)!;
    expect([job!.delivery, state]).toEqual(['handover', 'delivered']);
  });

  it('is handed over, run, followed to its receipt, and its sealed result opened', async () => {
    await market.serve(service, endpointPort);
    const secrets = { TOKEN: 'a secret of the job' };
    const [job] = await ask({}, { maximum: MINA / 10n, secrets });
    expect(job).toMatchObject({ delivery: 'handover' });
    const { requester } = market;
    const { entry, isSettled } = await followJob(requester, tab.terms, job!.sequence, {
      until: 'receipt',
      timeout: 50_000,
    });
    expect(isSettled).toBe(false);
    expect(entry!.note.receipt.sequence).toBe(job!.sequence);

    const root = cidOf('dag-pb', entry!.note.receipt.result);
    const out = join(market.folder, 'result');
    await expect(fetchResult(requester, root, out)).rejects.toMatchObject({ code: 'SEALED' });
    const { identity } = tab;
    expect(await fetchResult(requester, root, out, { identity })).toMatchObject({
      wasSealed: true,
    });
    const given = readFileSync(join(out, 'outputs', 'given.json'), 'utf8');
    expect(JSON.parse(given)).toEqual({ parameters: PARAMETERS, secrets });
    expect(JSON.parse(readFileSync(join(out, 'statement.json'), 'utf8'))).toMatchObject({
      predicateType: 'https://slsa.dev/provenance/v1',
    });
    await expect(fetchResult(requester, root, out, { identity })).rejects.toMatchObject({
      code: 'exists',
    });
  });

  it('shows the provider’s refusal', async () => {
    const { requester } = market;
    const stranger = await openTabWith(requester, {
      ...{ service, amount: MINA, slots: 2, wallet: keyWallet(wallet) },
    });
    const [job] = await requestJobs(requester, stranger.tab, [{ parameters: PARAMETERS }]);
    const { terms } = stranger.tab;
    await expect(
      followJob(requester, terms, job!.sequence, { until: 'receipt', timeout: 50_000 })
    ).rejects.toMatchObject({ code: 'REFUSED' });
    expect((await requester.store.listJobs(terms.tab)).map(({ state }) => state)).toEqual([
      'refused',
    ]);
    expect(await readTab(requester, terms)).toMatchObject({ promised: 0n });
  });

  it('and so is an extension, which is not waited for any longer then', async () => {
    const { requester } = market;
    const { tab: far } = await openTabWith(requester, {
      ...{ service, amount: MINA, slots: 100, wallet: keyWallet(wallet) },
    });
    await expect(
      extendTab(requester, far, 90_000, { wallet: keyWallet(wallet), timeout: 50_000 })
    ).rejects.toMatchObject({ code: 'REFUSED', message: expect.stringContaining('HORIZON') });
  });
});

describe('the end of a tab', () => {
  it('is moved out by an order that the request key signs', async () => {
    const { slot } = await readTab(market.requester, tab.terms);
    const options = { wallet: keyWallet(wallet), timeout: 0 };
    await expect(extendTab(market.requester, tab, 10, options)).rejects.toMatchObject({
      code: 'ENDED',
    });
    const { expiry } = await extendTab(market.requester, tab, 900, options);
    expect(expiry).toBe(slot + 900);
    const heard = (await rings()).at(-1)!;
    expect(heard).toMatchObject({ kind: 'extension', tab: tab.terms.tab });
    const order = parseExtension(await market.requester.blocks.get(rawCidOf(heard.digest)));
    expect(order.expiry).toBe(expiry);
    const message = [extensionCommitment(order)];
    expect(verifyFieldElements(message, order.signature, tab.terms.requestKey)).toBe(true);
  });

  it('is called for at the last commit of its log', async () => {
    const { head } = await closeTab(market.requester, tab, {
      wallet: keyWallet(wallet),
      timeout: 0,
    });
    const log = await readLog({ repository: market.log, tab: tab.terms.tab });
    expect(head).toBe(log.at(-1)!.id);
    const heard = (await rings()).at(-1)!;
    const order = parseClosing(await market.requester.blocks.get(rawCidOf(heard.digest)));
    expect(order).toMatchObject({ terms: tab.terms, head });
  });

  it('C7: gives nothing back before its slot, and takes no jobs after it', async () => {
    const never = { send: () => Promise.reject(new Error('nothing may be proven for this')) };
    await expect(refundTab(market.requester, tab, { sender: never })).rejects.toMatchObject({
      code: 'NOT_ENDED',
    });
    await market.mina.advanceSlots(481);
    await expect(
      requestJobs(market.requester, tab, [{ parameters: PARAMETERS }])
    ).rejects.toMatchObject({ code: 'ENDED' });
    const sent: unknown[] = [];
    const sender = { send: async (job: unknown) => (sent.push(job), 'hash') };
    const { amount } = await refundTab(market.requester, tab, { sender });
    expect(amount).toBe(6n * MINA);
    expect(sent).toMatchObject([{ kind: 'refund', amount }]);
  });
});
