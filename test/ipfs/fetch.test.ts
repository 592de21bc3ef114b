import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnixFS } from 'ipfs-unixfs';
import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { listDirectory, resolvePath } from '../../ipfs/directory.ts';
import { fetchTree, type FetchOptions } from '../../ipfs/fetch.ts';
import { readFile as readIpfs, streamFile } from '../../ipfs/file.ts';
import { PROFILE } from '../../ipfs/profile.ts';
import { digestOf, publishBytes, publishEntries } from '../../ipfs/publish.ts';
import type { BlockSource } from '../../ipfs/source.ts';
import { folders } from './folder.ts';
import { codeOf, MemoryStore, text } from './memory.ts';

const folder = folders();

async function many(count: number, store: MemoryStore): Promise<CID> {
  const name = (i: number): string =>
    `a-name-that-is-long-enough-to-shard-soon-${'x'.repeat(180)}-${i}`;
  const entries = Array.from({ length: count }, (_, i) => ({
    path: name(i),
    content: (async function* () {
      yield text(`${i % 7}`);
    })(),
  }));
  return (await publishEntries(entries, store)).cid;
}

/** Fetches to a fresh target; whatever happens, nothing else may be left beside it. */
async function fetch(
  cid: CID,
  source: BlockSource,
  options: FetchOptions = {}
): Promise<{ target: string; code: string }> {
  const place = await folder();
  const target = join(place, 'target');
  const work = fetchTree(cid, target, source, options);
  const code = await work.then(
    () => 'fetched',
    () => codeOf(work)
  );
  expect(await readdir(place)).toEqual(code === 'fetched' ? ['target'] : []);
  return { target, code };
}

describe('fetching a tree', () => {
  it('gives back what was published', async () => {
    const store = new MemoryStore();
    const { cid } = await publishEntries(
      [
        { path: 'log', content: chunks(text('hello')) },
        { path: 'empty' },
        {
          path: 'deep/er/big',
          content: chunks(new Uint8Array(3 * PROFILE.chunkBytes + 5).fill(7)),
        },
        { path: 'deep/none', content: chunks(new Uint8Array()) },
      ],
      store
    );
    const { target, code } = await fetch(cid, store);
    expect(code).toBe('fetched');
    expect((await digestOf(target)).cid).toEqual(cid);
    expect((await readdir(target)).sort()).toEqual(['deep', 'empty', 'log']);
  });

  it('gives back sharded directories, by list and by name', async () => {
    const store = new MemoryStore();
    const cid = await many(1300, store);
    const root = await resolvePath(cid, [], store);
    expect(root.node.kind).toBe('shard');
    if (root.node.kind !== 'shard') return;
    let found = 0;
    for await (const { name, cid: child } of listDirectory(root.node, store)) {
      found += 1;
      if (found % 100 === 0) expect((await resolvePath(cid, [name], store)).cid).toEqual(child);
    }
    expect(found).toBe(1300);
    expect(await codeOf(resolvePath(cid, ['none'], store))).toBe('not-found');
    expect((await fetch(cid, store)).code).toBe('fetched');
  });

  it('writes a single file too', async () => {
    const store = new MemoryStore();
    const { target } = await fetch(await store.raw(text('alone')), store);
    expect(await readFile(target, 'utf8')).toBe('alone');
  });

  it('I3: refuses a target that is there, a link among them, and leaves it alone', async () => {
    const store = new MemoryStore();
    const cid = await store.raw(text('new'));
    const place = await folder();
    await mkdir(join(place, 'folder'));
    await writeFile(join(place, 'outside'), 'old');
    await symlink(join(place, 'outside'), join(place, 'link'));
    await symlink(join(place, 'nowhere'), join(place, 'dangling'));
    for (const target of ['folder', 'outside', 'link', 'dangling'])
      expect(await codeOf(fetchTree(cid, join(place, target), store))).toBe('exists');
    expect(await readFile(join(place, 'outside'), 'utf8')).toBe('old');
    expect((await readdir(place)).sort()).toEqual(['dangling', 'folder', 'link', 'outside']);
  });

  it('I3: refuses names that leave the folder, deep in the tree', async () => {
    const store = new MemoryStore();
    const leaf = await store.raw(text('x'));
    for (const name of ['..', '../../x', 'a/b', '', '.', 'a\0', 'a\\b']) {
      const inner = await store.directory([[name, leaf]]);
      const outer = await store.directory([
        ['a', leaf],
        ['inner', inner],
      ]);
      expect((await fetch(outer, store)).code).toBe('unsafe-name');
    }
    const link = await store.node(new UnixFS({ type: 'symlink', data: text('/etc') }));
    expect((await fetch(await store.directory([['etc', link]]), store)).code).toBe('unsafe-file');
  });

  it('I3: refuses a path longer than any filesystem takes', async () => {
    const store = new MemoryStore();
    let cid = await store.raw(text('x'));
    for (let i = 0; i < 12; i += 1) cid = await store.directory([['d'.repeat(200), cid]]);
    expect((await fetch(cid, store)).code).toBe('limit');
  });

  it('says when a block is missing', async () => {
    const store = new MemoryStore();
    const gone = await store.raw(text('gone'));
    const root = await store.directory([['gone', gone]]);
    store.blocks.delete(gone.toString());
    expect((await fetch(root, store)).code).toBe('not-found');
  });

  it('stops for its caller and at its deadline', async () => {
    const store = new MemoryStore();
    const root = await store.directory([['a', await store.raw(text('a'))]]);
    const slow: BlockSource = {
      get: async (cid) => {
        await new Promise((resolve) => setTimeout(resolve, 60));
        return store.get(cid);
      },
    };
    const early = AbortSignal.timeout(10);
    expect((await fetch(root, slow, { signal: early })).code).toBe('aborted');
    expect((await fetch(root, slow, { limits: { milliseconds: 10 } })).code).toBe('timeout');
  });
});

describe('I2: a bomb is stopped', () => {
  it('of folders that each name the next a thousand times', async () => {
    const store = new MemoryStore();
    let cid = await store.directory([]);
    for (let level = 0; level < 10; level += 1) {
      const next = cid;
      cid = await store.directory(Array.from({ length: 50 }, (_, i) => [`${i}`, next] as const));
    }
    expect((await fetch(cid, store, { limits: { entries: 500 } })).code).toBe('limit');
    expect(store.gets).toBeLessThan(600);
  });

  it('of a file whose parts are one file again and again', async () => {
    const store = new MemoryStore();
    let cid = await store.raw(new Uint8Array(1000));
    let size = 1000;
    for (let level = 0; level < 4; level += 1) {
      const [part, length] = [cid, size];
      cid = await store.file(Array.from({ length: 1000 }, () => [part, length] as const));
      size *= 1000;
    }
    store.gets = 0;
    expect((await fetch(cid, store)).code).toBe('limit');
    expect(store.gets).toBe(1); // refused by its announced size, a petabyte
  });

  it('of tiny parts', async () => {
    const store = new MemoryStore();
    const part = await store.raw(text('x'));
    const cid = await store.file(Array.from({ length: 2000 }, () => [part, 1] as const));
    expect((await fetch(cid, store, { limits: { blocks: 100 } })).code).toBe('limit');
    expect(store.gets).toBeLessThan(150);
  });

  it('of folders in folders', async () => {
    const store = new MemoryStore();
    let cid = await store.directory([]);
    for (let level = 0; level < 40; level += 1) cid = await store.directory([['d', cid]]);
    expect((await fetch(cid, store)).code).toBe('limit');
  });

  it('of files that lie about the size of their parts', async () => {
    const store = new MemoryStore();
    const part = await store.raw(new Uint8Array(10_000));
    const lying = await store.file([[part, 1]]);
    expect((await fetch(lying, store)).code).toBe('malformed');
    let deep = await store.raw(text('x'));
    for (let level = 0; level < 10; level += 1) deep = await store.file([[deep, 1]]);
    expect((await fetch(deep, store)).code).toBe('malformed');
  });

  it('of bytes', async () => {
    const store = new MemoryStore();
    const { cid } = await publishBytes(new Uint8Array(3 * PROFILE.chunkBytes), store);
    const bytes = 2 * PROFILE.chunkBytes;
    expect((await fetch(cid, store, { limits: { bytes } })).code).toBe('limit');
    expect(await codeOf(readIpfs(cid, store, { maxBytes: bytes }))).toBe('limit');
  });

  it('of a shard whose entries stand in the wrong slot', async () => {
    const store = new MemoryStore();
    const leaf = await store.raw(text('x'));
    const unixfs = new UnixFS({ type: 'hamt-sharded-directory', fanout: 256n, hashType: 0x22n });
    unixfs.data = Uint8Array.of(2);
    const cid = await store.node(unixfs, [{ Name: '01a', Hash: leaf, Tsize: 1 }]);
    expect((await fetch(cid, store)).code).toBe('malformed');
    const notAShard = await store.node(unixfs, [{ Name: '01', Hash: leaf, Tsize: 1 }]);
    expect((await fetch(notAShard, store)).code).toBe('malformed');
  });
});

describe('reading a file', () => {
  it('gives any range of it', async () => {
    const store = new MemoryStore();
    const bytes = Uint8Array.from({ length: 2.5 * PROFILE.chunkBytes }, (_, i) => (i * 31) >> 8);
    const { cid } = await publishBytes(bytes, store);
    expect(same(await readIpfs(cid, store, { maxBytes: bytes.length }), bytes)).toBe(true);
    const edge = PROFILE.chunkBytes;
    for (const [start, end] of [
      [0, 1],
      [edge - 1, edge + 1],
      [edge, 2 * edge],
      [10, bytes.length],
      [bytes.length - 1, bytes.length],
      [5, 5],
    ] as const) {
      const parts: Uint8Array[] = [];
      for await (const part of streamFile(cid, store, { range: { start, end } })) parts.push(part);
      expect(same(Buffer.concat(parts), bytes.subarray(start, end))).toBe(true);
    }
  });

  it('asks for no block outside its range', async () => {
    const store = new MemoryStore();
    const { cid } = await publishBytes(new Uint8Array(20 * PROFILE.chunkBytes), store);
    store.gets = 0;
    const stream = streamFile(cid, store, { range: { start: 0, end: 10 } });
    for await (const part of stream) expect(part.length).toBe(10);
    expect(store.gets).toBe(2);
  });

  it('is refused of a directory', async () => {
    const store = new MemoryStore();
    const cid = await store.directory([]);
    expect(await codeOf(readIpfs(cid, store, { maxBytes: 1 }))).toBe('not-a-file');
    const file = await store.raw(text('x'));
    expect(await codeOf(resolvePath(file, ['a'], store))).toBe('not-a-directory');
  });
});

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
