export { type HookName, HOOKS, FOREIGN, hookScript };

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { InstallError } from './error.ts';

/** Where each hook's script comes from. Node starts CommonJS ten milliseconds sooner. */
const HOOKS = {
  'github-job': { source: '../github/job-hook.ts', format: 'cjs' },
  'github-container': { source: '../github/container-hook.ts', format: 'esm' },
  'gitlab-executor': { source: '../gitlab/main.ts', format: 'cjs' },
  'gitlab-plain': { source: '../gitlab/plain.ts', format: 'esm' },
} as const;
type HookName = keyof typeof HOOKS;

/**
 * What a job or its machine says to programs of its own, taken away before ours: code to load, files to
 * write, and certificates, which Node reads for thirty milliseconds at each start and no hook needs.
 */
const FOREIGN = [
  ...['NODE_OPTIONS', 'NODE_PATH', 'NODE_EXTRA_CA_CERTS', 'NODE_V8_COVERAGE', 'NODE_COMPILE_CACHE'],
  ...['NODE_DEBUG', 'NODE_DEBUG_NATIVE', 'NODE_REDIRECT_WARNINGS', 'OPENSSL_CONF'],
  ...['LD_PRELOAD', 'LD_AUDIT'],
].join(' ');

/**
 * A hook as one file that needs Node and nothing else, since it lies in a folder of the runner's. From
 * a checkout it is bundled here, in an installed package it lies beside us, put there by `bin/build.mjs`.
 *
 * @throws {InstallError} `SOURCE`
 */
async function hookScript(name: HookName): Promise<string> {
  const { format } = HOOKS[name];
  const source = fileURLToPath(new URL(HOOKS[name].source, import.meta.url));
  if (existsSync(source)) {
    const { build } = await import('esbuild');
    const { outputFiles } = await build({
      entryPoints: [source],
      bundle: true,
      write: false,
      ...{ platform: 'node', format, target: 'node20', charset: 'utf8' },
      ...{ minifySyntax: true, legalComments: 'none', logLevel: 'silent' },
    });
    return outputFiles[0]!.text;
  }
  try {
    return await readFile(new URL(`./${name}.mjs`, import.meta.url), 'utf8');
  } catch (cause) {
    throw new InstallError(
      'SOURCE',
      `this copy of Runproof lacks ${name}.mjs; install it anew, or run it from a checkout.`,
      { cause }
    );
  }
}
