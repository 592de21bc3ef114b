export { type Clone, type RemoteOptions, openClone };

import * as git from 'isomorphic-git';
import { utf8 } from '../contracts/formats/bytes.ts';
import { objectId } from '../contracts/formats/log-commit.ts';
import { GitError } from './error.ts';
import { type GitFiles, guarded } from './files.ts';
import type { PackLimits } from './pack.ts';
import { type TransportOptions, repositoryAddress, transport } from './transport.ts';

interface RemoteOptions extends TransportOptions {
  /** Password for pushing, and for hosts that want one for reading. */
  readonly token?: string | undefined;
  readonly onProgress?:
    ((progress: { phase: string; loaded: number; total: number }) => void) | undefined;
}

type ObjectType = 'commit' | 'tree' | 'blob';

/** A bare clone. Nothing is checked out, and nothing that a repository brings along is ever run. */
interface Clone {
  /**
   * Brings in what `ref` of a repository reaches, and says what it points at; `undefined` if it
   * does not exist. With `depth`, at most so many commits.
   * @throws {GitError}
   */
  fetch(
    repository: string,
    ref: string,
    options: RemoteOptions & { depth?: number }
  ): Promise<string | undefined>;
  /**
   * Sends what our `from` reaches and moves the repository's `to` there, if that is a fast-forward.
   * @throws {GitError} `NOT_FAST_FORWARD`, `REJECTED`, …
   */
  push(repository: string, from: string, to: string, options: RemoteOptions): Promise<void>;
  /**
   * The object with git's header in front, hashed again: what SHA-1 takes.
   * @throws {GitError} `OBJECT`
   */
  read(id: string): Promise<Uint8Array>;
  has(id: string): Promise<boolean>;
  /** Stores an object given with its header; returns its id. */
  write(object: Uint8Array): Promise<string>;
  /** What our own `ref` points at. */
  resolve(ref: string): Promise<string | undefined>;
  point(ref: string, id: string): Promise<void>;
}

/**
 * Opens the bare clone in `folder` of `files`, making it first if it is not there.
 * @param limits of each pack that is fetched
 */
async function openClone(
  files: GitFiles,
  folder: string,
  { limits }: { limits?: PackLimits } = {}
): Promise<Clone> {
  const here = { fs: guarded(files, limits), gitdir: folder };
  await stored(git.init({ ...here, bare: true }));
  // isomorphic-git will not fetch for a remote without a refspec; this one matches no notes ref, so
  // that a fetch moves no ref of ours.
  await stored(
    git.setConfig({
      ...here,
      path: 'remote.origin.fetch',
      value: '+refs/heads/*:refs/remotes/origin/*',
    })
  );

  const resolve: Clone['resolve'] = (ref) =>
    stored(
      git.resolveRef({ ...here, ref }).catch((error: unknown) => {
        if (error instanceof git.Errors.NotFoundError) return undefined;
        throw error;
      })
    );

  const read: Clone['read'] = async (id) => {
    const found = await git
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- no other call gives the exact bytes
      .readObject({ ...here, oid: id, format: 'content', cache })
      .catch((cause: unknown) => {
        throw new GitError('OBJECT', `object ${id} is not there`, { cause });
      });
    const content = found.object as Uint8Array;
    const header = utf8.encode(`${found.type} ${content.length}\0`);
    const object = new Uint8Array(header.length + content.length);
    object.set(header);
    object.set(content, header.length);
    // Packed objects are not hashed by the library: a host could serve any bytes under any name.
    if (objectId(object) !== id)
      throw new GitError('OBJECT', `the object called ${id} hashes to ${objectId(object)}`);
    return object;
  };
  const cache = {};

  return {
    resolve,
    read,
    has: (id) =>
      read(id).then(
        () => true,
        () => false
      ),
    point: (ref, value) => stored(git.writeRef({ ...here, ref, value, force: true })),
    async write(object) {
      const end = object.indexOf(0);
      const type = utf8.decode(object.subarray(0, end)).split(' ')[0] as ObjectType;
      const content = object.slice(end + 1);
      const id = await stored(
        // eslint-disable-next-line @typescript-eslint/no-deprecated -- no other call takes the exact bytes
        git.writeObject({ ...here, type, object: content, format: 'content' })
      );
      if (id !== objectId(object))
        throw new GitError('OBJECT', `object ${objectId(object)} was stored as ${id}`);
      return id;
    },
    async fetch(repository, ref, options) {
      const url = repositoryAddress(repository);
      const { depth } = options;
      const result = await git
        .fetch({
          ...here,
          ...remote(options),
          url,
          ref,
          remoteRef: ref,
          singleBranch: true,
          cache,
          ...(depth !== undefined && { depth }),
        })
        .catch((cause: unknown) => {
          if (cause instanceof git.Errors.NotFoundError) return { fetchHead: null };
          throw asGitError(cause, url);
        });
      return result.fetchHead ?? undefined;
    },
    async push(repository, from, to, options) {
      const url = repositoryAddress(repository);
      await git
        .push({ ...here, ...remote(options), url, ref: from, remoteRef: to, cache })
        .catch((cause: unknown) => {
          throw asGitError(cause, url);
        });
    },
  };
}

const stored = <T>(work: Promise<T>): Promise<T> =>
  work.catch((cause: unknown) => {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new GitError('STORAGE', `the clone cannot be read or written: ${said}`, { cause });
  });

/** Hosts take a token as a password; any user name does for those that we know. */
const remote = (options: RemoteOptions) => ({
  http: transport(options),
  ...(options.token !== undefined && {
    onAuth: () => ({ username: 'x-access-token', password: options.token }),
  }),
  ...(options.onProgress && { onProgress: options.onProgress }),
});

function asGitError(cause: unknown, url: string): GitError {
  if (cause instanceof GitError) return cause;
  const said = cause instanceof Error ? cause.message : String(cause);
  const sentence = (what: string): string => `${url} ${what}: ${said.slice(0, 500)}`;
  if (cause instanceof git.Errors.PushRejectedError)
    return new GitError('NOT_FAST_FORWARD', sentence('was pushed to by another'), { cause });
  if (cause instanceof git.Errors.GitPushError)
    return new GitError('REJECTED', sentence('refused the push'), { cause });
  if (cause instanceof git.Errors.HttpError && [401, 403].includes(cause.data.statusCode))
    return new GitError('UNAUTHORIZED', sentence('does not accept the token'), { cause });
  return new GitError('UNREACHABLE', sentence('did not answer as a git host'), { cause });
}
