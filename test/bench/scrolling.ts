import type { Page } from 'playwright-core';

export { type Frames, scrollThrough };

/** Time between frames while a list is scrolled, in milliseconds. */
interface Frames {
  readonly count: number;
  readonly median: number;
  readonly longest: number;
  /** Frames of more than 50 ms. */
  readonly over50: number;
  /** Pixels that were scrolled through. */
  readonly distance: number;
  /** What Chromium says took the longest frames, where any took more than 50 ms. */
  readonly slowest: readonly string[];
}

/**
 * Scrolls from the top: on and on as a thumb does, then by leaps to and fro, as somebody who pulls the
 * scroll bar does.
 */
const scrollThrough = (page: Page, frames: number): Promise<Frames> =>
  page.evaluate(async (wanted) => {
    const slow: { readonly took: number; readonly what: string }[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { duration, scripts = [] } = entry as PerformanceEntry & {
          readonly scripts?: readonly {
            readonly duration: number;
            readonly invoker: string;
            readonly sourceURL: string;
            readonly sourceFunctionName: string;
            readonly forcedStyleAndLayoutDuration: number;
          }[];
        };
        const said = scripts.map(
          (script) =>
            `${Math.round(script.duration)} ms ${script.invoker} ${script.sourceFunctionName} ${script.sourceURL.split('/').at(-1) ?? ''} (layout ${Math.round(script.forcedStyleAndLayoutDuration)} ms)`
        );
        slow.push({
          took: duration,
          what: `${Math.round(duration)} ms: ${said.join('; ') || 'no script'}`,
        });
      }
    });
    observer.observe({ type: 'long-animation-frame' });
    const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
    window.scrollTo(0, 0);
    for (let i = 0; i < 5; i++) await frame();
    const deltas: number[] = [];
    let distance = 0;
    let last = await frame();
    for (let i = 0; i < wanted; i++) {
      const from = window.scrollY;
      const end = document.documentElement.scrollHeight - window.innerHeight;
      if (i % 5 === 4 && i > wanted * 0.8) window.scrollTo(0, end * ((i * 0.618_034) % 1));
      else window.scrollTo(0, from + 120 > end ? 0 : from + 120);
      const now = await frame();
      deltas.push(now - last);
      distance += Math.abs(window.scrollY - from);
      last = now;
    }
    await frame();
    observer.disconnect();
    const sorted = [...deltas].sort((a, b) => a - b);
    return {
      count: deltas.length,
      median: sorted[Math.floor(sorted.length / 2)]!,
      longest: sorted.at(-1)!,
      over50: sorted.filter((delta) => delta > 50).length,
      distance,
      slowest: slow
        .sort((a, b) => b.took - a.took)
        .slice(0, 5)
        .map(({ what }) => what),
    };
  }, frames);
