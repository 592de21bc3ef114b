import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync, linkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newIdentity, writeKeyFile } from '../../../scripts/cli/key-file.ts';
import { openKeyRing } from '../../../scripts/provider/keyring.ts';

let folder: string;
let files: Map<number, string[]>;
let identities: Map<number, string>;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'runproof-keys-'));
  files = new Map();
  identities = new Map();
  for (const epoch of [0, 1]) {
    const key = await newIdentity();
    const path = join(folder, `epoch-${epoch}.json`);
    writeKeyFile(path, key);
    files.set(epoch, [path]);
    identities.set(epoch, key.identity);
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a ring of key files', () => {
  it('has the identities of each epoch, and of no other', () => {
    const ring = openKeyRing(files);
    expect(ring.epochs()).toEqual([0, 1]);
    for (const epoch of [0, 1]) expect(ring.identities(epoch)).toEqual([identities.get(epoch)]);
    expect(ring.identities(2)).toEqual([]);
  });

  it('K2: overwrites and removes the files of one epoch, and starts without them from then on', async () => {
    const [path] = files.get(0)!;
    // Another name for the same bytes on the disk, as a thief who had the folder open would have.
    const other = join(folder, 'other-name');
    linkSync(path!, other);
    const ring = openKeyRing(files);
    await ring.destroy(0);
    expect(existsSync(path!)).toBe(false);
    expect(readFileSync(other, 'latin1')).not.toContain('AGE-SECRET-KEY');
    expect([ring.epochs(), ring.identities(0)]).toEqual([[1], []]);
    await ring.destroy(0);
    const again = openKeyRing(files);
    expect([again.epochs(), again.identities(0)]).toEqual([[1], []]);
    expect(again.identities(1)).toEqual([identities.get(1)]);
  });

  it('finishes what a crash left half done', async () => {
    const [path] = files.get(0)!;
    writeFileSync(`${path!}.destroyed`, '');
    writeFileSync(path!, 'half of it is noise');
    expect(openKeyRing(files).epochs()).toEqual([1]);
    expect(existsSync(path!)).toBe(false);
  });

  it('does not start without a key that was never destroyed', () => {
    rmSync(files.get(1)![0]!);
    expect(() => openKeyRing(files)).toThrow(expect.objectContaining({ code: 'KEY_FILE' }));
  });
});
