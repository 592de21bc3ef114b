export { type ForgeRepositories, openForgeRepositories };

import { execFile } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { runBackend } from '../git-backend.ts';
import { openRepositories } from '../git-repository.ts';

const run = promisify(execFile);

/** Bare repositories `owner/name`, of which anybody may fetch. */
interface ForgeRepositories {
  /** Folder of one, `undefined` for none of that name. */
  find(name: string): Promise<string | undefined>;
  /**
   * Makes one, or gives it another commit on a branch: these files on top of a local checkout's commit,
   * or alone. Then the former commit is no longer below the branch, as after a forced push.
   * @returns the commit
   */
  commit(
    name: string,
    files: Readonly<Record<string, string>>,
    options?: { onto?: { readonly checkout: string; readonly commit: string }; ref?: string }
  ): Promise<string>;
  commitOf(name: string, ref: string): Promise<string | undefined>;
  fileAt(name: string, commit: string, path: string): Promise<Buffer | undefined>;
  setRef(name: string, ref: string, commit: string): Promise<void>;
  /** Answers git's smart HTTP below `/<owner>/<name>.git/`; false for another path. */
  serve(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}

const GIT = /^\/([\w.-]+(?:\/[\w.-]+)+?)\.git\/(info\/refs|git-upload-pack)$/;
const LIMITS = { requestBytes: 32 * 2 ** 20, milliseconds: 60_000 };
const MAX_FILE_BYTES = 64 * 2 ** 20;
const ENVIRONMENT = {
  ...{ GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0' },
  ...{ GIT_AUTHOR_NAME: 'Forge', GIT_AUTHOR_EMAIL: 'forge@localhost' },
  ...{ GIT_COMMITTER_NAME: 'Forge', GIT_COMMITTER_EMAIL: 'forge@localhost' },
};

async function openForgeRepositories(root: string): Promise<ForgeRepositories> {
  const repositories = await openRepositories(root);
  /** The git server's repositories lie side by side. */
  const flat = (name: string): string => `${name.replaceAll(/[/.]/g, '_')}.git`;
  const find = (name: string): Promise<string | undefined> => repositories.find(flat(name));
  const git = async (
    path: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {}
  ): Promise<Buffer> => {
    const options = {
      ...({ encoding: 'buffer', maxBuffer: MAX_FILE_BYTES } as const),
      env: { PATH: process.env.PATH, HOME: '/nonexistent', ...ENVIRONMENT, ...env },
      cwd: env.GIT_WORK_TREE ?? path,
    };
    return (await run('git', ['--git-dir', path, ...args], options)).stdout;
  };
  const orUndefined = (work: Promise<Buffer>): Promise<Buffer | undefined> =>
    work.catch(() => undefined);
  const commitOf = async (name: string, ref: string): Promise<string | undefined> => {
    const path = await find(name);
    if (path === undefined || ref.startsWith('-')) return undefined;
    const id = await orUndefined(git(path, ['rev-parse', '--verify', `${ref}^{commit}`]));
    return id?.toString().trim();
  };
  return {
    find,
    commitOf,

    async commit(name, files, { onto, ref = 'refs/heads/main' } = {}) {
      const path = await repositories.create(flat(name), { mirrorOf: onto?.checkout });
      // As the forges do: a runner fetches what it was told to, whatever the branch says by then.
      await git(path, ['config', 'uploadpack.allowAnySHA1InWant', 'true']);
      const work = await mkdtemp(join(tmpdir(), 'runproof-forge-'));
      try {
        const env = { GIT_WORK_TREE: work, GIT_INDEX_FILE: join(work, '.index') };
        const parent = onto?.commit;
        if (parent !== undefined) await git(path, ['read-tree', parent], env);
        for (const [file, text] of Object.entries(files)) {
          await mkdir(dirname(join(work, file)), { recursive: true });
          await writeFile(join(work, file), text);
          await git(path, ['update-index', '--add', '--', file], env);
        }
        const tree = (await git(path, ['write-tree'], env)).toString().trim();
        const parents = parent === undefined ? [] : ['-p', parent];
        const args = ['commit-tree', tree, ...parents, '-m', 'A commit of the embedded forge'];
        const commit = (await git(path, args, env)).toString().trim();
        await git(path, ['update-ref', ref, commit]);
        return commit;
      } finally {
        await rm(work, { recursive: true, force: true });
      }
    },

    async fileAt(name, commit, file) {
      const path = await find(name);
      if (path === undefined || !/^[0-9a-f]{40}$/.test(commit)) return undefined;
      return orUndefined(git(path, ['cat-file', 'blob', `${commit}:${file}`]));
    },

    async setRef(name, ref, commit) {
      await git((await find(name))!, ['update-ref', ref, commit]);
    },

    async serve(request, response) {
      const [path = '', query = ''] = (request.url ?? '').split('?', 2);
      const [, name, service] = GIT.exec(path) ?? [];
      if (name === undefined || (await find(name)) === undefined) return false;
      await runBackend(
        { root: repositories.root, path: `/${flat(name)}/${service}`, query, mayPush: false },
        request,
        response,
        LIMITS
      );
      return true;
    },
  };
}
