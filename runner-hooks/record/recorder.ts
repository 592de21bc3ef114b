export type {
  RunOrigin,
  BeginOptions,
  RunHandle,
  Target,
  PhaseRun,
  RunEnd,
  AgentContext,
  Published,
  RecorderApi,
};

import type { RunnerKey } from '../daemon/runner-key.ts';
import type { Content } from '../daemon/content.ts';
import type { LogHost } from '../log/publish.ts';
import type { Origin as RunOrigin } from '../../contracts/formats/origin.ts';

interface BeginOptions {
  /** Unix milliseconds; default now. */
  readonly startedAt?: number;
  /** SHA-256 of `git archive --format=tar` of the commit, where the caller has it. */
  readonly sourceDigest?: Uint8Array;
  /** Most seconds that the job may take: longer ones are sampled less often. Default six hours. */
  readonly seconds?: number;
  /** Publish the (scrubbed) log as `log.txt`. Off unless the owner of the runner asks for it. */
  readonly publishLog?: boolean;
}

/** What perf is put on from outside: a process with all its present and later children, or a cgroup. */
type Target = { readonly pid: number } | { readonly cgroup: string };

/** What a phase's caller is given to start it under perf: words to put before the command. */
interface PhaseRun {
  readonly meter: readonly string[];
}

interface RunEnd {
  /** See `EXIT`; `EXIT.unknown` where the forge does not tell its hooks. */
  readonly exitStatus: number;
  /** Path of the job's log. Published only where `publishLog` was asked for. */
  readonly log?: string;
  /** Folder whose files are published as `outputs/`; copied, so it may go once `end` has returned. */
  readonly outputs?: string;
  /** Values to be hidden: the forge's masked ones and every secret of the job. Never written down. */
  readonly masks: readonly string[];
  /** Unix milliseconds; default now. */
  readonly finishedAt?: number;
}

/** A run that has begun. All of it is in the spool, so another process may open it again by its id. */
interface RunHandle {
  readonly id: string;
  readonly origin: RunOrigin;
  /**
   * Counts and samples from now on. perf outlives the process that calls this, and ends with the target
   * or at {@link RunHandle.end}. At most once a run. Where perf is missing or forbidden the run goes on,
   * and its counters are published as unsupported.
   *
   * @param name of the phase that the target's work is published as; default `job`
   * @param script SHA-256 of what the target runs; default that of the workflow file
   */
  attach(
    target: Target,
    options?: { readonly name?: string; readonly script?: Uint8Array }
  ): Promise<void>;
  /**
   * Runs a phase whose command the caller starts itself, `meter` put before it, and gives its exit
   * status back. At most four phases a run, `attach` counted.
   *
   * @param script SHA-256 of the phase's script
   */
  phase(name: string, script: Uint8Array, run: (run: PhaseRun) => Promise<number>): Promise<number>;
  /** Lays out what will be published, scrubbed, and writes it down. Then the agent publishes it. */
  end(end: RunEnd): Promise<void>;
}

/** What publishing needs. Outside of any job. */
interface AgentContext {
  readonly spool: string;
  readonly key: RunnerKey;
  /** As `contentOn(node)` gives it. */
  readonly content: Content;
  /** Where the run log is kept: a log repository, or the source repository itself. */
  readonly log: LogHost;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: PublishEvent) => void;
}

type PublishEvent =
  | { readonly kind: 'published'; readonly id: string; readonly result: string }
  | { readonly kind: 'noted'; readonly id: string; readonly commit: string }
  | { readonly kind: 'abandoned'; readonly id: string; readonly reason: string }
  /** Will be tried again at the next call. */
  | { readonly kind: 'failed'; readonly id: string; readonly reason: string };

/** A run whose receipt is on IPFS and in git. CIDs as text, commit 40 hex digits. */
interface Published {
  readonly id: string;
  readonly result: string;
  readonly receipt: string;
  readonly note: string;
  readonly commit: string;
}

/** What this file exports besides. */
interface RecorderApi {
  /** Durable when it returns: the run is in the spool. @throws {RecordError} */
  begin(spool: string, origin: RunOrigin, options?: BeginOptions): Promise<RunHandle>;
  /** A run that another process began. @throws {RecordError} `UNKNOWN` */
  reopen(spool: string, id: string): Promise<RunHandle>;
  /**
   * Publishes every run that has ended, oldest first, one after the other; whatever was done before a
   * kill is found done. A run whose target is gone without an end is ended here, with `EXIT.unknown`.
   * One run's failure does not keep the others. One caller a spool at a time.
   */
  publishPending(context: AgentContext): Promise<readonly Published[]>;
}
