import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPoll } from '../../../web/store/poll.ts';

/** A document of which only visibility matters. */
class Page extends EventTarget {
  hidden = false;
  turn(hidden: boolean): void {
    this.hidden = hidden;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}
const asPage = (page: Page): Document => page as unknown as Document;

describe('a poll', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('looks as often as the last look says', async () => {
    const looks: number[] = [];
    const poll = createPoll(() => Promise.resolve(looks.push(Date.now()) === 1 ? 100 : 1_000), {
      page: asPage(new Page()),
    });
    await poll.now();
    await vi.advanceTimersByTimeAsync(1_200);
    poll.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(looks.map((at) => at - looks[0]!)).toEqual([0, 100, 1_100]);
  });

  it('rests while the page is hidden, and looks at once when it is seen again', async () => {
    const page = new Page();
    let looks = 0;
    const poll = createPoll(() => Promise.resolve(++looks && 100), { page: asPage(page) });
    await poll.now();
    page.turn(true);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(looks).toBe(1);
    page.turn(false);
    await vi.advanceTimersByTimeAsync(0);
    expect(looks).toBe(2);
    poll.stop();
  });

  it('looks ever more seldom while it fails', async () => {
    const looks: number[] = [];
    const poll = createPoll(
      () => {
        looks.push(Date.now());
        return Promise.reject(new Error('away'));
      },
      { page: asPage(new Page()), fastest: 100, slowest: 400 }
    );
    await poll.now();
    await vi.advanceTimersByTimeAsync(1_200);
    poll.stop();
    expect(looks.map((at) => at - looks[0]!)).toEqual([0, 100, 300, 700, 1_100]);
  });
});
