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
});
