import type { JobState } from '../store/jobs.ts';
import { Badge, type Tone } from './badge.tsx';

export { JobBadge, JOB_STATES };

const JOB_STATES: Readonly<
  Record<JobState, { readonly label: string; readonly tone: Tone; readonly isLive: boolean }>
> = {
  sending: { label: 'Sending', tone: 'accent', isLive: true },
  requested: { label: 'Requested', tone: 'accent', isLive: true },
  accepted: { label: 'Accepted', tone: 'accent', isLive: true },
  running: { label: 'Running', tone: 'accent', isLive: true },
  published: { label: 'Published', tone: 'good', isLive: true },
  settled: { label: 'Settled', tone: 'good', isLive: false },
  refused: { label: 'Refused', tone: 'bad', isLive: false },
  lapsed: { label: 'Lapsed', tone: 'warn', isLive: false },
  dropped: { label: 'Not sent', tone: 'neutral', isLive: false },
};

/** How far a job is. What is still to move breathes. */
const JobBadge = (props: { readonly state: JobState }) => (
  <Badge tone={JOB_STATES[props.state].tone} isLive={JOB_STATES[props.state].isLive}>
    {JOB_STATES[props.state].label}
  </Badge>
);
