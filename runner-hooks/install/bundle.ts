export { type HookName, hookScript };

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { InstallError } from './error.ts';

/** Where each hook's script comes from; `bin/build.mjs` makes the same of the same. */
const SOURCES = {
  'github-job': '../github/job-hook.ts',
  'github-container': '../github/container-hook.ts',
  'gitlab-executor': '../gitlab/main.ts',
  'gitlab-plain': '../gitlab/plain.ts',
} as const;
type HookName = keyof typeof SOURCES;

/**
 * A hook as one file that needs Node and nothing else, since it lies in a folder of the runner's. From
 * a checkout it is bundled here, in an installed package it lies beside us.
 *
 * @throws {InstallError} `SOURCE`
 */
async function hookScript(name: HookName): Promise<string> {
  const source = fileURLToPath(new URL(SOURCES[name], import.meta.url));
  if (existsSync(source)) {
    const { build } = await import('esbuild');
    const { outputFiles } = await build({
      entryPoints: [source],
      bundle: true,
      write: false,
      ...{ platform: 'node', format: 'esm', target: 'node20', charset: 'utf8' },
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
