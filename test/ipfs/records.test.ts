import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Key } from 'interface-datastore';
import { describe, expect, it } from 'vitest';
import { Records } from '../../ipfs/records.ts';
import { folders } from './folder.ts';
import { codeOf } from './memory.ts';

const folder = folders();

describe('records', () => {
  it('R4: are all on disk when they are closed, and none comes after', async () => {
    const at = await folder();
    const records = new Records(at);
    await records.open();
    const keys = Array.from({ length: 20 }, (_, i) => new Key(`/late/${i}`));
    const late = keys.map((key) => records.put(key, new Uint8Array(100_000)));
    await records.close();
    for (const key of keys) expect(await records.has(key)).toBe(true);
    await Promise.all(late);
    await rm(at, { recursive: true });
    expect(await codeOf(records.put(keys[0]!, new Uint8Array()))).toBe('storage');
    expect(existsSync(at)).toBe(false);
  });
});
