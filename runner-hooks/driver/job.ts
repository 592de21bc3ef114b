export type { JobRequest, LocalRequest, JobSettings, JobOutcome, PhaseOutcome, Progress, Driver };

import type { PhaseRecord } from '../../contracts/formats/execution.ts';
import type { Descriptor } from '../../contracts/formats/descriptor.ts';
import type { JobDefinition, Limits } from '../../contracts/formats/job.ts';
import type { Counter } from '../../contracts/formats/perf.ts';
import type { Profile } from '../perf/speedscope.ts';
import type { Mount } from '../sandbox/bubblewrap.ts';
import type { Source } from './source.ts';

/** What a job is, from the service's descriptor and the opened envelope. */
type JobRequest = {
  /** SHA-256 of the request block, hex: the same when a job is begun again. */
  id: string;
  driver: Descriptor['driver'];
  source: Source;
  job: Descriptor['job'];
  limits: Limits;
  /** JSON, already held against the service's schema. */
  parameters: unknown;
  /** Files below `$RUNPROOF_SECRETS`, in memory. Values of 6 bytes or more are masked in the log. */
  secrets?: Readonly<Record<string, string | Uint8Array>>;
  /** Masked as those are: what the service's schema calls `writeOnly`. */
  hidden?: readonly Uint8Array[];
  /** Read-only folders the provider lends, such as dependencies. */
  mounts?: readonly Mount[];
};

/** One whose phases this machine starts itself. */
type LocalRequest = JobRequest & { job: JobDefinition };

type Progress =
  | { step: 'fetch' | 'unpack' | 'dispatch' | 'wait' | 'follow' | 'collect' }
  | { step: 'phase'; name: string; index: number };

/** How this provider runs jobs, and who listens. */
type JobSettings = {
  /** Holds one folder a job and the cache of sources. */
  folder: string;
  /** What a job may write in all, sources included; its declared outputs have a limit of their own. */
  diskBytes?: number;
  /** Lets a service that asks for the network share the host's, loopback and metadata included. */
  shareNetwork?: boolean;
  /** Accepts `file:` repositories. */
  allowFiles?: boolean;
  maxSourceBytes?: number;
  fetchSeconds?: number;
  signal?: AbortSignal | undefined;
  onProgress?: (progress: Progress) => void;
  /** The log while it is written: masked, without control characters. */
  onLog?: (text: string) => void;
};

/** A link of the execution chain, with what was counted and seen besides. */
type PhaseOutcome = PhaseRecord & {
  counters: readonly Counter[];
  /** Absent where nobody saw it: a forge's runner is watched by perf alone. */
  peakMemoryBytes?: number;
};

type JobOutcome = {
  /** Of the job: that of its last phase, or `EXIT.refused` where none ran. */
  exitStatus: number;
  /** The limit that was passed, or why the job was refused, in one sentence. */
  reason: string | undefined;
  /** SHA-256 of the source archive; 32 zero bytes where the source could not be had. */
  sourceDigest: Uint8Array;
  phases: readonly PhaseOutcome[];
  /** Sums over the phases, task clock first. */
  counters: readonly Counter[];
  peakMemoryBytes?: number;
  /** Wall time of the phases. */
  milliseconds: number;
  profile: Profile;
  /** SHA-256 of the profile's canonical JSON (`encodeJson`). */
  profileDigest: Uint8Array;
  log: string;
  /** Holds the declared outputs, until {@link discard}. */
  outputs: string;
  /** Declared or found, and not published. */
  omitted: readonly { path: string; reason: string }[];
  /** Removes what is left of the job. */
  discard: () => Promise<void>;
};

/** Something that runs jobs. */
type Driver = (request: JobRequest, settings: JobSettings) => Promise<JobOutcome>;
