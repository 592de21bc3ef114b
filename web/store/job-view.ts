import * as v from 'valibot';
import type { LogEntry } from '../../requester/logs.ts';
import type { JobRecord } from '../../requester/store.ts';

export {
  type JobView,
  type JobState,
  type JobOutcome,
  viewOf,
  calm,
  isStill,
  stateSaid,
  isFinal,
  parseView,
};

type JobState =
  | 'sending' // signed here; not known to have reached the provider
  | 'requested'
  | 'accepted'
  | 'running'
  | 'published' // its receipt stands in the tab's log
  | 'settled'
  | 'refused'
  | 'lapsed' // no longer valid, and nobody is known to have taken it
  | 'dropped'; // its number was taken, and nothing was sent

/** What its receipt says, in short. */
interface JobOutcome {
  /** Nanomina. */
  readonly amount: bigint;
  readonly exitStatus: number;
  /** Unix time in seconds. */
  readonly finishedAt: number;
  /** Ids of the commit that carries it, and of the one before. */
  readonly commit: string;
  readonly parent: string;
  /** CIDs of the receipt block and of the result directory. */
  readonly receipt: string;
  readonly result: string;
}

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
  /** Once published. */
  readonly outcome?: JobOutcome;
  /** All of what was published: note (receipt, counters, phases) and commit. Only of `job()`, not in lists. */
  readonly entry?: LogEntry;
  /** Why its state could not be read just now, in one sentence. The state is the last known one. */
  readonly problem?: string;
  /** Milliseconds since 1970 when it was last looked at; 0 for never. */
  readonly seen: number;
}

/** A daemon's word for a state (`JOB_STATES` of its journal), as far as it says something to people. */
const SAID: Readonly<Record<string, JobState>> = {
  seen: 'requested',
  fetched: 'requested',
  accepted: 'accepted',
  running: 'running',
  ran: 'running',
  published: 'running',
  noted: 'published',
  settling: 'published',
  settled: 'published',
  refused: 'refused',
  lapsed: 'lapsed',
};

/** `settled` is for the chain to say, not for a provider. */
const stateSaid = (state: string | undefined): JobState | undefined =>
  state === undefined ? undefined : SAID[state];

/** A view from the browser's own record alone; what was known before stays known. */
function viewOf(tab: string, service: string, job: JobRecord, before?: JobView): JobView {
  const { sequence, request, digest, transaction } = job;
  return {
    seen: 0,
    ...before,
    ...{ tab, sequence, service, maximum: request?.maximum ?? 0n },
    ...(request === undefined ? {} : { validUntil: request.validUntil }),
    ...(digest === undefined ? {} : { digest }),
    ...(transaction === undefined ? {} : { transaction }),
    state: stateOf(job, before?.state),
  };
}

function stateOf({ state, envelope }: JobRecord, before: JobState | undefined): JobState {
  if (before === 'published' || before === 'settled') return before;
  switch (state) {
    case 'reserved':
      // A purchase that ended before it was sent leaves its request behind, and no envelope.
      return envelope === undefined ? 'dropped' : 'sending';
    case 'signed':
      return before === undefined || before === 'dropped' ? 'sending' : before;
    case 'delivered':
      return before === undefined || before === 'sending' || before === 'dropped'
        ? 'requested'
        : before;
    case 'refused':
      return 'refused';
  }
}

/** Nothing more will come of it. */
const isFinal = (state: JobState): boolean => ['settled', 'refused', 'dropped'].includes(state);

const text = (most: number) => v.pipe(v.string(), v.maxLength(most));
const ViewSchema = v.object({
  tab: text(64),
  sequence: v.pipe(v.number(), v.integer(), v.minValue(1)),
  service: text(64),
  serviceName: v.optional(text(80)),
  state: v.picklist([
    'sending',
    'requested',
    'accepted',
    'running',
    'published',
    'settled',
    'refused',
    'lapsed',
    'dropped',
  ]),
  maximum: v.bigint(),
  validUntil: v.optional(v.number()),
  digest: v.optional(text(64)),
  transaction: v.optional(text(128)),
  reason: v.optional(text(400)),
  refusal: v.optional(text(40)),
  outcome: v.optional(
    v.object({
      amount: v.bigint(),
      exitStatus: v.number(),
      finishedAt: v.number(),
      commit: text(40),
      parent: text(40),
      receipt: text(100),
      result: text(100),
    })
  ),
  problem: v.optional(text(2_000)),
  seen: v.number(),
});

/** `undefined` for what another release wrote: views are a cache. */
function parseView(row: unknown): JobView | undefined {
  const parsed = v.safeParse(ViewSchema, row);
  return parsed.success ? parsed.output : undefined;
}

/** Without the problem of the last look. */
function calm(view: JobView): JobView {
  const { problem, ...rest } = view;
  return problem === undefined ? view : rest;
}

/** Milliseconds for which nobody needs to know that a job was looked at once more. */
const AGAIN = 30_000;

/** Whether a look has brought nothing new: a job under way is looked at every second or so. */
function isStill(before: JobView, now: JobView): boolean {
  const names = new Set([...Object.keys(before), ...Object.keys(now)] as (keyof JobView)[]);
  names.delete('seen');
  return now.seen - before.seen < AGAIN && [...names].every((name) => before[name] === now[name]);
}
