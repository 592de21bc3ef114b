import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, type Page, chromium } from 'playwright-core';
import { build } from 'vite';
import { publishDirectory } from '../../../ipfs/publish.ts';
import { Writer } from '../../../contracts/formats/bytes.ts';
import { type Note, encodeNote } from '../../../contracts/formats/note.ts';
import { writeTerms } from '../../../contracts/formats/terms.ts';
import type { Ipfs } from '../../../scripts/network/ipfs.ts';
import type { Pause, Paused, ProvenLog, Runproof } from './page/page.ts';

export { type ProverPage, openProverPage, isolate, pauseIn, proveLogIn };

declare global {
  interface Window {
    readonly runproof: Runproof;
  }
}

/** The app's prover on a page of its own, built as the app is and served by the embedded gateway. */
interface ProverPage {
  readonly browser: Browser;
  /** Path form, without a hash. */
  readonly url: string;
  readonly cid: string;
  /** A fresh profile; what goes wrong in it is kept in `problems`. */
  open(url?: string, options?: BrowserContextOptions): Promise<Page>;
  readonly problems: string[];
  stop(): Promise<void>;
}

/** Debian's; none is downloaded. */
const CHROMIUM = '/usr/bin/chromium';
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
const QUIET = ['background-networking', 'component-update', 'sync'].map((it) => `--disable-${it}`);

/** @param keys folder of packed key files to be served with the page */
async function openProverPage(
  ipfs: Ipfs,
  {
    keys,
    args = [],
  }: { readonly keys?: string | undefined; readonly args?: readonly string[] } = {}
): Promise<ProverPage> {
  const folder = await mkdtemp(join(tmpdir(), 'runproof-page-'));
  const configFile = join(import.meta.dirname, 'page/vite.config.ts');
  await build({ configFile, logLevel: 'error', build: { outDir: folder } });
  if (keys !== undefined) await cp(keys, join(folder, 'keys'), { recursive: true });
  const { cid } = await publishDirectory(folder, ipfs.node.store);
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [...FLAGS, ...QUIET, ...args],
  });
  const problems: string[] = [];
  const url = `${ipfs.url}/ipfs/${cid.toString()}/`;
  return {
    browser,
    url,
    cid: cid.toString(),
    problems,
    async open(at = url, options = {}) {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text());
      });
      await page.goto(at);
      return page;
    },
    async stop() {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Has the page load itself once more, as it does before it proves. */
async function isolate(page: Page): Promise<void> {
  const loaded = page.waitForEvent('load');
  await page.evaluate(() => void window.runproof.isolate());
  await loaded;
  await page.waitForFunction(() => 'runproof' in window);
}

/** Pauses a service, or lets it go on, through the page's own prover. */
const pauseIn = (page: Page, choice: Pause): Promise<Paused> =>
  page.evaluate((told) => window.runproof.pause(told), choice);

/** Proves a log from its first note on. */
function proveLogIn(page: Page, notes: readonly Note[]): Promise<ProvenLog> {
  const terms = [...writeTerms(new Writer(), notes[0]!.request.terms).finish()];
  const bytes = notes.map((note) => [...encodeNote(note)]);
  return page.evaluate(([first, rest]) => window.runproof.proveLog(first, rest), [
    terms,
    bytes,
  ] as const);
}
