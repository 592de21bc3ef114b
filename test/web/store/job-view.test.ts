import { describe, expect, it } from 'vitest';
import { type JobView, calm, isStill } from '../../../web/store/job-view.ts';

const view: JobView = {
  ...{ tab: 'B62a', sequence: 1, service: 'B62b', state: 'running', maximum: 5n, seen: 1_000 },
};

describe('a look at a job', () => {
  it('brings nothing new where only its time is another', () => {
    expect(isStill(view, { ...view })).toBe(true);
    expect(isStill(view, { ...view, seen: 30_999 })).toBe(true);
    expect(isStill(view, { ...view, seen: 31_000 })).toBe(false);
  });

  it.each([
    { state: 'published' },
    { maximum: 6n },
    { serviceName: 'A name' },
    { problem: 'The node does not answer.' },
  ] as const)('brings something new with %o', (change) => {
    expect(isStill(view, { ...view, ...change })).toBe(false);
    expect(isStill({ ...view, ...change }, view)).toBe(false);
  });

  it('brings something new where a problem is over', () => {
    const troubled = { ...view, problem: 'The node does not answer.' };
    expect(isStill(troubled, calm(troubled))).toBe(false);
    expect(isStill(troubled, troubled)).toBe(true);
  });
});
