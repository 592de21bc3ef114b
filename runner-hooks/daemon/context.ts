import { setMaxListeners } from 'node:events';
import { deadline } from '../../contracts/chain/deadline.ts';
import type { Driver, JobSettings } from '../driver/job.ts';
import type { Job } from '../journal/job.ts';
import type { Journal } from '../journal/journal.ts';
import type { Mount } from '../sandbox/bubblewrap.ts';
import { Backoff } from './backoff.ts';
import type { Chain } from './chain.ts';
import type { Content } from './content.ts';
import type { DaemonEvent } from './event.ts';
import type { KeyRing } from './key-end.ts';
import type { NoteLog } from './note-log.ts';
import type { Offers } from './offer.ts';
import { type Policy } from './policy.ts';
import type { RunnerKey, VerifyFields } from './runner-key.ts';
import type { Settler } from './settler.ts';
import { Turnstile } from './turnstile.ts';

export { type Parts, Context };

/** Everything outside the daemon that it works with. */
interface Parts {
  readonly journal: Journal;
  readonly chain: Chain;
  readonly content: Content;
  readonly log: NoteLog;
  readonly settler: Settler;
  readonly driver: Driver;
  readonly key: RunnerKey;
  readonly verify: VerifyFields;
  /** age identities of a service's keyset of this epoch, and of no other (K2). */
  readonly identities: (service: string, epoch: number) => readonly string[];
  /** Where those can be taken away; absent where somebody else looks after them. */
  readonly keys?: KeyRing;
  /** Holds runs and results; on one file system. */
  readonly folder: string;
  readonly mounts?: readonly Mount[];
  readonly driverSettings?: Pick<
    JobSettings,
    'diskBytes' | 'shareNetwork' | 'allowFiles' | 'maxSourceBytes' | 'fetchSeconds'
  >;
  readonly onEvent?: (event: DaemonEvent) => void;
  /** Unix milliseconds. */
  readonly now?: () => number;
}

/** The parts, and what the lines of work share. */
class Context {
  readonly now: () => number;
  readonly backoff: Backoff;
  /** By tab: its log and its admissions have an order. */
  readonly turns = new Turnstile();
  /** When tabs with nothing to do were last looked at. */
  readonly looked = new Map<string, number>();
  /** Epochs that our services have left, by when that was first seen, and when we last looked. */
  readonly left = { checked: -Infinity, since: new Map<number, number>() };
  /** Admissions, polls and transactions end with this. */
  readonly stopping = new AbortController();
  /** Running jobs end with this, later. */
  readonly deadline = new AbortController();

  constructor(
    readonly parts: Parts,
    readonly policy: Policy,
    readonly offers: Offers
  ) {
    this.now = parts.now ?? Date.now;
    this.backoff = new Backoff(policy, this.now);
    // Each deadline listens until its time is up: dozens at once are no leak.
    setMaxListeners(0, this.stopping.signal);
  }

  isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  get journal(): Journal {
    return this.parts.journal;
  }

  emit(event: DaemonEvent): void {
    this.parts.onEvent?.(event);
  }

  /** What all events of a job say. */
  about({ service, tab, digest, sequence }: Job): {
    service: string;
    tab: string;
    digest: string;
    sequence: number | undefined;
  } {
    return { service, tab, digest, sequence };
  }

  /** A signal that ends with the daemon or after `milliseconds`. */
  within(milliseconds: number): AbortSignal {
    return deadline(milliseconds, this.stopping.signal).signal;
  }
}
