import type { BrowserContext, Page } from 'playwright-core';
import type { Stage } from '../web/e2e/harness.ts';

export { type AppPage, openApp, median };

interface AppPage {
  readonly page: Page;
  readonly context: BrowserContext;
}

/** A page with an empty cache and nothing in its store: somebody's first visit. */
async function openApp(
  { browser }: Stage,
  prepare?: (context: BrowserContext) => Promise<unknown>
): Promise<AppPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(120_000);
  // tsx has esbuild name functions, by a function of its own that a page does not have.
  await context.addInitScript('globalThis.__name = (named) => named');
  await prepare?.(context);
  return { context, page: await context.newPage() };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
