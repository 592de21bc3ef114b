import type { Step } from '../../components/steps.tsx';
import type { JobState, JobView } from '../../store/jobs.ts';

export { jobSteps, JOURNEY };

/** What an order goes through, in this order. */
const JOURNEY = ['requested', 'accepted', 'running', 'published', 'settled'] as const;
type Station = (typeof JOURNEY)[number];

const LABELS: Readonly<Record<Station, readonly [ahead: string, done: string]>> = {
  requested: ['Send the order', 'Requested'],
  accepted: ['Provider accepts', 'Accepted'],
  running: ['Run in the sandbox', 'Ran'],
  published: ['Publish result and receipt', 'Published'],
  settled: ['Prove and pay', 'Settled'],
};

/** What is waited for while the station is the next one. */
const WAITING: Readonly<Record<Station, string>> = {
  requested: 'The order is on its way. You may close this page; it goes on when you come back.',
  accepted: 'Waiting for the provider to take it up.',
  running: 'Under way on the provider’s machine.',
  published: 'The provider uploads the result and signs the receipt.',
  settled: 'The provider proves its log and is paid by the proof, several jobs at a time.',
};

/** Stations behind a state. */
const REACHED: Readonly<Record<JobState, number>> = {
  sending: 0,
  requested: 1,
  accepted: 2,
  running: 2,
  published: 4,
  settled: 5,
  refused: 1,
  lapsed: 1,
  dropped: 0,
};

/** A job's way from order to payment; where it ended early, why, and what can be done. */
function jobSteps(job: Pick<JobView, 'state' | 'reason' | 'refusal'>): readonly Step[] {
  const reached = REACHED[job.state];
  const end = endOf(job);
  return JOURNEY.map((station, i) => {
    const [ahead, done] = LABELS[station];
    if (i < reached) return { label: done, state: 'done' };
    if (i > reached) return { label: ahead, state: 'waiting' };
    if (end !== undefined) return { label: end.label, state: 'failed', detail: end.detail };
    const isQueued = job.state === 'accepted';
    return {
      label: ahead,
      state: isQueued ? 'waiting' : 'running',
      detail: isQueued ? 'Accepted; waits for a free place on the machine.' : WAITING[station],
    };
  });
}

function endOf({
  state,
  reason,
  refusal,
}: Pick<JobView, 'state' | 'reason' | 'refusal'>):
  { readonly label: string; readonly detail: string } | undefined {
  switch (state) {
    case 'refused':
      return {
        label: 'Refused',
        detail: `${reason ?? 'The provider gave no reason.'}${refusal === undefined ? '' : ` (${refusal})`} Nothing is owed; what was promised is free again.`,
      };
    case 'lapsed':
      return {
        label: 'Nobody took it',
        detail:
          'It is no longer valid, so nothing is owed. Order it again, or from another provider.',
      };
    case 'dropped':
      return {
        label: 'Never sent',
        detail:
          'Its number was taken and nothing was signed with it: nothing is owed. Order again.',
      };
    default:
      return undefined;
  }
}
