import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { CliError } from '../cli/error.ts';

export { ROOT, headCommit, exportHead };

const run = promisify(execFile);

/** This repository: the folder with package.json, above this file or above the bundle. */
const ROOT = rootAbove(import.meta.dirname);

/** The commit that is checked out. @throws CliError `NOT_FOUND` */
async function headCommit(): Promise<string> {
  if (!existsSync(join(ROOT, '.git')))
    throw new CliError(
      'NOT_FOUND',
      `${ROOT} is not a git checkout; clone the repository with git.`
    );
  const { stdout } = await run('git', ['-C', ROOT, 'rev-parse', 'HEAD']);
  return stdout.trim();
}

/**
 * Puts the files of `commit`, and none that were changed since, into a fresh `folder`, with this
 * checkout's dependencies: what a job finds that builds the commit.
 * @param repository that has the commit; default this checkout
 * @throws CliError `FAILED`
 */
async function exportHead(
  commit: string,
  folder: string,
  signal?: AbortSignal,
  repository = ROOT
): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const archive = join(folder, '.source.tar');
  try {
    const args = ['-C', repository, 'archive', '--format=tar', `--output=${archive}`, commit];
    await run('git', args, { signal });
    await run('tar', ['--extract', `--file=${archive}`, '-C', folder], { signal });
    await rm(archive);
  } catch (cause) {
    throw new CliError('FAILED', `commit ${commit} could not be unpacked into ${folder}.`, {
      cause,
    });
  }
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
}

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
