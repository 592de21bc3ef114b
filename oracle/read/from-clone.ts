export { type LocalClone, openLocalClone };

import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { utf8 } from '../../contracts/formats/bytes.ts';
import { isKey } from '../../contracts/formats/key.ts';
import { objectId } from '../../contracts/formats/log-commit.ts';
import { type Log, runLog } from '../../contracts/formats/log.ts';
import { MAX_NOTE_BYTES } from '../../contracts/formats/note.ts';
import type { RunNote } from '../../contracts/formats/run-note.ts';
import { OracleError } from '../error.ts';
import type { LogEntry } from './entry.ts';
import { LIMITS, type ReadOptions } from './from-git.ts';
import { type Walkable, walkLog } from './walk.ts';

/** A clone on this machine, as it is: nothing is fetched into it, checked out of it or run. */
interface LocalClone {
  /** The log of a runner, as `readRunLog` gives it; empty where the clone has none. @throws {OracleError} */
  readRunLog(runner: string, options?: ReadOptions): Promise<readonly LogEntry<RunNote>[]>;
  /** Keys whose logs the clone has. */
  keys(): Promise<readonly string[]>;
  /** Branches and tags, by full name, that a commit lies on; `undefined` where the commit is not here. */
  branchesWith(commit: string): Promise<readonly string[] | undefined>;
}

const PREFIX = 'refs/notes/runproof/';
const MAX_ANSWER_BYTES = 16 * 2 ** 20;
const run = promisify(execFile);

/**
 * Nothing that the repository's own settings say may reach a network or start a program, and it may
 * belong to another user, as a checkout in a container does.
 */
const GUARDED = [
  '-c',
  'safe.directory=*',
  '-c',
  'protocol.allow=never',
  '-c',
  'core.fsmonitor=false',
];
const ENVIRONMENT = {
  PATH: process.env.PATH,
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_NO_LAZY_FETCH: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
};

/** Opens a clone, bare or not. @throws {OracleError} `ADDRESS` for a folder that is none */
async function openLocalClone(folder: string): Promise<LocalClone> {
  const git = async (...args: string[]): Promise<string> => {
    const { stdout } = await run('git', ['-C', folder, ...GUARDED, ...args], {
      env: ENVIRONMENT,
      maxBuffer: MAX_ANSWER_BYTES,
      timeout: LIMITS.milliseconds,
    });
    return stdout.trim();
  };
  try {
    await git('rev-parse', '--git-dir');
  } catch (cause) {
    throw new OracleError('ADDRESS', `${folder} is not a git repository on this machine`, {
      cause,
    });
  }
  return {
    async readRunLog(runner, { signal, limits, onProgress } = {}) {
      const log: Log<RunNote> = runLog(runner);
      const head = await git('for-each-ref', '--format=%(objectname)', log.ref);
      if (head === '') return [];
      const objects = openObjects(folder, signal);
      try {
        const most = limits?.entries ?? LIMITS.entries;
        const entries = await walkLog(
          objects,
          { log, head, from: log.genesis.id, most },
          (read) => {
            signal?.throwIfAborted();
            onProgress?.({ read });
          }
        );
        if (entries !== 'too shallow') return entries;
        throw new OracleError(
          'OBJECT',
          `${folder} has only part of ${log.ref}; fetch it whole: git fetch --unshallow, or without --depth`
        );
      } finally {
        objects.close();
      }
    },
    async keys() {
      const refs = await git('for-each-ref', '--format=%(refname)', PREFIX);
      return refs
        .split('\n')
        .map((ref) => ref.slice(PREFIX.length))
        .filter(isKey);
    },
    async branchesWith(commit) {
      if (!/^[0-9a-f]{40}$/.test(commit)) return undefined;
      try {
        await git('cat-file', '-e', `${commit}^{commit}`);
      } catch {
        return undefined;
      }
      const refs = await git('for-each-ref', '--format=%(refname)', '--contains', commit, ...TIPS);
      return refs === '' ? [] : refs.split('\n');
    },
  };
}

const TIPS = ['refs/heads', 'refs/tags', 'refs/remotes'];

/** Objects by `git cat-file`, one after the other, each bounded before it is read and hashed after. */
function openObjects(folder: string, signal?: AbortSignal): Walkable & { close(): void } {
  const start = (mode: string): Lines =>
    new Lines(
      spawn('git', ['-C', folder, ...GUARDED, 'cat-file', mode], {
        env: ENVIRONMENT,
        stdio: ['pipe', 'pipe', 'pipe'],
        ...(signal && { signal }),
      })
    );
  const [headers, contents] = [start('--batch-check'), start('--batch')];
  const sizeOf = async (id: string): Promise<{ type: string; size: number } | undefined> => {
    const [, type, size] = (await headers.ask(id)).split(' ');
    return size === undefined ? undefined : { type: type!, size: Number(size) };
  };
  return {
    has: async (id) => (await sizeOf(id)) !== undefined,
    async read(id) {
      const found = await sizeOf(id);
      if (found === undefined) throw new OracleError('OBJECT', `object ${id} is not in the clone`);
      if (found.size > MAX_NOTE_BYTES)
        throw new OracleError('TOO_LARGE', `object ${id} has ${found.size} bytes, no log's has`);
      await contents.ask(id);
      const body = await contents.take(found.size + 1);
      const header = utf8.encode(`${found.type} ${found.size}\0`);
      const object = Uint8Array.from([...header, ...body.subarray(0, -1)]);
      if (objectId(object) !== id)
        throw new OracleError('OBJECT', `the object called ${id} hashes to ${objectId(object)}`);
      return object;
    },
    close() {
      headers.close();
      contents.close();
    },
  };
}

/** A child that answers each line with a line, and some with bytes behind it. */
class Lines {
  #buffer = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(private readonly child: ChildProcessWithoutNullStreams) {
    child.stdout.on('data', (chunk: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      this.#wake();
    });
    for (const event of ['error', 'close'] as const)
      child.on(event, () => {
        this.#ended = true;
        this.#wake();
      });
    child.stdin.on('error', () => undefined);
    child.stderr.resume();
  }

  async ask(line: string): Promise<string> {
    this.child.stdin.write(`${line}\n`);
    let end: number;
    while ((end = this.#buffer.indexOf(10)) < 0) await this.#more();
    return (await this.take(end + 1)).subarray(0, -1).toString('latin1');
  }

  async take(length: number): Promise<Buffer> {
    while (this.#buffer.length < length) await this.#more();
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return taken;
  }

  close(): void {
    this.child.stdin.end();
    this.child.kill();
  }

  async #more(): Promise<void> {
    if (this.#ended) throw new OracleError('UNREACHABLE', 'git ended before it had answered');
    await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}
