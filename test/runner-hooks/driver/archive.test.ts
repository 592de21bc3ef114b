import { mkdtemp, readFile, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readTextFiles, unpackArchive } from '../../../runner-hooks/driver/archive.ts';

const LIMITS = { bytes: 2_000, entries: 10, depth: 4 };

async function unpack(archive: Uint8Array, limits: Partial<typeof LIMITS> = {}) {
  const target = await mkdtemp(join(tmpdir(), 'runproof-test-'));
  const result = await unpackArchive(archive, target, { ...LIMITS, ...limits });
  const files = (await readdir(target, { recursive: true })).sort();
  return { ...result, target, files };
}

const zip = (files: Record<string, string>, level: 0 | 6 = 6): Uint8Array =>
  zipSync(Object.fromEntries(Object.entries(files).map(([k, text]) => [k, strToU8(text)])), {
    level,
  });

/** Of every entry of that name, in its own header and in the directory. */
function rename(archive: Uint8Array, from: string, to: string): Uint8Array {
  const text = Buffer.from(archive).toString('latin1').replaceAll(from, to);
  return Buffer.from(text, 'latin1');
}

describe('an archive of a forge', () => {
  it('is unpacked, folders and all', async () => {
    const { target, files, omitted } = await unpack(zip({ 'a/b/c.txt': 'hello', 'd.txt': '' }));
    expect(files).toEqual(['a', 'a/b', 'a/b/c.txt', 'd.txt']);
    expect(await readFile(join(target, 'a/b/c.txt'), 'utf8')).toBe('hello');
    expect(omitted).toEqual([]);
  });

  it.each(['../x', '/x/y', 'a/../../x', 'a\\b', 'a//b', './x', 'a\u0001b'])(
    'I3: does not write %j',
    async (name) => {
      const { files, omitted } = await unpack(zip({ [name]: 'x', 'good.txt': 'y' }));
      expect(files).toEqual(['good.txt']);
      expect(omitted).toHaveLength(1);
      expect(omitted[0]!.reason).toMatch(/^its name /);
    }
  );

  it('I2: is unpacked whole or not at all', async () => {
    const two = zip({ a: 'x'.repeat(500), b: 'y'.repeat(501) });
    expect(await unpack(two, { bytes: 1_001 })).toMatchObject({
      exceeded: false,
      files: ['a', 'b'],
    });
    expect(await unpack(two, { bytes: 1_000 })).toMatchObject({ exceeded: true, files: [] });
    expect(await unpack(two, { entries: 2 })).toMatchObject({ exceeded: false });
    expect(await unpack(two, { entries: 1 })).toMatchObject({ exceeded: true, files: [] });
    const deep = zip({ 'a/b/c/d': '' });
    expect(await unpack(deep, { depth: 4 })).toMatchObject({ exceeded: false });
    expect(await unpack(deep, { depth: 3 })).toMatchObject({ exceeded: true, files: [] });
  });

  it('I2: takes no more than its entries say', async () => {
    const bomb = zip({ a: 'x'.repeat(100_000) });
    const directory = Buffer.from(bomb).lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    // Uncompressed size, of the directory and of the entry.
    for (const at of [directory + 24, 22]) Buffer.from(bomb.buffer).writeUInt32LE(10, at);
    const { target } = await unpack(bomb);
    expect(await readFile(join(target, 'a'), 'utf8')).toBe('x'.repeat(10));
  });

  it('I2: stores no entry that is longer than it says', async () => {
    const stored = zip({ a: 'x'.repeat(100_000) }, 0);
    const directory = Buffer.from(stored).lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    Buffer.from(stored.buffer).writeUInt32LE(10, directory + 24);
    await expect(unpack(stored)).rejects.toMatchObject({ code: 'answer' });
  });

  it('has the first of two files of one name', async () => {
    const twice = rename(zip({ aaaa: '1', bbbb: '2' }, 0), 'bbbb', 'aaaa');
    const { target, files, omitted } = await unpack(twice);
    expect(files).toEqual(['aaaa']);
    expect(await readFile(join(target, 'aaaa'), 'utf8')).toBe('1');
    expect(omitted).toEqual([{ path: 'aaaa', reason: 'twice in the archive' }]);
  });

  it('has a file or a folder of one name, not both', async () => {
    const both = rename(zip({ a: '1', 'b/c': '2' }, 0), 'b/c', 'a/c');
    const { files, omitted } = await unpack(both);
    expect(files).toEqual(['a']);
    expect(omitted).toHaveLength(1);
  });

  it('I2: is given up where its directory does not end', async () => {
    const endless = Buffer.from('PK\u0005\u0006'.padEnd(22, '\u00ff'), 'latin1');
    expect(await unpack(endless)).toMatchObject({ exceeded: true, files: [] });
  });

  it.each(['', 'no archive at all'])('is refused where it is none: %j', async (text) => {
    await expect(unpack(Buffer.from(text, 'latin1'))).rejects.toMatchObject({ code: 'answer' });
  });
});

describe('a log archive', () => {
  it('is read in the order of its numbers, as far as it fits', () => {
    const archive = zip({ '10_b.txt': 'last', '2_a.txt': 'first ', 'a/1_x.txt': 'left out' });
    const order = (name: string) => {
      const [, number] = /^(\d+)_[^/]*$/.exec(name) ?? [];
      return number === undefined ? undefined : Number(number);
    };
    const text = (most: number) => Buffer.from(readTextFiles(archive, order, most)).toString();
    expect(text(10)).toBe('first last');
    expect(text(9)).toBe('first ');
  });
});
