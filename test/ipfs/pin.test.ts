import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FsBlockstore } from 'blockstore-fs';
import { NextToLast } from 'blockstore-fs/sharding';
import { FsDatastore } from 'datastore-fs';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { Pins } from '../../ipfs/pin.ts';
import { publishEntries } from '../../ipfs/publish.ts';
import { BlockStore, putBlock } from '../../ipfs/store.ts';
import { folders } from './folder.ts';
import { codeOf, MemoryStore, text } from './memory.ts';

const folder = folders();

async function machine(at?: string): Promise<{ at: string; store: BlockStore; pins: Pins }> {
  at ??= await folder();
  const blocks = new FsBlockstore(join(at, 'blocks'));
  const records = new FsDatastore(join(at, 'records'));
  await blocks.open();
  await records.open();
  const store = new BlockStore(blocks);
  return { at, store, pins: new Pins(records, store) };
}

const publish = (store: BlockStore | MemoryStore, ...paths: string[]): Promise<CID> =>
  publishEntries(
    paths.map((path) => ({
      path,
      content: (async function* () {
        yield text(path);
      })(),
    })),
    store
  ).then(({ cid }) => cid);

/** Path of the file that holds a block. */
function fileOf(at: string, cid: CID): string {
  const { dir, file } = new NextToLast().encode(cid);
  return join(at, 'blocks', dir, file);
}

describe('the store', () => {
  it('gives back what was put, also after a restart', async () => {
    const { at, store } = await machine();
    const cid = await putBlock(text('block'), store);
    const again = await machine(at);
    expect(Buffer.from(await again.store.get(cid)).toString()).toBe('block');
    expect(await again.store.has(cid)).toBe(true);
  });

  it('I1: refuses bytes under the wrong name', async () => {
    const { store } = await machine();
    const cid = await putBlock(text('block'), store);
    expect(await codeOf(store.put(cid, text('other')))).toBe('wrong-bytes');
  });

  it('R3: counts a block that a power loss has cut as missing, and takes it anew', async () => {
    const { at, store } = await machine();
    const cid = await putBlock(text('block'), store);
    for (const damage of ['', 'other bytes']) {
      const file = fileOf(at, cid);
      await truncate(file);
      await writeFile(file, damage);
      expect(await codeOf(store.get(cid))).toBe('not-found');
      expect(await store.has(cid)).toBe(false);
      await putBlock(text('block'), store);
      expect(Buffer.from(await store.get(cid)).toString()).toBe('block');
    }
  });
});

describe('pins', () => {
  it('keep what they reach, and nothing else, through a collection', async () => {
    const { store, pins } = await machine();
    const kept = await publish(store, 'a', 'b', 'deep/c');
    const loose = await putBlock(text('loose'), store);
    await pins.pin(kept, { name: 'result' });
    expect(await pins.collect()).toEqual({ kept: 5, deleted: 1 });
    expect(await store.has(loose)).toBe(false);
    await pins.pin(kept); // whole: this walks it
  });

  it('of two DAGs that share blocks keep them for each other, in any order', async () => {
    const { store, pins } = await machine();
    const one = await publish(store, 'shared', 'one');
    const two = await publish(store, 'shared', 'two');
    await pins.pin(one);
    await pins.pin(two);
    await pins.unpin(one);
    await pins.pin(one); // Helia's own count is wrong from here on
    await pins.unpin(two);
    await pins.collect();
    await pins.pin(one);
    expect(await codeOf(pins.pin(two))).toBe('not-found');
  });

  it('are listed with name and time, and outlive a restart', async () => {
    const { at, store, pins } = await machine();
    const cid = await publish(store, 'a');
    await pins.pin(cid, { name: 'result' });
    const again = await machine(at);
    const listed = [];
    for await (const pin of again.pins.list()) listed.push(pin);
    expect(listed).toMatchObject([{ name: 'result' }]);
    expect(listed[0]!.root.toString()).toBe(cid.toString());
    expect(Math.abs(listed[0]!.created - Date.now())).toBeLessThan(60_000);
    await again.pins.unpin(cid);
    expect(await codeOf(again.pins.unpin(cid))).toBe('not-found');
  });

  it('I5: bring what is missing, and repair what is damaged', async () => {
    const { at, pins } = await machine();
    const far = new MemoryStore();
    const root = await publish(far, 'a', 'b');
    await pins.pin(root, { source: far });
    const [leaf] = await Promise.all([putBlock(text('a'), far)]);
    await truncate(fileOf(at, leaf));
    expect(await codeOf(pins.collect())).toBe('not-found'); // stops before it deletes
    await pins.pin(root, { source: far });
    expect(await pins.collect()).toEqual({ kept: 3, deleted: 0 });
  });

  it('I2: are not made of more than was allowed', async () => {
    const { pins } = await machine();
    const far = new MemoryStore();
    const root = await publish(far, 'a', 'b', 'c');
    expect(await codeOf(pins.pin(root, { source: far, limits: { blocks: 3 } }))).toBe('limit');
    expect(await pins.isPinned(root)).toBe(false);
  });

  it('visit a block once, however often the DAG names it', async () => {
    const { pins } = await machine();
    const far = new MemoryStore();
    const [even, odd] = [await far.raw(text('even')), await far.raw(text('odd'))];
    const names = Array.from({ length: 200 }, (_, i) => `${i}`);
    const inner = await far.directory(names.map((name, i) => [name, i % 2 ? odd : even] as const));
    const root = await far.directory(names.map((name) => [name, inner] as const));
    let visited = 0;
    await pins.pin(root, { source: far, onProgress: ({ blocks }) => (visited = blocks) });
    expect([visited, far.gets]).toEqual([4, 4]);
  });

  it('hold a collection back until what is being published is pinned', async () => {
    const { store, pins } = await machine();
    let cid: CID | undefined;
    let collected: Promise<{ deleted: number }> | undefined;
    await pins.hold(async () => {
      cid = await publish(store, 'a', 'b');
      collected = pins.collect();
      await new Promise((resolve) => setTimeout(resolve, 20));
      await pins.pin(cid);
    });
    expect((await collected!).deleted).toBe(0);
    expect(await store.has(cid!)).toBe(true);
  });
});
