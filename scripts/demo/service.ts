import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Descriptor } from '../../contracts/formats/descriptor.ts';
import { CliError } from '../cli/error.ts';

export { ROOT, headCommit, buildService, dependencies };

/** This repository: the folder with package.json, above this file or above the bundle. */
const ROOT = rootAbove(import.meta.dirname);

/** The commit that is checked out, which is what the demo's job builds. */
async function headCommit(): Promise<string> {
  if (!existsSync(join(ROOT, '.git')))
    throw new CliError(
      'NOT_FOUND',
      `${ROOT} is not a git checkout, and the demo builds this repository; clone it with git.`
    );
  const { stdout } = await promisify(execFile)('git', ['-C', ROOT, 'rev-parse', 'HEAD']);
  return stdout.trim();
}

/** What the demo sells: the command line's bundle, built from this repository's own source. */
const buildService = (repository: string, commit: string): Descriptor => ({
  version: 1,
  name: 'Runproof command line, built from source',
  description:
    'Builds the command-line bundle of Runproof from its own source, without network. ' +
    'The same commit gives the same bytes.',
  source: { repository, commit },
  job: {
    phases: [
      { name: 'build', script: 'node bin/build.mjs --out dist' },
      { name: 'check', script: 'node --check dist/runproof.mjs\nsha256sum dist/*.mjs' },
    ],
    outputs: ['dist'],
  },
  driver: 'local',
  parameters: {
    type: 'object',
    properties: { label: { type: 'string', maxLength: 64, default: '' } },
    additionalProperties: false,
  },
  price: { base: '10000000', perSecond: '250000000', token: 'MINA' },
  limits: {
    seconds: 300,
    memoryBytes: 2 * 2 ** 30,
    processes: 256,
    outputBytes: 64 * 2 ** 20,
    logBytes: 2 ** 20,
    network: false,
  },
  result: 'public',
  licence: 'Apache-2.0',
});

/** The provider's dependencies, read-only where Node looks for them from the work folder. */
const dependencies = { source: join(ROOT, 'node_modules'), target: '/job/work/node_modules' };

function rootAbove(folder: string): string {
  for (let at = folder; ; at = resolve(at, '..')) {
    const manifest = join(at, 'package.json');
    if (existsSync(manifest)) {
      const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string };
      if (name === 'runproof') return at;
    }
    if (at === resolve(at, '..'))
      throw new CliError('NOT_FOUND', `no package.json above ${folder}.`);
  }
}
