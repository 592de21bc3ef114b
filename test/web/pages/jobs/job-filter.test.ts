import { describe, expect, it } from 'vitest';
import { JOB_STATES } from '../../../../web/components/job-badge.tsx';
import {
  JOB_FILTERS,
  countJobs,
  filterJobs,
  filterOf,
} from '../../../../web/pages/jobs/job-filter.ts';
import type { JobState, JobView } from '../../../../web/store/jobs.ts';

const jobs: readonly JobView[] = (Object.keys(JOB_STATES) as JobState[]).map((state, i) => ({
  tab: `B62tab${i}`,
  sequence: i + 1,
  service: 'B62service',
  serviceName: i % 2 === 0 ? 'Build the App' : 'Lint',
  state,
  maximum: 1n,
  seen: 0,
}));

describe('the list of jobs', () => {
  it('shows each job under exactly one heading besides all', () => {
    const counts = countJobs(jobs);
    expect(counts.all).toBe(9);
    expect(counts.open + counts.done + counts.ended).toBe(9);
    for (const { value } of JOB_FILTERS)
      expect(filterJobs(jobs, value, '')).toHaveLength(counts[value]);
  });

  it('finds by every word of name, tab, number or state', () => {
    const found = (words: string): number[] =>
      filterJobs(jobs, 'all', words).map(({ sequence }) => sequence);
    expect(found('app build')).toEqual([1, 3, 5, 7, 9]);
    expect(found('B62TAB3')).toEqual([4]);
    expect(found('#2')).toEqual([2]);
    expect(found('lint refused')).toEqual([]);
    expect(filterJobs(jobs, 'done', 'settled')).toHaveLength(1);
  });

  it('takes a heading it does not know for all', () => {
    expect(filterOf('open')).toBe('open');
    expect(filterOf('constructor')).toBe('all');
    expect(filterOf(undefined)).toBe('all');
  });

  it('filters ten thousand jobs within a frame', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => ({ ...jobs[i % 9]!, sequence: i }));
    filterJobs(many, 'open', 'app 99');
    const start = performance.now();
    expect(filterJobs(many, 'open', 'app 99').length).toBeGreaterThan(10);
    expect(performance.now() - start).toBeLessThan(50);
  });
});
