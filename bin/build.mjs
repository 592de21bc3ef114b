#!/usr/bin/env node
// Builds the command line (one file a process, everything of ours inside, packages outside) and the
// site. The same sources give the same bytes, from any folder: no time, path or environment gets in.
import { build as bundle } from 'esbuild';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** One for each process that a command may start. */
const ENTRY_POINTS = {
  runproof: 'scripts/runproof.ts',
  'prover-child': 'oracle/prove/child.ts',
  mina: 'scripts/network/mina/main.ts',
};

async function buildCommandLine(outdir) {
  for (const name of Object.keys(ENTRY_POINTS))
    rmSync(join(outdir, `${name}.mjs`), { force: true });
  await bundle({
    absWorkingDir: root,
    entryPoints: Object.entries(ENTRY_POINTS).map(([out, source]) => ({ in: source, out })),
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
}

async function buildSite(outDir) {
  // Both choose between a library's two builds; the caller's may say "test".
  process.env.NODE_ENV = 'production';
  delete process.env.BABEL_ENV;
  const { build } = await import('vite');
  const configFile = join(root, 'web/vite.config.ts');
  await build({ configFile, mode: 'production', logLevel: 'warn', build: { outDir } });
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        out: { type: 'string', default: join(root, 'dist') },
        site: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch {
    process.stderr.write('build: usage: node bin/build.mjs [--site] [--out <folder>]\n');
    process.exit(1);
  }
}

const { out, site: siteOnly } = options();
const outdir = resolve(out);
mkdirSync(outdir, { recursive: true });
if (!siteOnly) await buildCommandLine(outdir);
await buildSite(join(outdir, 'site'));
