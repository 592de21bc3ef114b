export { type Repositories, openRepositories, REPOSITORY_NAME };

import { spawn } from 'node:child_process';
import { lstat, mkdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { GitServerError } from './git-error.ts';

/** One folder directly below the root; no dots in front, no slashes, so no way out of it. */
const REPOSITORY_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}\.git$/;

/** The bare repositories below one folder. */
interface Repositories {
  readonly root: string;
  /** Folder of an existing repository, or `undefined`: no such name, or not a folder. */
  find(name: string): Promise<string | undefined>;
  /**
   * Creates a bare repository unless it is there, and with `mirrorOf` brings its `main` to the HEAD
   * of that local checkout.
   * @throws {GitServerError} `NAME`, `GIT_FAILED`
   */
  create(name: string, options?: { mirrorOf?: string | undefined }): Promise<string>;
}

async function openRepositories(folder: string): Promise<Repositories> {
  await mkdir(folder, { recursive: true });
  const root = await realpath(folder);
  const find = async (name: string): Promise<string | undefined> => {
    if (!REPOSITORY_NAME.test(name)) return undefined;
    const path = join(root, name);
    // lstat: a link would lead out of the root.
    const found = await lstat(path).catch(() => undefined);
    return found?.isDirectory() === true ? path : undefined;
  };
  return {
    root,
    find,
    async create(name, { mirrorOf } = {}) {
      if (!REPOSITORY_NAME.test(name))
        throw new GitServerError(
          'NAME',
          `${JSON.stringify(name)} is not a repository's name: letters, digits, - and _, then .git`
        );
      const path = join(root, name);
      if ((await find(name)) === undefined)
        await git(root, 'init', '--quiet', '--bare', '--template=', '--initial-branch=main', path);
      if (mirrorOf !== undefined) await mirror(path, resolve(mirrorOf));
      return path;
    },
  };
}

/** A checkout may be shallow (CI) and belong to another user (containers): it is only read. */
const mirror = (path: string, source: string): Promise<void> =>
  git(
    path,
    'fetch',
    '--quiet',
    '--force',
    '--no-tags',
    '--update-shallow',
    '--upload-pack=git -c safe.directory=* upload-pack',
    source,
    'HEAD:refs/heads/main'
  );

async function git(cwd: string, ...args: string[]): Promise<void> {
  const child = spawn('git', args, {
    cwd,
    env: gitEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [stderr, status] = await Promise.all([
    text(child.stderr),
    new Promise<number | null>((done, fail) => child.once('close', done).once('error', fail)),
  ]).catch((cause: unknown) => {
    throw new GitServerError('GIT_FAILED', 'git could not be started; is it installed?', { cause });
  });
  if (status !== 0)
    throw new GitServerError(
      'GIT_FAILED',
      `git ${args[0]!} ended with ${String(status)}: ${stderr.trim()}`
    );
}

/** Nothing of the user's or the machine's git settings: no hooks, filters, templates, helpers. */
const gitEnvironment = (): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  LANG: 'C',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
});
