export { type Prover, type ProverOptions, type ProveOptions, spawnProver };

import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { OracleError } from '../error.ts';
import { type ProofJob, type ProofResult, JobSchema } from './job.ts';
import {
  type FromChild,
  type Progress,
  type ToChild,
  FromChildSchema,
  parseMessage,
} from './message.ts';

interface ProverOptions {
  /** Module that the child runs; this project's circuits by default. */
  readonly entry?: URL;
  /** Heap of the child in MiB, beside what its proofs take outside of it. */
  readonly heapMegabytes?: number;
  /** False for an embedded network that was started without proofs; what is made is worth nothing elsewhere. */
  readonly proofsEnabled?: boolean;
}

interface ProveOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** A process of its own that proves. It starts with the first job and again after it died. */
interface Prover {
  /** Of the running child. */
  readonly pid: number | undefined;
  /**
   * Proves one job at a time; further ones wait for their turn. An abort kills the child, since a
   * proof cannot be interrupted.
   * @throws {OracleError} `ABORTED`, `PROVER_DIED`, `PROVER_FAILED`, `PROVER_PROTOCOL`
   */
  prove<J extends ProofJob>(job: J, options?: ProveOptions): Promise<ProofResult<J>>;
  /** Ends the child; a job under way is rejected. */
  stop(): Promise<void>;
}

/** From source beside this module, in a bundle beside the bundle. */
const isSource = import.meta.url.endsWith('.ts');
const ENTRY = new URL(isSource ? './child.ts' : './prover-child.mjs', import.meta.url);

/** What the child needs of the environment; secrets of the parent's stay with the parent. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'XDG_CACHE_HOME', 'O1JS_BACKEND'] as const;
const STDERR_BYTES = 4096;

function spawnProver({
  entry = ENTRY,
  heapMegabytes = 4096,
  proofsEnabled = true,
}: ProverOptions = {}): Prover {
  const args = proofsEnabled ? [] : ['--proofs=off'];
  let child: Child | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let next = 1;

  const run = async (job: ProofJob, { signal, onProgress }: ProveOptions): Promise<ProofResult> => {
    if (signal?.aborted) throw stopped(signal);
    child ??= start(entry, args, heapMegabytes, () => (child = undefined));
    const current = child;
    const onAbort = (): void => void current.kill(stopped(signal!));
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await current.prove({ type: 'prove', id: next++, job }, onProgress);
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  };

  return {
    get pid() {
      return child?.pid;
    },
    prove<J extends ProofJob>(job: J, options: ProveOptions = {}): Promise<ProofResult<J>> {
      const parsed = parseMessage(JobSchema, job);
      const mine = turn.then(() => run(parsed, options));
      turn = mine.catch(() => undefined);
      return mine.then((result) => {
        if ('claim' in result !== (job.kind === 'log'))
          throw new OracleError(
            'PROVER_PROTOCOL',
            `that is no answer to a job of kind ${job.kind}`
          );
        return result as ProofResult<J>;
      });
    },
    async stop() {
      await child?.kill(new OracleError('ABORTED', 'the prover was stopped'));
    },
  };
}

const stopped = (signal: AbortSignal): OracleError =>
  new OracleError('ABORTED', 'proving was stopped by its caller', { cause: signal.reason });

interface Child {
  readonly pid: number | undefined;
  prove(message: ToChild, onProgress: ProveOptions['onProgress']): Promise<ProofResult>;
  /** Kills it; the job under way is rejected with `reason`. Resolves once it is gone. */
  kill(reason: OracleError): Promise<void>;
}

function start(
  entry: URL,
  args: readonly string[],
  heapMegabytes: number,
  onExit: () => void
): Child {
  const path = fileURLToPath(entry);
  const isSource = path.endsWith('.ts');
  const inherited = INHERITED.flatMap((name): [string, string][] =>
    process.env[name] ? [[name, process.env[name]]] : []
  );
  const child = fork(path, args, {
    execArgv: [`--max-old-space-size=${heapMegabytes}`, ...(isSource ? ['--import', tsx()] : [])],
    env: Object.fromEntries<string>([
      ...inherited,
      // Else tsx looks in the working folder, and contracts lose the fields that hold their state.
      ...(isSource ? [['TSX_TSCONFIG_PATH', TSCONFIG] as const] : []),
    ]),
    // bigints and bytes as they are
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const stderr = tailOf(child);
  const gone = new Promise<void>((resolve) =>
    child.once('close', () => resolve()).once('error', () => resolve())
  );
  let waiting: { reject: (error: OracleError) => void; reason?: OracleError } | undefined;

  const end = (how: string, cause?: unknown): void => {
    onExit();
    waiting?.reject(
      waiting.reason ??
        new OracleError(
          'PROVER_DIED',
          `the prover ${how}; the next job starts it again. ${stderr()}`,
          {
            cause,
          }
        )
    );
  };
  child.once('error', (cause) => end('could not be started', cause));
  child.once('close', (status, signal) => end(`ended with ${String(signal ?? status)}`));
  idle(child);

  return {
    pid: child.pid,
    prove: (message, onProgress) =>
      new Promise<ProofResult>((resolve, reject) => {
        waiting = { reject };
        child.ref();
        child.channel?.ref();
        child.on('message', onMessage);
        child.send(message, (error) => {
          // A closed channel: "close" follows and says more.
          if (error !== null) child.kill('SIGKILL');
        });

        function onMessage(raw: unknown): void {
          const answer = read(raw);
          if (answer?.id !== message.id) return;
          if (answer.type === 'progress') onProgress?.(answer.progress);
          else if (answer.type === 'done') settle(() => resolve(answer.result));
          else settle(() => reject(new OracleError('PROVER_FAILED', answer.reason)));
        }
        /** A child that speaks otherwise is not ours to trust: its end rejects the job. */
        function read(raw: unknown): FromChild | undefined {
          try {
            return parseMessage(FromChildSchema, raw);
          } catch (error) {
            child.off('message', onMessage);
            if (error instanceof OracleError) waiting = { reject, reason: error };
            child.kill('SIGKILL');
            return undefined;
          }
        }
        function settle(finish: () => void): void {
          waiting = undefined;
          child.off('message', onMessage);
          idle(child);
          finish();
        }
      }),
    kill(reason) {
      if (waiting !== undefined) waiting.reason = reason;
      // Idle, it keeps nobody waiting; whoever ends it waits for its end.
      child.ref();
      child.kill('SIGKILL');
      return gone;
    },
  };
}

const TSCONFIG = fileURLToPath(new URL('../../tsconfig.json', import.meta.url));
const tsx = (): string => pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** A prover that waits keeps nobody's process alive. */
function idle(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}

/** The end of what a child wrote before it died. */
function tailOf(child: ChildProcess): () => string {
  let tail = '';
  child.stderr?.on(
    'data',
    (data: Buffer) => (tail = (tail + data.toString()).slice(-STDERR_BYTES))
  );
  (child.stderr as unknown as { unref?: () => void }).unref?.();
  return () => tail.trim();
}
