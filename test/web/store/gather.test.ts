import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { gather } from '../../../web/store/gather.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('changes that are gathered', () => {
  it('are handed on at once while nothing waits, then some at a time, the last of each key', () => {
    const handed: [string, number][][] = [];
    const { add } = gather<number>((changes) => handed.push([...changes]), 100);
    add('a', 1);
    expect(handed).toEqual([[['a', 1]]]);
    add('b', 1);
    add('c', 1);
    add('b', 2);
    vi.advanceTimersByTime(99);
    expect(handed).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(handed[1]).toEqual([
      ['b', 2],
      ['c', 1],
    ]);
    vi.advanceTimersByTime(1_000);
    expect(handed).toHaveLength(2);
    add('d', 1);
    expect(handed[2]).toEqual([['d', 1]]);
  });

  it('are handed on by a flush, and not a second time', () => {
    const handed: [string, number][][] = [];
    const { add, flush } = gather<number>((changes) => handed.push([...changes]), 100);
    add('a', 1);
    add('b', 1);
    flush();
    flush();
    vi.advanceTimersByTime(1_000);
    expect(handed).toEqual([[['a', 1]], [['b', 1]]]);
  });

  it('are handed on ever more seldom while they come on and on, and at once again after a rest', () => {
    const at: number[] = [];
    const start = Date.now();
    const { add, waiting } = gather<number>(() => at.push(Date.now() - start), 100, 400);
    for (let time = 0; time < 1_500; time += 10) {
      add('a', time);
      vi.advanceTimersByTime(10);
    }
    expect(at).toEqual([0, 100, 300, 700, 1_100, 1_500]);
    expect(waiting('a')).toBeUndefined();
    vi.advanceTimersByTime(1_000);
    add('b', 1);
    add('b', 2);
    expect(waiting('b')).toBe(2);
    vi.advanceTimersByTime(100);
    expect(at.slice(6)).toEqual([2_500, 2_600]);
  });
});
