import { describe, expect, it } from 'vitest';
import { MAX_BLOCK_BYTES } from '../../ipfs/profile.ts';
import { type BlockSource, firstOf, keepingIn, verified } from '../../ipfs/source.ts';
import { IpfsError } from '../../ipfs/error.ts';
import { codeOf, MemoryStore, text } from './memory.ts';

const never: BlockSource = { get: () => new Promise(() => undefined) };

describe('a verified source', () => {
  it('I1: refuses bytes that are not the block', async () => {
    const store = new MemoryStore();
    const cid = await store.raw(text('right'));
    expect(await verified(() => store.get(cid)).get(cid)).toEqual(text('right'));
    for (const wrong of ['wrong', 'righ', ''])
      expect(await codeOf(verified(async () => text(wrong)).get(cid))).toBe('wrong-bytes');
  });

  it('I2: refuses a block above 2 MiB, though it hashes right', async () => {
    const store = new MemoryStore();
    const fits = await store.raw(new Uint8Array(MAX_BLOCK_BYTES));
    const over = await store.raw(new Uint8Array(MAX_BLOCK_BYTES + 1));
    const source = verified((cid) => store.get(cid));
    expect((await source.get(fits)).length).toBe(MAX_BLOCK_BYTES);
    expect(await codeOf(source.get(over))).toBe('limit');
  });
});

describe('the first of several sources', () => {
  it('answers, and the others are not asked', async () => {
    const [a, b] = [new MemoryStore(), new MemoryStore()];
    const cid = await a.raw(text('x'));
    expect(await firstOf([a, b]).get(cid)).toEqual(text('x'));
    expect(b.gets).toBe(0);
  });

  it('I1: is followed by the next when it lies or fails', async () => {
    const right = new MemoryStore();
    const cid = await right.raw(text('x'));
    const liar = verified(async () => text('y'));
    const broken = verified(() => Promise.reject(new Error('broken')));
    expect(await firstOf([liar, broken, right]).get(cid)).toEqual(text('x'));
  });

  it('is joined by the next when it is silent, and told to stop', async () => {
    const right = new MemoryStore();
    const cid = await right.raw(text('x'));
    let stopped = false;
    const silent: BlockSource = {
      get: (_, options) =>
        new Promise((_resolve, reject) => {
          options?.signal?.addEventListener('abort', () => {
            stopped = true;
            reject(new Error('stopped'));
          });
        }),
    };
    expect(await firstOf([silent, right], { patience: 5 }).get(cid)).toEqual(text('x'));
    expect(stopped).toBe(true);
  });

  it('says not-found only when all say so', async () => {
    const cid = await new MemoryStore().raw(text('x'));
    const empty = new MemoryStore();
    const broken = verified(() => Promise.reject(new Error('broken')));
    expect(await codeOf(firstOf([empty, empty]).get(cid))).toBe('not-found');
    expect(await codeOf(firstOf([empty, broken]).get(cid))).toBe('unreachable');
    expect(await codeOf(firstOf([]).get(cid))).toBe('not-found');
  });

  it('stops when its caller does', async () => {
    const cid = await new MemoryStore().raw(text('x'));
    const controller = new AbortController();
    const pending = codeOf(firstOf([never]).get(cid, { signal: controller.signal }));
    controller.abort();
    expect(await pending).toBe('aborted');
    expect(await codeOf(firstOf([never]).get(cid, { signal: controller.signal }))).toBe('aborted');
  });
});

it('a keeping source asks once', async () => {
  const [near, far] = [new MemoryStore(), new MemoryStore()];
  const cid = await far.raw(text('x'));
  const source = firstOf([near, keepingIn(near, far)]);
  await source.get(cid);
  await source.get(cid);
  expect(far.gets).toBe(1);
  expect(IpfsError.is(new IpfsError('limit', ''), 'limit')).toBe(true);
});
