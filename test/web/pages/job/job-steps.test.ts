import { describe, expect, it } from 'vitest';
import { commitUrl } from '../../../../web/components/commit-url.ts';
import { JOB_STATES } from '../../../../web/components/job-badge.tsx';
import { jobSteps } from '../../../../web/pages/job/job-steps.ts';
import type { JobState } from '../../../../web/store/jobs.ts';

const statesOf = (state: JobState): string =>
  jobSteps({ state })
    .map((step) => step.state[0])
    .join('');

describe('the steps of a job', () => {
  it('follow it from order to payment, one under way at a time', () => {
    expect(statesOf('sending')).toBe('rwwww');
    expect(statesOf('requested')).toBe('drwww');
    expect(statesOf('accepted')).toBe('ddwww');
    expect(statesOf('running')).toBe('ddrww');
    expect(statesOf('published')).toBe('ddddr');
    expect(statesOf('settled')).toBe('ddddd');
  });

  it('end where it ended, with why and what to do', () => {
    for (const state of ['refused', 'lapsed'] as const) expect(statesOf(state)).toBe('dfwww');
    expect(statesOf('dropped')).toBe('fwwww');
    const { detail } = jobSteps({ state: 'refused', reason: 'Busy.', refusal: 'FULL' })[1]!;
    expect(detail).toBe('Busy. (FULL) Nothing is owed; what was promised is free again.');
  });

  it('are there for every state, as its badge is', () => {
    for (const state of Object.keys(JOB_STATES) as JobState[])
      expect(jobSteps({ state })).toHaveLength(5);
  });
});

describe('the address of a commit', () => {
  const id = 'a'.repeat(40);

  it('is known for hosts that write it in one way', () => {
    expect(commitUrl('https://github.com/o/r.git', id)).toBe(`https://github.com/o/r/commit/${id}`);
    expect(commitUrl('https://gitlab.com/g/s/r', id)).toBe(
      `https://gitlab.com/g/s/r/-/commit/${id}`
    );
  });

  it('is none for any other, and never leaves the host that was named', () => {
    expect(commitUrl('http://127.0.0.1:7412/log.git', id)).toBeUndefined();
    expect(commitUrl('https://github.com/o/r?x=javascript:', 'b')).toBeUndefined();
    expect(commitUrl('https://user@github.com/o/r', id)).toBeUndefined();
    expect(commitUrl('javascript:alert(1)', id)).toBeUndefined();
    expect(commitUrl('https://github.com/o/<b>', id)).toBeUndefined();
  });
});
