#!/usr/bin/env node
// Bundles the command line: one file a process, everything of ours inside, packages outside.
// The same sources give the same bytes, from any folder: no time, path or environment gets in.
import { build } from 'esbuild';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [flag, folder = join(root, 'dist')] = process.argv.slice(2);
if (flag !== undefined && flag !== '--out') {
  process.stderr.write('build: usage: node bin/build.mjs [--out <folder>]\n');
  process.exit(1);
}
const outdir = resolve(folder);

/** One for each process that a command may start. */
const entryPoints = {
  runproof: 'scripts/runproof.ts',
  'prover-child': 'oracle/prove/child.ts',
  mina: 'scripts/network/mina/main.ts',
};

rmSync(outdir, { recursive: true, force: true });
mkdirSync(outdir, { recursive: true });
await build({
  absWorkingDir: root,
  entryPoints: Object.entries(entryPoints).map(([out, source]) => ({ in: source, out })),
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
});
chmodSync(join(outdir, 'runproof.mjs'), 0o755);
