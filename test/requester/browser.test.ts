import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const ROOM = join(import.meta.dirname, '../../requester');

/** What a bundle of `entries` for a browser would hold, file by file. */
async function inputsOf(entries: readonly string[]): Promise<readonly string[]> {
  const { metafile } = await build({
    entryPoints: [...entries],
    ...{ bundle: true, platform: 'browser', format: 'esm', target: 'es2022' },
    ...{ write: false, metafile: true, outdir: 'out', logLevel: 'silent' },
  });
  return Object.keys(metafile.inputs);
}

it('every file of the requester’s side bundles for a browser, without Node and without o1js', async () => {
  const entries = readdirSync(ROOM, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(ROOM, name));
  expect(entries.length).toBeGreaterThan(15);
  const inputs = await inputsOf(entries);
  expect(inputs.some((path) => path.includes('mina-signer/'))).toBe(true);
  expect(inputs.filter((path) => path.includes('node_modules/o1js'))).toEqual([]);
  expect(inputs.filter((path) => /contracts\/(provable|programs|zkapps)\//.test(path))).toEqual([]);
  const own = inputs.filter((path) => !path.includes('node_modules/'));
  const ofNode = /\bBuffer\.|\bprocess\.\w|\b__dirname\b/;
  expect(own.filter((path) => ofNode.test(readFileSync(path, 'utf8')))).toEqual([]);
});

it('a builtin of Node does not bundle, so that one would be noticed', async () => {
  const entry = join(ROOM, '../scripts/requester/file-store.ts');
  await expect(inputsOf([entry])).rejects.toThrow(/Could not resolve "node:fs"/);
});
