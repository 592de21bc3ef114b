import 'fake-indexeddb/auto';
import { randomBytes, randomUUID } from 'node:crypto';
import { Encrypter, generateHybridIdentity } from 'age-encryption';
import { beforeAll, describe, expect, it } from 'vitest';
import { fundTab } from '../../../contracts/chain/open-tab.ts';
import { signFieldElements } from '../../../contracts/chain/sign.ts';
import { utf8 } from '../../../contracts/formats/bytes.ts';
import { type SignedRequest, requestCommitment } from '../../../contracts/formats/request.ts';
import type { TabKeys } from '../../../requester/store.ts';
import { type BrowserStore, createBrowserStore } from '../../../web/store/browser-store.ts';
import { createChannel, openDatabase } from '../../../web/store/database.ts';
import { type Parties, makeParties, makeTerms } from '../../fixtures/job-fixture.ts';

const PASSPHRASE = 'correct horse';
let identity: string;
beforeAll(async () => {
  identity = await generateHybridIdentity();
});

/** What a browser answers when asked not to clear the store, and how often it was asked. */
const storageManager = () => {
  const asked = { times: 0 };
  return {
    asked,
    persist: () => Promise.resolve(++asked.times > 0),
    persisted: () => Promise.resolve(asked.times > 0),
  };
};

const open = (name = randomUUID()) => {
  const storage = storageManager();
  const channel = createChannel(name);
  const database = openDatabase(name);
  return {
    name,
    storage,
    channel,
    database,
    store: createBrowserStore(database, channel, storage),
  };
};

const keysOf = (parties: Parties): TabKeys => ({
  terms: makeTerms(parties),
  requestKey: parties.requester,
  identity,
});

function signedRequest({ terms, requestKey }: TabKeys, sequence: number): SignedRequest {
  const request = {
    terms,
    sequence,
    envelope: Uint8Array.from(randomBytes(32)),
    maximum: 1_000n,
    validUntil: 7,
  };
  const signature = signFieldElements([requestCommitment(request)], requestKey.privateKey);
  return { ...request, signature };
}

const openedTab = async (store: BrowserStore): Promise<TabKeys> => {
  const keys = keysOf(makeParties());
  await store.createTab(keys);
  return keys;
};

describe('the keys and jobs in a browser', () => {
  it('are there again after a reload, keys, request, envelope and signed transaction alike', async () => {
    const { name, store } = open();
    const keys = await openedTab(store);
    const { tab } = keys.terms;
    const sequence = await store.reserveSequence(tab, 0);
    const payer = { publicKey: keys.terms.refund, fee: 1n, nonce: 3 };
    const { command } = fundTab({ payer, tab, amount: 5n });
    const request = signedRequest(keys, sequence);
    const envelope = Uint8Array.from(randomBytes(4096));
    await store.writeJob(tab, { sequence, state: 'signed', request, envelope, command });

    const { store: again } = open(name);
    expect(await again.listTabs()).toEqual([tab]);
    expect(await again.readTab(tab)).toEqual(keys);
    const [job] = await again.listJobs(tab);
    expect(job).toMatchObject({ sequence, state: 'signed', request, envelope, command });
    expect(await again.readJob(tab, sequence)).toEqual(job);
    expect(job!.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(await again.readJob(tab, 2)).toBeUndefined();
  });

  it('are listed by number alone, and only those that are asked for are read', async () => {
    const { store, name } = open();
    const { tab } = (await openedTab(store)).terms;
    for (let i = 0; i < 3; i++) await store.reserveSequence(tab, 0);
    const database = await openDatabase(name);
    await database.put('jobs', { damaged: true }, [tab, 2]);
    expect(await store.listSequences(tab)).toEqual([1, 2, 3]);
    const asked = await store.listJobs(tab, new Set([1, 3]));
    expect(asked.map(({ sequence }) => sequence)).toEqual([1, 3]);
    await expect(store.listJobs(tab)).rejects.toMatchObject({ code: 'JOB_FILE' });
    database.close();
  });

  it('give two tabs of the browser that reserve at once different numbers', async () => {
    const { name, store } = open();
    const { store: other } = open(name);
    const { tab } = (await openedTab(store)).terms;
    const numbers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? store : other).reserveSequence(tab, 4))
    );
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 5));
  });

  it('are never overwritten by a second opening of the same tab', async () => {
    const { store } = open();
    const keys = await openedTab(store);
    const other = { ...keys, identity: await generateHybridIdentity() };
    await expect(store.createTab(other)).rejects.toMatchObject({ code: 'EXISTS' });
    expect(await store.readTab(keys.terms.tab)).toEqual(keys);
  });

  it('ask the browser to keep them when the first tab is opened, and not before', async () => {
    const { store, storage } = open();
    expect(await store.listTabs()).toEqual([]);
    expect(storage.asked.times).toBe(0);
    await openedTab(store);
    expect(storage.asked.times).toBe(1);
    expect(await store.isPersistent()).toBe(true);
  });

  it('go with the tab whose opening was never sent, and with no other', async () => {
    const { store } = open();
    const kept = await openedTab(store);
    const dropped = await openedTab(store);
    for (const { terms } of [kept, dropped]) await store.reserveSequence(terms.tab, 0);
    await store.dropTab(dropped.terms.tab);
    expect(await store.listTabs()).toEqual([kept.terms.tab]);
    expect(await store.listJobs(dropped.terms.tab)).toEqual([]);
    expect(await store.listJobs(kept.terms.tab)).toHaveLength(1);
    await expect(store.readTab(dropped.terms.tab)).rejects.toMatchObject({ code: 'TAB_FILE' });
  });

  it('tell the other tabs of the browser what has changed', async () => {
    const { name, store } = open();
    const { channel } = open(name);
    const heard = new Promise((resolve) => channel.listen(resolve));
    await openedTab(store);
    expect(await heard).toBe('tabs');
  });

  it('are refused where something else was written in their place', async () => {
    const { store, database } = open();
    const { tab } = (await openedTab(store)).terms;
    const sequence = await store.reserveSequence(tab, 0);
    const row = (await (await database).get('jobs', [tab, sequence])) as object;
    await (await database).put('jobs', { ...row, sequence: 2 }, [tab, sequence]);
    await expect(store.readJob(tab, sequence)).rejects.toMatchObject({ code: 'JOB_FILE' });
    const keys = (await (await database).get('tabs', tab)) as object;
    await (await database).put('tabs', { ...keys, more: 1 }, tab);
    const error: unknown = await store.readTab(tab).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'TAB_FILE' });
    expect((error as Error).message).not.toContain('AGE-SECRET');
  });
});

describe('the file of all keys', () => {
  it('brings everything into another browser, once', async () => {
    const { store } = open();
    const keys = await openedTab(store);
    const { tab } = keys.terms;
    const sequence = await store.reserveSequence(tab, 0);
    await store.writeJob(tab, {
      sequence,
      state: 'signed',
      request: signedRequest(keys, sequence),
    });
    const file = await store.exportKeys(PASSPHRASE);
    expect(await file.text()).not.toContain(keys.identity.slice(0, 40));

    const { store: other } = open();
    expect(await other.importKeys(file, PASSPHRASE)).toEqual({ tabs: 1, jobs: 1 });
    expect(await other.readTab(tab)).toEqual(keys);
    expect(await other.listJobs(tab)).toEqual(await store.listJobs(tab));
    expect(await other.importKeys(file, PASSPHRASE)).toEqual({ tabs: 0, jobs: 0 });
  });

  it('never takes a job back to where it was, nor puts another request in its place', async () => {
    const { store } = open();
    const keys = await openedTab(store);
    const { tab } = keys.terms;
    const [one, two] = [signedRequest(keys, 1), signedRequest(keys, 2)];
    await store.writeJob(tab, { sequence: 1, state: 'signed', request: one });
    await store.writeJob(tab, { sequence: 2, state: 'delivered', request: two });
    const file = await store.exportKeys(PASSPHRASE);
    await store.writeJob(tab, { sequence: 1, state: 'delivered', request: one });
    const own = signedRequest(keys, 2);
    await store.writeJob(tab, { sequence: 2, state: 'signed', request: own });
    expect(await store.importKeys(file, PASSPHRASE)).toEqual({ tabs: 0, jobs: 0 });
    expect(await store.readJob(tab, 1)).toMatchObject({ state: 'delivered' });
    expect(await store.readJob(tab, 2)).toMatchObject({ state: 'signed', request: own });
  });

  it('is refused with another passphrase, one byte changed, or as any other file', async () => {
    const { store } = open();
    await openedTab(store);
    const file = await store.exportKeys(PASSPHRASE);
    const { store: other } = open();
    const bytes = new Uint8Array(await file.arrayBuffer());
    bytes[bytes.length - 1]! ^= 1;
    const encrypter = new Encrypter();
    encrypter.setPassphrase(PASSPHRASE);
    encrypter.setScryptWorkFactor(10);
    const foreign = await encrypter.encrypt(utf8.encode('{"version":1,"tabs":[{}],"jobs":[]}'));
    const cases: readonly (readonly [BlobPart, string, string])[] = [
      [file, 'another one', 'PASSPHRASE'],
      [bytes, PASSPHRASE, 'PASSPHRASE'],
      ['hello', PASSPHRASE, 'KEY_FILE'],
      [foreign as Uint8Array<ArrayBuffer>, PASSPHRASE, 'KEY_FILE'],
    ];
    for (const [part, passphrase, code] of cases)
      await expect(other.importKeys(new Blob([part]), passphrase)).rejects.toMatchObject({ code });
    expect(await other.listTabs()).toEqual([]);
  });

  it('is not written with a passphrase that is soon guessed', async () => {
    const { store } = open();
    await expect(store.exportKeys('seven77')).rejects.toMatchObject({ code: 'PASSPHRASE' });
  });
});
