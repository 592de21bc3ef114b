import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import type { Stage } from '../web/e2e/harness.ts';
import { median, openApp } from './app-page.ts';

export { type Load, measureLoad };

/** Of a first visit to the market; medians, in milliseconds from the navigation's start. */
interface Load {
  /** Files of the site that Chromium asked the gateway for, in bytes. */
  readonly bytes: {
    /** Before the market can be used. */
    readonly gzip: number;
    /** The same as the gateway sent them, which need not compress. */
    readonly sent: number;
    /** Before the first service could be read as well. */
    readonly gzipUntilService: number;
  };
  readonly files: number;
  readonly firstContentfulPaint: number;
  /** The market is drawn, and no long task that began before five quiet seconds goes on. */
  readonly interactive: number;
  /** The first service is shown, checked against chain and blocks. */
  readonly firstService: number;
}

interface Visit {
  readonly paint: number;
  readonly drawn: number;
  readonly service: number;
  readonly longTasks: readonly { readonly start: number; readonly end: number }[];
  readonly files: readonly {
    readonly url: string;
    readonly start: number;
    readonly sent: number;
  }[];
}

/** Milliseconds without a long task after which a page counts as quiet. */
const QUIET = 5_000;

async function measureLoad(stage: Stage, visits: number): Promise<Load> {
  const seen: Visit[] = [];
  for (let i = 0; i < visits; i++) seen.push(await visit(stage));
  const sizes = await sizesOf(seen.flatMap(({ files }) => files.map(({ url }) => url)));
  const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
  const by = (until: 'drawn' | 'service') =>
    seen.map((one) => one.files.filter(({ start }) => start < one[until]));
  const gzip = (files: Visit['files']): number => sum(files.map(({ url }) => sizes.get(url)!));
  return {
    bytes: {
      gzip: median(by('drawn').map(gzip)),
      sent: median(by('drawn').map((files) => sum(files.map(({ sent }) => sent)))),
      gzipUntilService: median(by('service').map(gzip)),
    },
    files: median(by('drawn').map(({ length }) => length)),
    firstContentfulPaint: median(seen.map(({ paint }) => paint)),
    interactive: median(seen.map(interactiveAt)),
    firstService: median(seen.map(({ service }) => service)),
  };
}

async function visit(stage: Stage): Promise<Visit> {
  const { page, context } = await openApp(stage);
  await page.addInitScript(watch);
  await page.goto(stage.url('path', '/market'));
  await page.waitForFunction(() => watched.service > 0);
  await page.waitForTimeout(QUIET);
  const found = await read(page, stage.site);
  await context.close();
  return found;
}

declare const watched: {
  drawn: number;
  service: number;
  readonly longTasks: { readonly start: number; readonly end: number }[];
};

/** Runs in the page, before its own scripts. */
function watch(): void {
  const seen: typeof watched = { drawn: 0, service: 0, longTasks: [] };
  Object.assign(globalThis, { watched: seen });
  performance.setResourceTimingBufferSize(2_000);
  new PerformanceObserver((list) => {
    for (const { startTime: start, duration } of list.getEntries())
      seen.longTasks.push({ start, end: start + duration });
  }).observe({ type: 'longtask', buffered: true });
  const look = new MutationObserver(() => {
    const now = performance.now();
    if (seen.drawn === 0 && document.querySelector('.market__address button')) seen.drawn = now;
    if (!document.querySelector('a.service-row__name')) return;
    seen.service = now;
    look.disconnect();
  });
  look.observe(document, { childList: true, subtree: true });
}

const read = (page: Page, site: string): Promise<Visit> =>
  page.evaluate((root) => {
    const entries = [
      ...performance.getEntriesByType('navigation'),
      ...performance.getEntriesByType('resource'),
    ] as PerformanceResourceTiming[];
    const files = entries
      .map(({ name, startTime, encodedBodySize }) => {
        const url = name.split('#')[0]!;
        return { url, start: startTime, sent: encodedBodySize };
      })
      .filter(({ url }) => url.includes(`/ipfs/${root}/`));
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    const { drawn, service, longTasks } = watched;
    return { paint: paint!.startTime, drawn, service, longTasks, files };
  }, site);

/** The end of the last long task before the page was quiet, and not before there was anything to use. */
function interactiveAt({ paint, drawn, longTasks }: Visit): number {
  let at = Math.max(paint, drawn);
  for (const { start, end } of longTasks) if (start - at < QUIET) at = Math.max(at, end);
  return at;
}

async function sizesOf(urls: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (const url of new Set(urls)) {
    const body = await (await fetch(url)).arrayBuffer();
    sizes.set(url, gzipSync(Buffer.from(body), { level: 9 }).length);
  }
  return sizes;
}
