#!/usr/bin/env node
// Builds the command line (one file a process, everything of ours inside, packages outside) and the
// site. The same sources give the same bytes, from any folder: no time, path or environment gets in.
import { build as bundle } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** One for each process that a command may start. */
const ENTRY_POINTS = {
  runproof: 'scripts/runproof.ts',
  'prover-child': 'oracle/prove/child.ts',
  programs: 'scripts/cli/programs.ts',
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

/** What `runproof hooks install` puts on a runner: one file each, everything inside. */
async function buildHooks(outdir) {
  const { register } = await import('tsx/esm/api');
  const unregister = register();
  const { HOOKS, hookScript } = await import('../runner-hooks/install/bundle.ts');
  await unregister();
  for (const name of Object.keys(HOOKS))
    writeFileSync(join(outdir, `${name}.mjs`), await hookScript(name));
}

async function buildSite(outDir, title) {
  // Both choose between a library's two builds; the caller's may say "test".
  process.env.NODE_ENV = 'production';
  delete process.env.BABEL_ENV;
  const [{ build }, { register }] = await Promise.all([import('vite'), import('tsx/esm/api')]);
  // Vite's own loader would write beside the packages, which may be lent read-only.
  const unregister = register();
  const { default: config } = await import('../web/vite.config.ts');
  await unregister();
  if (title !== undefined) config.plugins.push(titled(title));
  const mode = { configFile: false, mode: 'production', logLevel: 'warn' };
  await build({ ...config, ...mode, build: { ...config.build, outDir } });
}

/**
 * What spares a page minutes before its first proof, 18 MB: made from the circuits, by some minutes of
 * compiling where o1js has kept nothing of an earlier one. So a site with them has another CID, and a
 * job that builds the site has none.
 */
function writeKeys(folder) {
  const script = join(root, 'scripts/site/keys.ts');
  const options = { cwd: root, stdio: 'inherit' };
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', script, folder], options);
  if (status !== 0) process.exit(1);
}

const titled = (title) => ({
  name: 'runproof:title',
  transformIndexHtml: (page) =>
    page.replace(
      /<title>[^<]*</,
      () => `<title>${title.replace(/[&<]/g, (c) => `&#${c.charCodeAt(0)};`)}<`
    ),
});

/** Of a job: JSON that was held against the service's schema before. */
function readParameters(file) {
  return file === undefined ? {} : JSON.parse(readFileSync(file, 'utf8'));
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        out: { type: 'string', default: join(root, 'dist') },
        site: { type: 'boolean', default: false },
        keys: { type: 'boolean', default: false },
        parameters: { type: 'string' },
      },
    });
    return values;
  } catch {
    process.stderr.write(
      'build: usage: node bin/build.mjs [--site] [--keys] [--out <folder>] [--parameters <file>]\n'
    );
    process.exit(1);
  }
}

const { out, site, keys, parameters } = options();
const { title, include } = readParameters(parameters);
const outdir = resolve(out);
mkdirSync(outdir, { recursive: true });
process.on('uncaughtException', ({ message }) => {
  process.stderr.write(`build: ${message}\n`);
  process.exit(1);
});
if (!site && include !== 'app') {
  await buildCommandLine(outdir);
  await buildHooks(outdir);
}
await buildSite(join(outdir, 'site'), title);
if (keys) writeKeys(join(outdir, 'site/keys'));
