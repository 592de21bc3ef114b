import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const folders = ['daemon', 'journal'].map((name) =>
  resolve(import.meta.dirname, '../../../runner-hooks', name)
);
const IMPORT = /^(?:import|export)\s(?!type\b)[^;]*?from '([^']+)'/gm;

/** Every package that a file loads, itself or through files of ours. */
function packagesOf(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return new Set();
  seen.add(file);
  const specifiers = [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(([, name]) => name!);
  const ours = specifiers.filter((name) => name.startsWith('.') && name.endsWith('.ts'));
  const below = ours.flatMap((name) => [...packagesOf(join(dirname(file), name), seen)]);
  return new Set([...specifiers.filter((name) => !name.startsWith('.')), ...below]);
}

it('the daemon loads no o1js: proofs are made in a process of their own', () => {
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  const packages = new Set(files.flatMap((file) => [...packagesOf(file)]));
  expect(packages).toContain('age-encryption');
  expect(packages).toContain('better-sqlite3');
  expect(packages).not.toContain('o1js');
});
