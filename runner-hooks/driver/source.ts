export { fetchSource, assertSource, type Source, type SourceOptions, type FetchedSource };

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { deadline } from '../../contracts/chain/deadline.ts';
import { SourceError, type SourceCode } from './error.ts';

/** A commit of a repository, by its SHA-1. */
type Source = { repository: string; commit: string };

type SourceOptions = {
  /** Holds the archives of former fetches. */
  cache: string;
  maxBytes?: number;
  seconds?: number;
  /** Accepts `file:` addresses: for tests and for repositories of one's own. */
  allowFiles?: boolean;
  signal?: AbortSignal | undefined;
};

type FetchedSource = {
  /** The tar file that {@link fetchSource} hashed. */
  archive: string;
  /** SHA-256 of it. */
  digest: Uint8Array;
  /** Of the commit, in seconds since 1970. */
  commitTime: number;
};

const MAX_SOURCE_BYTES = 2 ** 30;
const FETCH_SECONDS = 600;
const MAX_COMPLAINT = 2_000;

/** No configuration but ours, no prompt, no helper: nothing of the machine's owner is lent out. */
const GIT_ENVIRONMENT = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '/bin/false',
  GIT_SSH_COMMAND: '/bin/false',
  HOME: '/nonexistent',
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC',
};

/** Threat G2: nothing a repository says about hooks, filters or submodules is looked at. */
const GIT_CONFIG = [
  ...['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '-c', 'credential.helper='],
  ...['-c', 'protocol.allow=never', '-c', 'protocol.http.allow=always'],
  ...['-c', 'protocol.https.allow=always', '-c', 'protocol.version=2', '-c', 'gc.auto=0'],
  ...['-c', 'transfer.fsckObjects=true', '-c', 'fetch.recurseSubmodules=no'],
  ...['-c', 'core.bigFileThreshold=16m', '-c', 'pack.threads=1', '-c', 'tar.umask=0022'],
];

/**
 * Fetches one commit into a bare repository with git itself, and turns it into the tar file whose
 * SHA-256 is the *source digest*: `git -c tar.umask=0022 archive --format=tar <commit>`. Nothing is
 * unpacked here. A second call for the same commit reads the cache, checked against its digest.
 * @throws {SourceError}
 */
async function fetchSource(source: Source, options: SourceOptions): Promise<FetchedSource> {
  const { cache, signal } = options;
  assertSource(source, options);
  await mkdir(cache, { recursive: true, mode: 0o700 });
  const known = await readCache(source, options);
  if (known !== undefined) return known;

  const folder = await mkdtemp(join(cache, 'fetch-'));
  const stop = deadline(1000 * (options.seconds ?? FETCH_SECONDS), signal);
  const git = createGit(folder, options, stop.signal);
  try {
    await git(['init', '--quiet', '--bare', '--template=', '.']);
    await git([
      ...['fetch', '--quiet', '--depth=1', '--no-tags', '--no-write-fetch-head', '--no-auto-gc'],
      ...['--no-recurse-submodules', '--', source.repository, source.commit],
    ]);
    const archive = join(folder, 'source.tar');
    const digest = await git(['archive', '--format=tar', source.commit], archive);
    const time = await git(['show', '--no-patch', '--format=%ct', source.commit]);
    return await keep(archive, source, cache, digest, Number(time));
  } catch (cause) {
    throw explain(cause, source, options, stop.signal);
  } finally {
    stop.clear();
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws {SourceError} `address` */
function assertSource(
  { repository, commit }: Source,
  { allowFiles }: { allowFiles?: boolean }
): void {
  const refuse = (why: string): never => {
    throw new SourceError('address', `${JSON.stringify(repository.slice(0, 200))} ${why}`);
  };
  if (!/^[0-9a-f]{40}$/.test(commit))
    throw new SourceError(
      'address',
      `${JSON.stringify(commit.slice(0, 80))} is not a commit; give all 40 hex digits`
    );
  if (repository.length > 2048 || !/^[!-~]+$/.test(repository))
    refuse('is not an address of at most 2048 printable characters');
  const url = URL.canParse(repository) ? new URL(repository) : refuse('is not a URL');
  const accepted = ['https:', 'http:', ...(allowFiles === true ? ['file:'] : [])];
  if (!accepted.includes(url.protocol)) refuse(`is not one of ${accepted.join(', ')}`);
  if (url.username !== '' || url.password !== '') refuse('carries a name or password; remove it');
}

class GitFailure extends Error {
  constructor(
    readonly code: SourceCode,
    message: string
  ) {
    super(message);
  }
}

/**
 * Git within bounds: RLIMIT_FSIZE stops a pack while it grows (threat G3), RLIMIT_DATA a delta bomb.
 * The result is standard output, or its SHA-256 in hex where it goes `into` a file.
 */
function createGit(cwd: string, options: SourceOptions, signal: AbortSignal) {
  const maxBytes = options.maxBytes ?? MAX_SOURCE_BYTES;
  const limits = ['prlimit', `--fsize=${maxBytes}`, '--data=2147483648', '--core=0', '--'];
  const files = options.allowFiles === true ? ['-c', 'protocol.file.allow=always'] : [];
  return async (args: readonly string[], into?: string): Promise<string> => {
    signal.throwIfAborted();
    const argv = [...limits, 'git', ...GIT_CONFIG, ...files, ...args];
    const child = spawn(argv[0]!, argv.slice(1), {
      cwd,
      env: { PATH: process.env.PATH, ...GIT_ENVIRONMENT },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    // git-remote-https and index-pack are children of its own: the group goes as a whole.
    const kill = (): void => tryKillGroup(child.pid);
    signal.addEventListener('abort', kill);
    const complaint: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (complaint.length < 16) complaint.push(text.slice(0, MAX_COMPLAINT));
    });
    const exit = new Promise<boolean>((resolve, reject) => {
      child.once('error', reject).once('close', (code) => resolve(code === 0));
    });
    exit.catch(() => undefined);
    try {
      const hash = createHash('sha256');
      const output: Buffer[] = [];
      const bounded = bound(maxBytes, (chunk) => {
        hash.update(chunk);
        if (into === undefined) output.push(chunk);
      });
      if (into === undefined) await pipeline(child.stdout, bounded.resume());
      else await pipeline(child.stdout, bounded, createWriteStream(into, { mode: 0o600 }));
      if (!(await exit)) throw new GitFailure(...judge(complaint.join('')));
      return into === undefined ? Buffer.concat(output).toString() : hash.digest('hex');
    } finally {
      kill();
      signal.removeEventListener('abort', kill);
    }
  };
}

function bound(max: number, onChunk: (chunk: Buffer) => void): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _, next) {
      bytes += chunk.length;
      if (bytes > max) next(new GitFailure('too-large', 'the archive is too large'));
      else {
        onChunk(chunk);
        next(null, chunk);
      }
    },
  });
}

function tryKillGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // ended
  }
}

/** What git's complaint means (its messages are in English under C.UTF-8). */
function judge(complaint: string): [SourceCode, string] {
  const said = complaint.trim().slice(0, MAX_COMPLAINT);
  const code = (
    [
      [/file size limit|File too large|signal 25|out of memory/i, 'too-large'],
      [/not our ref|no such remote ref|not a tree object|repository .*not found/i, 'not-found'],
      [/does not appear to be a git repository|could not read Username/i, 'not-found'],
      [/transport '.*' not allowed/, 'address'],
      [/fsck|inflate|corrupt|bad object|invalid.*pack|index-pack/i, 'corrupt'],
    ] as const
  ).find(([pattern]) => pattern.test(said))?.[1];
  return [code ?? 'unreachable', said];
}

function explain(
  cause: unknown,
  { repository, commit }: Source,
  { signal, seconds = FETCH_SECONDS, maxBytes = MAX_SOURCE_BYTES }: SourceOptions,
  stop: AbortSignal
): SourceError {
  const what = `commit ${commit} of ${repository}`;
  if (signal?.aborted)
    return new SourceError('aborted', `fetching ${what} was stopped by its caller`, { cause });
  if (stop.aborted)
    return new SourceError('timeout', `${what} took longer than ${seconds} seconds`, { cause });
  if (!(cause instanceof GitFailure))
    return new SourceError('unreachable', `${what}: ${String(cause)}`, { cause });
  if (cause.code === 'too-large')
    return new SourceError('too-large', `${what} has more than ${maxBytes} bytes`, { cause });
  return new SourceError(cause.code, `${what} could not be fetched: ${cause.message}`, { cause });
}

const keyOf = ({ repository, commit }: Source): string =>
  createHash('sha256').update(`${commit} ${repository}`).digest('hex');

/** The name carries digest and time, so a renamed file is all there is to commit. */
async function keep(
  archive: string,
  source: Source,
  cache: string,
  digest: string,
  commitTime: number
): Promise<FetchedSource> {
  const path = join(cache, `${keyOf(source)}.${digest}.${commitTime}.tar`);
  await rename(archive, path);
  return { archive: path, digest: Buffer.from(digest, 'hex'), commitTime };
}

async function readCache(
  source: Source,
  { cache }: SourceOptions
): Promise<FetchedSource | undefined> {
  const pattern = new RegExp(`^${keyOf(source)}\\.([0-9a-f]{64})\\.(\\d{1,15})\\.tar$`);
  for (const name of await readdir(cache)) {
    const match = pattern.exec(name);
    if (match === null) continue;
    const archive = join(cache, name);
    const hash = createHash('sha256');
    await pipeline(createReadStream(archive), hash);
    const digest = hash.digest();
    if (digest.toString('hex') === match[1])
      return { archive, digest, commitTime: Number(match[2]) };
    await rm(archive, { force: true });
  }
  return undefined;
}
