import { describe, expect, it } from 'vitest';
import * as dagPb from '@ipld/dag-pb';
import { UnixFS } from 'ipfs-unixfs';
import type { CID } from 'multiformats/cid';
import { openResult } from '../../../web/store/result.ts';
import { MemoryStore, codeOf, text } from '../../ipfs/memory.ts';

/** A result as a hostile publisher may make it: a directory with these entries. */
async function resultOf(
  make: (store: MemoryStore) => Promise<readonly (readonly [string, CID])[]>
): Promise<{ store: MemoryStore; root: CID }> {
  const store = new MemoryStore();
  return { store, root: await store.directory(await make(store)) };
}
const opened = async ({ store, root }: { store: MemoryStore; root: CID }) =>
  openResult(store, root, undefined);

describe('a result', () => {
  it('I2: of directories without number is given up at a bound', async () => {
    const bomb = await resultOf(async (store) => {
      let cid = await store.raw(text('x'));
      for (let level = 0; level < 5; level += 1)
        cid = await store.directory(
          Array.from({ length: 100 }, (_, i) => [String(i).padStart(3, '0'), cid] as const)
        );
      return [['outputs', cid]];
    });
    const result = await opened(bomb);
    expect(await codeOf(result.files())).toBe('limit');
    expect(bomb.store.gets).toBeLessThan(25_000);
  });

  it('I2: that nests without end is given up', async () => {
    const deep = await resultOf(async (store) => {
      let cid = await store.raw(text('x'));
      for (let level = 0; level < 40; level += 1) cid = await store.directory([['d', cid]]);
      return [['outputs', cid]];
    });
    expect(await codeOf((await opened(deep)).files())).toBe('limit');
  });

  it('I2: with a file that says to be huge is not fetched for it', async () => {
    const huge = await resultOf(async (store) => {
      const part = await store.raw(text('x'));
      return [['log.txt', await store.file([[part, 2 ** 50]])]];
    });
    const result = await opened(huge);
    const before = huge.store.gets;
    expect(await codeOf(result.log())).toBe('limit');
    expect(huge.store.gets - before).toBeLessThanOrEqual(2);
  });

  it('I2: with a file of tiny blocks without number is given up at a bound', async () => {
    const tiny = await resultOf(async (store) => {
      let [cid, size] = [await store.raw(text('x')), 1];
      for (let level = 0; level < 3; level += 1) {
        const parts = Array.from({ length: 60 }, () => [cid, size] as const);
        cid = await store.file(parts);
        size *= 60;
      }
      return [['log.txt', cid]];
    });
    const result = await opened(tiny);
    expect(await codeOf(result.log())).toBe('limit');
    expect(tiny.store.gets).toBeLessThan(25_000);
  });

  it.each(['..', '.', 'a/b', '/etc/passwd', 'a\0b', ''])(
    'I3: with an entry named %j is not shown',
    async (name) => {
      const odd = await resultOf(async (store) => [[name, await store.raw(text('x'))]]);
      const error = await codeOf(opened(odd).then((result) => result.files()));
      expect(['unsafe-name', 'malformed']).toContain(error);
    }
  );

  it('I3: with a link to elsewhere is not shown', async () => {
    const linked = await resultOf(async (store) => [
      ['log.txt', await store.node(new UnixFS({ type: 'symlink', data: text('/etc/passwd') }))],
    ]);
    expect(await codeOf(opened(linked).then((result) => result.log()))).toBe('unsafe-file');
  });

  it('I4: is refused in any encoding but the canonical one', async () => {
    const store = new MemoryStore();
    const root = await store.directory([['log.txt', await store.raw(text('x'))]]);
    const bytes = await store.get(root);
    // The same node with a field that no encoder writes, behind it.
    const longer = await store.forge(dagPb.code, Uint8Array.from([...bytes, 0x18, 0x00]));
    expect(await codeOf(openResult(store, longer, undefined))).toBe('malformed');
  });
});
