import { CarReader, CarWriter } from '@ipld/car';
import * as dagCbor from '@ipld/dag-cbor';
import { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { exportCar, importCar, openCar } from '../../ipfs/car.ts';
import { publishBytes, publishEntries } from '../../ipfs/publish.ts';
import { codeOf, MemoryStore, text } from './memory.ts';

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
async function* cutInto(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
async function whole(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

async function example(): Promise<{ root: CID; store: MemoryStore; car: Buffer }> {
  const store = new MemoryStore();
  const { cid } = await publishEntries(
    ['a', 'b', 'c/d'].map((path) => ({ path, content: once(text(path)) })),
    store
  );
  return { root: cid, store, car: await whole(exportCar(cid, store)) };
}

const refusal = (root: CID, car: Uint8Array, limits = {}): Promise<string> =>
  codeOf(importCar(root, once(car), new MemoryStore(), { limits }));

describe('a CAR', () => {
  it('is read by @ipld/car', async () => {
    const { root, store, car } = await example();
    const reader = await CarReader.fromBytes(car);
    expect((await reader.getRoots()).map(String)).toEqual([root.toString()]);
    const found: string[] = [];
    for await (const { cid } of reader.blocks()) found.push(cid.toString());
    expect(new Set(found)).toEqual(new Set(store.blocks.keys()));
    expect(found.length).toBe(store.blocks.size);
  });

  it('comes back whole, however it is cut into chunks', async () => {
    const { root, store, car } = await example();
    for (const size of [1, 2, 7, 36, 37, 1000]) {
      const copy = new MemoryStore();
      await importCar(root, cutInto(car, size), copy);
      expect(copy.blocks).toEqual(store.blocks);
    }
  });

  it('of large blocks comes back too, and one of @ipld/car is read', async () => {
    const store = new MemoryStore();
    const { cid } = await publishBytes(new Uint8Array(2_500_000).fill(3), store);
    const { writer, out } = CarWriter.create([cid]);
    const bytes = whole(out);
    for (const [key, block] of [...store.blocks].reverse())
      await writer.put({ cid: CID.parse(key), bytes: block });
    await writer.close();
    const copy = new MemoryStore();
    const { blocks } = await importCar(cid, cutInto(await bytes, 60_000), copy);
    expect(blocks).toBe(store.blocks.size);
  });

  it('I1: is refused when it is cut, wherever', async () => {
    const { root, car } = await example();
    for (let end = 0; end < car.length; end += 1) {
      const code = await refusal(root, car.subarray(0, end));
      expect(end < 60 ? ['incomplete', 'malformed'] : ['incomplete']).toContain(code);
    }
  });

  it('I1: is refused when a byte is changed, wherever', async () => {
    const { root, car } = await example();
    for (let at = 0; at < car.length; at += 1) {
      const changed = Buffer.from(car);
      changed[at]! ^= 1;
      expect(await refusal(root, changed)).toBeTypeOf('string');
    }
  });

  it('I1: is refused of another root, and with blocks that nobody asked for', async () => {
    const { root, store, car } = await example();
    const other = await store.raw(text('other'));
    expect(await refusal(other, car)).toBe('malformed');
    const stuffed = Buffer.concat([car, frame(other, text('other'))]);
    expect(await refusal(root, stuffed)).toBe('malformed');
  });

  it('I2: is refused when it announces a block above 2 MiB, before that comes', async () => {
    const { root, car } = await example();
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      yield car;
      yield Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f);
      throw new Error('read on');
    };
    expect(await codeOf(importCar(root, endless(), new MemoryStore()))).toBe('limit');
    expect(await refusal(root, car, { blocks: 2 })).toBe('limit');
    expect(await refusal(root, car, { bytes: 50 })).toBe('limit');
  });

  it('I2: is refused when one block is sent without end', async () => {
    const { root, car } = await example();
    const again = async function* (): AsyncGenerator<Uint8Array> {
      yield car;
      const block = car.subarray(-(1 + 36 + 3));
      for (;;) yield block;
    };
    const work = importCar(root, again(), new MemoryStore(), { limits: { blocks: 100 } });
    expect(await codeOf(work)).toBe('limit');
  });

  it('O5: is refused with a block under another kind of CID', async () => {
    const { root } = await example();
    const header = dagCbor.encode({ version: 1, roots: [root] });
    const v0 = Buffer.concat([Buffer.of(0x12, 0x20), Buffer.alloc(34)]);
    const car = Buffer.concat([Buffer.of(header.length), header, Buffer.of(v0.length), v0]);
    expect(await refusal(root, car)).toBe('bad-cid');
  });

  it('is one block when only the root is asked for', async () => {
    const { root, store } = await example();
    const reader = await CarReader.fromBytes(await whole(exportCar(root, store, { only: true })));
    let count = 0;
    for await (const { cid } of reader.blocks()) {
      expect(cid.toString()).toBe(root.toString());
      count += 1;
    }
    expect(count).toBe(1);
  });
});

const frame = (cid: CID, bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.of(cid.bytes.length + bytes.length), cid.bytes, bytes]);

describe('a CAR that somebody drops', () => {
  it('may have several roots and its blocks in any order, and gives what it holds', async () => {
    const { root, store } = await example();
    const { writer, out } = CarWriter.create([root, root]);
    const bytes = whole(out);
    for (const [key, block] of [...store.blocks].reverse())
      await writer.put({ cid: CID.parse(key), bytes: block });
    await writer.close();
    const { roots, blocks } = await openCar(cutInto(await bytes, 100));
    expect(roots.map(String)).toEqual([String(root), String(root)]);
    for (const [key, block] of store.blocks)
      expect(await blocks.get(CID.parse(key))).toEqual(new Uint8Array(block));
    const { cid: other } = await publishBytes(text('elsewhere'), new MemoryStore());
    expect(await codeOf(blocks.get(other))).toBe('not-found');
  });

  it('I1, I2: is refused where a byte is wrong, where it is cut, or too large', async () => {
    const { car } = await example();
    const changed = Buffer.from(car);
    changed[changed.length - 1]! ^= 1;
    expect(await codeOf(openCar(once(changed)))).toBe('wrong-bytes');
    expect(await codeOf(openCar(once(car.subarray(0, -1))))).toBe('incomplete');
    expect(await codeOf(openCar(once(car), { limits: { bytes: 20 } }))).toBe('limit');
    expect(await codeOf(openCar(once(car), { limits: { blocks: 1 } }))).toBe('limit');
    expect(await codeOf(openCar(once(text('\u0006no car'))))).toBe('malformed');
    expect(await codeOf(openCar(once(car), { signal: AbortSignal.abort() }))).toBe('aborted');
  });

  it('I1: gives all but the wrong blocks to whoever asks to be told of them', async () => {
    const { root, car } = await example();
    const changed = Uint8Array.from(car);
    changed[changed.length - 1]! ^= 1;
    const wrong: string[] = [];
    const { blocks } = await openCar(once(changed), { onWrong: (cid) => wrong.push(String(cid)) });
    expect(wrong).toHaveLength(1);
    expect(await codeOf(blocks.get(CID.parse(wrong[0]!)))).toBe('wrong-bytes');
    expect(await blocks.get(root)).toBeInstanceOf(Uint8Array);
  });
});
