import { execFileSync } from 'node:child_process';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Entry, readEntries } from '../../ipfs/entries.ts';
import { folders } from './folder.ts';
import { codeOf } from './memory.ts';

const folder = folders();

async function all(entries: AsyncIterable<Entry>): Promise<Entry[]> {
  const found: Entry[] = [];
  for await (const entry of entries) found.push(entry);
  return found;
}
async function read(entry: Entry): Promise<string> {
  let text = '';
  for await (const chunk of entry.content!) text += Buffer.from(chunk).toString();
  return text;
}

describe('the entries of a folder', () => {
  it('come in the byte order of their names', async () => {
    const at = await folder();
    for (const name of ['ä', 'b', 'B', 'a', 'é', '￿', '𝒳']) await writeFile(join(at, name), name);
    const paths = (await all(readEntries(at))).map(({ path }) => path);
    expect(paths).toEqual(['B', 'a', 'b', 'ä', 'é', '￿', '𝒳']);
  });

  it('I3: are not followed where a link or pipe has taken the place of a file', async () => {
    const at = await folder();
    const file = join(at, 'log');
    await writeFile(file, 'a log');
    const [before] = await all(readEntries(at));
    const [swapped] = await all(readEntries(at));
    const [piped] = await all(readEntries(at));
    expect(await read(before!)).toBe('a log');
    await rm(file);
    await symlink('/etc/passwd', file);
    expect(await codeOf(read(swapped!))).toBe('unsafe-file');
    await rm(file);
    execFileSync('mkfifo', [file]);
    expect(await codeOf(read(piped!))).toBe('unsafe-file');
  });
});
