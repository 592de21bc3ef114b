import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Form, Stage } from './harness.ts';

export { type Visit, type VisitOptions, startVisit };

interface VisitOptions {
  readonly form?: Form;
  readonly route?: string;
  /** Takes over the embedded network's settings. Default true. */
  readonly isAdopting?: boolean;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'light' | 'dark';
  /** Before the first page opens: a wallet's double, a gateway that lies. */
  readonly prepare?: (context: BrowserContext) => Promise<unknown>;
  /** A second tab of the same browser: shares the storage of that visit. */
  readonly beside?: Visit;
}

interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console errors, uncaught errors, violations of the policy, requests to other hosts. */
  readonly problems: readonly string[];
  /** What this test brings about on purpose, such as the browser's own word on a request that failed. */
  allow(problem: RegExp): void;
  /** Closes the page. Fails where anything went wrong in it that was not allowed. */
  close(): Promise<void>;
}

/** A provider answers so until it has seen a request, and the browser notes every such answer. */
const NOT_YET_KNOWN = /status of 404 .*\/requests\/[0-9a-f]{64}\)/;

const DESKTOP = { width: 1280, height: 800 };

async function startVisit(
  browser: Browser,
  { url }: Pick<Stage, 'url'>,
  options: VisitOptions
): Promise<Visit> {
  const { form = 'path', route, isAdopting = true, beside, prepare } = options;
  const context =
    beside?.context ??
    (await browser.newContext({
      viewport: options.viewport ?? DESKTOP,
      colorScheme: options.colorScheme ?? 'light',
      reducedMotion: 'reduce',
    }));
  context.setDefaultTimeout(30_000);
  await prepare?.(context);
  const page = await context.newPage();
  const problems: string[] = [];
  const allowed: RegExp[] = [NOT_YET_KNOWN];
  collectProblems(page, problems);
  // A wait that ends in vain says nothing of why. Screenshots, and what is visited before all tests, run in none.
  if (process.env.VITEST !== undefined) {
    const { onTestFailed } = await import('vitest');
    try {
      onTestFailed(async () => console.log([...problems, await lookOf(page)].join('\n')));
    } catch {
      // before all tests
    }
  }
  await page.goto(url(form, route, isAdopting));
  return {
    ...{ page, context, problems },
    allow: (problem) => void allowed.push(problem),
    async close() {
      // What is being answered just now is for a page that goes.
      if (beside === undefined) await context.unrouteAll({ behavior: 'ignoreErrors' });
      const told = [...problems];
      await (beside === undefined ? context.close() : page.close());
      const left = told.filter((text) => !allowed.some((pattern) => pattern.test(text)));
      if (left.length > 0) throw new Error(`went wrong in the page:\n${left.join('\n')}`);
    },
  };
}

const MOST_WORDS = 4_000;

/** Where the page is, and the words on it. */
async function lookOf(page: Page): Promise<string> {
  if (page.isClosed()) return 'the page is closed';
  const text = await page.locator('body').innerText({ timeout: 5_000 }).catch(String);
  return `${page.url()}\n${text.slice(0, MOST_WORDS)}`;
}

const LOOPBACK = /^(127\.0\.0\.1|localhost|[a-z0-9-]+\.ipfs\.localhost)$/;
const OWN = /^(data|blob|about):/;

function collectProblems(page: Page, problems: string[]): void {
  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    problems.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.stack ?? error.message}`));
  page.on('crash', () => problems.push('the page crashed'));
  page.on('request', (request) => {
    const url = request.url();
    if (!OWN.test(url) && !LOOPBACK.test(new URL(url).hostname)) problems.push(`request to ${url}`);
  });
}
