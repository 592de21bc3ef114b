export { JOB_STATES, ACTIVE, type JobState, follows };

/**
 * The life of a job. `refused` ends it before acceptance, at no cost; `lapsed` ends one whose tab
 * closed or expired before it was settled.
 */
const JOB_STATES = [
  'seen',
  'fetched',
  'accepted',
  'running',
  'ran',
  'published',
  'noted',
  'settling',
  'settled',
  'refused',
  'lapsed',
] as const;
type JobState = (typeof JOB_STATES)[number];

/** Accepted and not yet paid: funds are promised to these. */
const ACTIVE = ['accepted', 'running', 'ran', 'published', 'noted', 'settling'] as const;

const NEXT: Record<JobState, readonly JobState[]> = {
  seen: ['fetched', 'refused'],
  fetched: ['accepted', 'refused'],
  // Straight to `ran`: given up after acceptance, with a receipt over nothing.
  accepted: ['running', 'ran'],
  // Back to `accepted`: interrupted before it had an outcome, so it starts again from scratch.
  running: ['ran', 'accepted'],
  ran: ['published'],
  published: ['noted'],
  noted: ['settling', 'settled', 'lapsed'],
  settling: ['settled', 'noted', 'lapsed'],
  // Back to `noted`: a reorganisation took the settlement away.
  settled: ['noted'],
  // Rung again.
  refused: ['seen'],
  lapsed: ['settled'],
};

const follows = (from: JobState, to: JobState): boolean => NEXT[from].includes(to);
