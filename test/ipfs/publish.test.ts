import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { exporter, recursive } from 'ipfs-unixfs-exporter';
import { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../ipfs/entries.ts';
import { PROFILE } from '../../ipfs/profile.ts';
import { digestOf, publishBytes, publishDirectory, publishEntries } from '../../ipfs/publish.ts';
import { folders } from './folder.ts';
import { codeOf, MemoryStore, text } from './memory.ts';

const folder = folders();
const content = async function* (value: string): AsyncGenerator<Uint8Array> {
  yield text(value);
};
const entries = (record: Record<string, string>): Entry[] =>
  Object.entries(record).map(([path, value]) => ({ path, content: content(value) }));

describe('publishing a folder', () => {
  it('gives the CIDs that Kubo gives', async () => {
    const store = new MemoryStore();
    // `printf 'hello world' | ipfs add --cid-version 1 --raw-leaves`, as its documentation has it.
    expect((await publishBytes(text('hello world'), store)).cid.toString()).toBe(
      'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'
    );
    // The empty directory of every Kubo profile with CIDv1.
    expect((await publishEntries([], store)).cid.toString()).toBe(
      'bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354'
    );
  });

  it('gives the same CID again, whatever the order, and the dry run agrees', async () => {
    const [a, b] = [await folder(), await folder()];
    const names = ['z', 'a', 'Z', 'ä', '10', '9'];
    for (const name of names) await writeFile(join(a, name), name);
    for (const name of names.toReversed()) await writeFile(join(b, name), name);
    const store = new MemoryStore();
    const published = await publishDirectory(a, store);
    expect((await publishDirectory(b, new MemoryStore())).cid).toEqual(published.cid);
    expect(await digestOf(a)).toEqual(published);
    expect(published).toMatchObject({ files: 6, blocks: 7 });
    expect(store.blocks.size).toBe(7);
  });

  it('keeps files of every kind of size, empty folders included, as another reader sees them', async () => {
    const root = await folder();
    await mkdir(join(root, 'empty'));
    await mkdir(join(root, 'deep/er'), { recursive: true });
    const sizes = [0, 1, PROFILE.chunkBytes, PROFILE.chunkBytes + 1, 3 * PROFILE.chunkBytes];
    for (const size of sizes)
      await writeFile(join(root, 'deep/er', `${size}`), Buffer.alloc(size, size % 251));
    const store = new MemoryStore();
    const { cid } = await publishDirectory(root, store);
    const found = new Map<string, number>();
    const blocks = { get: (key: CID) => readBack(store, key) };
    for await (const { path, cid: child } of recursive(cid, blocks)) {
      const entry = await exporter(child, blocks);
      found.set(path.split('/').slice(1).join('/'), Number(entry.size));
      if (entry.type !== 'file' && entry.type !== 'raw') continue;
      let length = 0;
      for await (const chunk of entry.content()) length += chunk.length;
      expect(length).toBe(Number(entry.size));
    }
    for (const size of sizes) expect(found.get(`deep/er/${size}`)).toBe(size);
    expect(found.has('empty')).toBe(true);
  });

  it('I3: refuses links, pipes and names that are not safe, without following them', async () => {
    const [link, pipe, loop, name, bytes] = await Promise.all([1, 2, 3, 4, 5].map(folder));
    await symlink('/etc/passwd', join(link!, 'log'));
    execFileSync('mkfifo', [join(pipe!, 'log')]);
    await symlink('.', join(loop!, 'loop'));
    await writeFile(join(name!, 'a\\b'), '');
    await writeFile(Buffer.concat([Buffer.from(`${bytes!}/`), Buffer.of(0xff)]), '');
    const store = new MemoryStore();
    for (const unsafe of [link!, pipe!, loop!])
      expect(await codeOf(publishDirectory(unsafe, store))).toBe('unsafe-file');
    for (const unsafe of [name!, bytes!])
      expect(await codeOf(publishDirectory(unsafe, store))).toBe('unsafe-name');
    expect(await codeOf(publishDirectory(join(link!, 'log'), store))).toBe('not-a-directory');
    expect(await codeOf(publishDirectory(join(link!, 'none'), store))).toBe('storage');
  });

  it('I2: stops at its limits on files, bytes and depth', async () => {
    const root = await folder();
    await mkdir(join(root, 'a/b'), { recursive: true });
    await writeFile(join(root, 'a/b/c'), 'x'.repeat(100));
    const at = (limits: object): Promise<unknown> =>
      publishDirectory(root, new MemoryStore(), { limits });
    await at({ files: 3, bytes: 100, depth: 2 });
    expect(await codeOf(at({ files: 2 }))).toBe('limit');
    expect(await codeOf(at({ bytes: 99 }))).toBe('limit');
    expect(await codeOf(at({ depth: 1 }))).toBe('limit');
  });

  it('stops when its caller does, and reports as it goes', async () => {
    const root = await folder();
    await writeFile(join(root, 'a'), Buffer.alloc(2.5 * PROFILE.chunkBytes));
    const controller = new AbortController();
    let blocks = 0;
    const work = publishDirectory(root, new MemoryStore(), {
      signal: controller.signal,
      onProgress: (done) => {
        blocks = done.blocks;
        controller.abort();
      },
    });
    expect(await codeOf(work)).toBe('aborted');
    expect(blocks).toBeGreaterThan(0);
    expect(blocks).toBeLessThan(5);
  });
});

describe('publishing entries', () => {
  it('equals publishing the same folder', async () => {
    const root = await folder();
    await mkdir(join(root, 'perf'));
    await writeFile(join(root, 'log'), 'hello');
    await writeFile(join(root, 'perf/stat'), '1');
    const given = await publishEntries(
      entries({ 'perf/stat': '1', log: 'hello' }),
      new MemoryStore()
    );
    expect(given.cid).toEqual((await digestOf(root)).cid);
  });

  it('I3: refuses paths that leave the folder, and paths given twice', async () => {
    const publish = (record: Record<string, string>): Promise<string> =>
      codeOf(publishEntries(entries(record), new MemoryStore()));
    for (const path of ['../a', '/a', 'a//b', 'a/..', './a', 'a/', ''])
      expect(await publish({ [path]: '' })).toBe('unsafe-name');
    expect(await publish({ a: '', 'a/b': '' })).toBe('exists');
    expect(await publish({ 'a/b': '', a: '' })).toBe('exists');
    const twice = [...entries({ a: '' }), ...entries({ a: '' })];
    expect(await codeOf(publishEntries(twice, new MemoryStore()))).toBe('exists');
  });

  it('gives one CID for any order of the same entries', async () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,8}$/), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(names, async (paths) => {
        const record = Object.fromEntries(paths.map((path) => [path, path]));
        const forth = await publishEntries(entries(record), new MemoryStore());
        const back = await publishEntries(entries(record).reverse(), new MemoryStore());
        expect(back.cid).toEqual(forth.cid);
      }),
      { numRuns: 25 }
    );
  });
});

async function* readBack(store: MemoryStore, cid: CID): AsyncGenerator<Uint8Array> {
  yield await store.get(cid);
}
