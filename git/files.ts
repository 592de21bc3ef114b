export { type GitFiles, memoryFiles, guarded };

import type { PromiseFsClient } from 'isomorphic-git';
import { type PackLimits, assertPack } from './pack.ts';

/** What isomorphic-git asks of a file system. */
type GitFiles = PromiseFsClient;

type Contents = string | Uint8Array;
type Options = string | { encoding?: string };

/**
 * Refuses packs before they are stored, and so before isomorphic-git indexes them: it inflates
 * without a limit. {@link assertPack}'s errors come out of the fetch.
 */
const guarded = ({ promises }: GitFiles, limits?: PackLimits): GitFiles => ({
  promises: {
    ...promises,
    async writeFile(path: string, contents: Contents, options?: Options): Promise<void> {
      if (path.endsWith('.pack')) assertPack(contents as Uint8Array, limits);
      await (promises.writeFile as WriteFile)(path, contents, options);
    },
  },
});
type WriteFile = (path: string, contents: Contents, options?: Options) => Promise<void>;

/** A file system that ends with the process: what a stranger's repository holds never meets the disk. */
function memoryFiles(): GitFiles {
  const files = new Map<string, Uint8Array>();
  const folders = new Set<string>(['/']);

  const stat = async (path: string): Promise<object> => {
    const file = files.get(clean(path));
    if (file === undefined && !folders.has(clean(path))) throw absent(path);
    return {
      isFile: () => file !== undefined,
      isDirectory: () => file === undefined,
      isSymbolicLink: () => false,
      size: file?.length ?? 0,
      mode: 0o600,
      mtimeMs: 0,
      ctimeMs: 0,
    };
  };

  return {
    promises: {
      stat,
      lstat: stat,
      async readFile(path: string, options?: Options): Promise<Contents> {
        const file = files.get(clean(path));
        if (file === undefined) throw absent(path);
        const encoding = typeof options === 'string' ? options : options?.encoding;
        return encoding === undefined ? file : new TextDecoder().decode(file);
      },
      async writeFile(path: string, contents: Contents): Promise<void> {
        if (!folders.has(parent(clean(path)))) throw absent(path);
        files.set(
          clean(path),
          typeof contents === 'string' ? new TextEncoder().encode(contents) : contents
        );
      },
      async mkdir(path: string): Promise<void> {
        if (!folders.has(parent(clean(path)))) throw absent(path);
        if (folders.has(clean(path))) throw failure('EEXIST', path);
        folders.add(clean(path));
      },
      async readdir(path: string): Promise<string[]> {
        if (!folders.has(clean(path))) throw absent(path);
        return [...files.keys(), ...folders]
          .filter((name) => name !== '/' && parent(name) === clean(path))
          .map((name) => name.slice(name.lastIndexOf('/') + 1));
      },
      async unlink(path: string): Promise<void> {
        if (!files.delete(clean(path))) throw absent(path);
      },
      async rmdir(path: string): Promise<void> {
        if (!folders.delete(clean(path))) throw absent(path);
      },
      async readlink(path: string): Promise<string> {
        throw absent(path);
      },
      async symlink(_target: string, path: string): Promise<void> {
        throw failure('EPERM', path);
      },
    },
  };
}

const clean = (path: string): string => `/${path.split('/').filter(Boolean).join('/')}`;
const parent = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
const failure = (code: string, path: string): Error =>
  Object.assign(new Error(`${code}: ${path}`), { code });
const absent = (path: string): Error => failure('ENOENT', path);
