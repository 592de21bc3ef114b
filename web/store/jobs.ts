import type { Accessor } from 'solid-js';
import type { LogEntry } from '../../requester/logs.ts';
import type { ResultReader } from './result.ts';

export { type JobsStore, type JobView, type JobState };

type JobState =
  | 'sending' // signed here; not known to have reached the provider
  | 'requested'
  | 'accepted'
  | 'running'
  | 'published' // its receipt stands in the tab's log
  | 'settled'
  | 'refused'
  | 'lapsed' // no longer valid, and nobody took it
  | 'dropped'; // its number was taken, and nothing was signed

interface JobView {
  readonly tab: string;
  readonly sequence: number;
  readonly service: string;
  /** The service's name where it could be read: a stranger's words. */
  readonly serviceName?: string;
  readonly state: JobState;
  /** Nanomina at most; 0 until signed. */
  readonly maximum: bigint;
  /** Last slot at which it may be accepted. */
  readonly validUntil?: number;
  /** SHA-256 of the request block in hex. */
  readonly digest?: string;
  /** Of the ring. */
  readonly transaction?: string;
  /** Why it was refused, in the provider's words (already printable ASCII). */
  readonly reason?: string;
  readonly refusal?: string;
  /** Once published: note (receipt, counters, phases, exit status), commit and its id. */
  readonly entry?: LogEntry;
  /** Why its state could not be read just now, in one sentence. The state is the last known one. */
  readonly problem?: string;
  /** Milliseconds since 1970 when it was last looked at; 0 for never. */
  readonly seen: number;
}

interface JobsStore {
  /** Newest first. From IndexedDB at once, then kept up to date. */
  readonly list: Accessor<readonly JobView[]>;
  readonly isLoading: Accessor<boolean>;
  job(tab: string, sequence: number): Accessor<JobView | undefined>;
  /** Looks now rather than at the next turn. */
  refresh(tab?: string): Promise<void>;
  /** Takes up an unfinished purchase again; done by itself at start as well. */
  resume(tab: string, sequence: number): Promise<void>;
  /** A finished job's result. Opens sealed files with the tab's identity. */
  result(tab: string, sequence: number): Promise<ResultReader>;
}
