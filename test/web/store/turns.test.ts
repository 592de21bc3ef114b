import { describe, expect, it, vi } from 'vitest';
import { inTurns } from '../../../web/store/turns.ts';

const ITEMS = [1, 2, 3, 4, 5, 6, 7];
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Work that ends when it is told to. */
function held() {
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  return {
    begun,
    end: () => ends.shift()!(),
    work: (item: number): Promise<void> => {
      begun.push(item);
      return new Promise((resolve) => ends.push(resolve));
    },
  };
}

describe('work in turns', () => {
  it('is begun in order, a few at once, the next where one has ended', async () => {
    const { begun, end, work } = held();
    const all = inTurns(ITEMS, { atOnce: 3, isWanted: () => true }, work);
    await turn();
    expect(begun).toEqual([1, 2, 3]);
    end();
    await turn();
    expect(begun).toEqual([1, 2, 3, 4]);
    while (begun.length < ITEMS.length) {
      end();
      await turn();
    }
    for (let left = 3; left > 0; left--) end();
    await all;
    expect(begun).toEqual(ITEMS);
  });

  it('is not begun once nobody wants it', async () => {
    const { begun, end, work } = held();
    let isWanted = true;
    const all = inTurns(ITEMS, { atOnce: 2, isWanted: () => isWanted }, work);
    await turn();
    isWanted = false;
    end();
    end();
    await all;
    expect(begun).toEqual([1, 2]);
  });

  it('is begun some at a time from frame to frame, and goes on where none is drawn', async () => {
    const frames: (() => void)[] = [];
    vi.stubGlobal('requestAnimationFrame', (callback: () => void) => frames.push(callback));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const begun: number[] = [];
      const all = inTurns(ITEMS, { atOnce: 6, perFrame: 2, isWanted: () => true }, (item) =>
        Promise.resolve(void begun.push(item))
      );
      await vi.advanceTimersByTimeAsync(10);
      expect(begun).toEqual([1, 2]);
      frames.shift()!();
      await vi.advanceTimersByTimeAsync(0);
      expect(begun).toEqual([1, 2, 3, 4]);
      // As in a page that nobody sees.
      await vi.advanceTimersByTimeAsync(200);
      expect(begun).toEqual(ITEMS);
      await all;
    } finally {
      vi.useRealTimers();
      vi.unstubAllGlobals();
    }
  });

  it('fails where a piece of it does', async () => {
    const turns = { atOnce: 2, isWanted: () => true };
    await expect(inTurns(ITEMS, turns, () => Promise.reject(new Error('broken')))).rejects.toThrow(
      'broken'
    );
  });
});
