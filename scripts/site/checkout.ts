import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { CliError } from '../cli/error.ts';

export { ROOT, headCommit, exportHead };

/** This repository: the folder with package.json, above this file or above the bundle. */
const ROOT = rootAbove(import.meta.dirname);

/** The commit that is checked out. @throws CliError `NOT_FOUND` */
async function headCommit(): Promise<string> {
  if (!existsSync(join(ROOT, '.git')))
    throw new CliError(
      'NOT_FOUND',
      `${ROOT} is not a git checkout; clone the repository with git.`
    );
  const { stdout } = await promisify(execFile)('git', ['-C', ROOT, 'rev-parse', 'HEAD']);
  return stdout.trim();
}

/**
 * Puts the files of `commit`, and none that were changed since, into a fresh `folder`, with this
 * checkout's dependencies: what a job finds that builds the commit.
 * @throws CliError `FAILED`
 */
async function exportHead(commit: string, folder: string, signal?: AbortSignal): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const options = { stdio: ['pipe', 'pipe', 'inherit'] as ['pipe', 'pipe', 'inherit'], signal };
  const archive = spawn('git', ['-C', ROOT, 'archive', '--format=tar', commit], options);
  const unpack = spawn('tar', ['--extract', '--file=-', '-C', folder], options);
  const ends = [once(archive, 'close'), once(unpack, 'close')];
  archive.stdin.end();
  await pipeline(archive.stdout, unpack.stdin);
  const statuses = (await Promise.all(ends)).map(([status]) => status as number | null);
  if (statuses.some((status) => status !== 0))
    throw new CliError('FAILED', `commit ${commit} could not be unpacked into ${folder}.`);
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
