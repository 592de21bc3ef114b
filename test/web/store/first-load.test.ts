import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

/** What the store brings at first, and what only comes once it is asked for. */
async function bundle() {
  const entry = join(import.meta.dirname, '../../../web/store/create-app.ts');
  const { metafile, outputFiles } = await build({
    entryPoints: [entry],
    ...{ bundle: true, splitting: true, minify: true, platform: 'browser', format: 'esm' },
    ...{ target: 'es2022', write: false, metafile: true, outdir: '/out', logLevel: 'silent' },
    absWorkingDir: '/',
  });
  const name = (path: string): string => `/${path.replace(/^\//, '')}`;
  const outputs = new Map(Object.entries(metafile.outputs).map(([k, v]) => [name(k), v]));
  const first = new Set<string>();
  const take = (path: string): void => {
    if (first.has(path)) return;
    first.add(path);
    for (const { path: next, kind } of outputs.get(path)?.imports ?? [])
      if (kind === 'import-statement') take(name(next));
  };
  take([...outputs].find(([, { entryPoint }]) => entryPoint?.endsWith('create-app.ts'))![0]);
  const inputsOf = (paths: Iterable<string>): string[] =>
    [...paths].flatMap((path) => Object.keys(outputs.get(path)?.inputs ?? {}));
  const bytes = outputFiles
    .filter(({ path }) => first.has(path))
    .reduce((sum, { contents }) => sum + gzipSync(contents).length, 0);
  return { first: inputsOf(first), all: inputsOf(outputs.keys()), bytes };
}

describe('the app’s store', () => {
  it('brings no signer, no age, no git and no Poseidon before they are asked for', async () => {
    const { first, all, bytes } = await bundle();
    for (const late of [
      'mina-signer',
      'age-encryption',
      'isomorphic-git',
      'formats/poseidon-constants',
    ]) {
      expect(
        all.some((path) => path.includes(late)),
        late
      ).toBe(true);
      expect(
        first.filter((path) => path.includes(late)),
        late
      ).toEqual([]);
    }
    expect(all.filter((path) => path.includes('node_modules/o1js/'))).toEqual([]);
    expect(bytes).toBeLessThan(50 * 1024);
  });
});
