import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { type Plugin, type UserConfig, defineConfig } from 'vite';
import solid from 'vite-plugin-solid';

export { constants, prover, proverWorker };

const ROOT = join(import.meta.dirname, '..');
const O1JS = join(ROOT, 'node_modules/o1js');

/** What the app is made of: a change in one of them that is not committed makes a build `-dirty`. */
const SOURCES = [
  ...['web', 'requester', 'contracts', 'git', 'ipfs', 'oracle', 'bin'],
  ...['package.json', 'package-lock.json', 'tsconfig.json'],
];

/** What the page relies on or proves; the other circuits are the command line's alone. */
const CIRCUITS = ['JobLog', 'Tab', 'Service'] as const;

/**
 * The same sources give the same bytes from any folder: names come from contents, and no time, path
 * or environment gets in. Everything is relative, so that any path of any gateway serves it.
 */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  // Nothing of whoever builds it comes in: no `.env` files, no settings found in a folder above.
  envDir: false,
  // The order of chunks follows from paths: packages keep theirs below this folder where it links to them.
  resolve: { preserveSymlinks: true },
  css: { postcss: {}, modules: { generateScopedName: '[name]_[local]_[hash:base64:5]' } },
  // `network.json`, which says that no network is preset: whoever hosts a copy may write one there.
  publicDir: 'public',
  cacheDir: join(ROOT, 'node_modules/.cache/vite'),
  plugins: [solid({ hot: false }), prover()],
  worker: proverWorker(),
  define: constants(),
  build: {
    outDir: join(ROOT, 'dist/site'),
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
    // mina-signer's `eval` looks for Node's `require`: refused by the page's policy, and not missed.
    rolldownOptions: { checks: { eval: false, pluginTimings: false } },
  },
});

/** See `web/build.ts`, which gives them their types. */
function constants(): Record<string, string> {
  const pinned = JSON.parse(
    readFileSync(join(ROOT, 'contracts/circuits.pinned.json'), 'utf8')
  ) as Record<string, { hash: string }>;
  const keys = CIRCUITS.map((circuit) => [circuit, pinned[circuit]!.hash] as const);
  const build = { commit: sourceCommit(), keys: Object.fromEntries(keys), o1js: o1jsPath() };
  return { RUNPROOF_BUILD: JSON.stringify(build) };
}

/** Of the checkout, or of the archive that git wrote. @throws where neither tells */
function sourceCommit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', ROOT, ...args], { encoding: 'utf8' }).trim();
  if (existsSync(join(ROOT, '.git'))) {
    const changed = git('status', '--porcelain', '--', ...SOURCES) !== '';
    return `${git('rev-parse', 'HEAD')}${changed ? '-dirty' : ''}`;
  }
  const commit = readFileSync(join(ROOT, 'bin/commit.txt'), 'utf8').trim();
  if (/^[0-9a-f]{40}$/.test(commit)) return commit;
  throw new Error(
    `${ROOT} is neither a git checkout nor an archive by git: its commit is unknown.`
  );
}

/** Beside the page, with its version: what is cached of one version is never taken for another. */
function o1jsPath(): string {
  const { version } = JSON.parse(readFileSync(join(O1JS, 'package.json'), 'utf8')) as {
    version: string;
  };
  return `o1js-${version}.js`;
}

/**
 * Beside the page: o1js as it comes, since it builds workers from its functions' text and no tool may
 * touch it; and the service worker, whose folder says how far it reaches.
 */
function prover(): Plugin {
  return {
    name: 'runproof:prover',
    apply: 'build',
    generateBundle() {
      const source = readFileSync(join(O1JS, 'dist/web/index.js'));
      this.emitFile({ type: 'asset', fileName: o1jsPath(), source });
      const [script] = buildSync({
        absWorkingDir: import.meta.dirname,
        entryPoints: ['prover/service-worker.ts'],
        bundle: true,
        format: 'iife',
        target: 'es2022',
        legalComments: 'none',
        minify: true,
        write: false,
      }).outputFiles;
      this.emitFile({ type: 'asset', fileName: 'sw.js', source: script!.contents });
    },
  };
}

/** The worker's chunks import that file of o1js; names stay, as o1js takes a contract's from its class. */
function proverWorker(): UserConfig['worker'] {
  return {
    format: 'es',
    rolldownOptions: {
      external: ['o1js'],
      output: { paths: { o1js: `../${o1jsPath()}` }, keepNames: true },
    },
  };
}
