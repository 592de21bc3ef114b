import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { type Market, startMarket } from '../../../scripts/demo/market.ts';
import type { DaemonLine } from '../../../scripts/demo/provider.ts';
import { appService } from '../../../scripts/demo/service.ts';
import { addressesOf, serveSite } from '../../../scripts/demo/site.ts';
import { buildSite } from '../../../scripts/site/build.ts';
import { ROOT, headCommit } from '../../../scripts/site/checkout.ts';
import { hostileService } from './hostile-service.ts';
import { quickService } from './quick-service.ts';
import { type Visit, type VisitOptions, startVisit } from './visit.ts';

export { type Stage, type Form, FORMS, takeStage };

/** How a gateway is addressed. */
type Form = 'path' | 'subdomain';
const FORMS: readonly Form[] = ['path', 'subdomain'];

/** The embedded network without proofs, a daemon that serves three services, the built site, a browser. */
interface Stage {
  readonly market: Market;
  /** CID of the site, built from the working tree. */
  readonly site: string;
  /**
   * Addresses: of a job of a moment, of the one that builds the app, of one that means harm, and of the first
   * job again where the provider has no endpoint and seals results.
   */
  readonly services: Readonly<Record<'quick' | 'app' | 'hostile' | 'rung', string>>;
  /** What the daemon has said so far. */
  readonly lines: readonly DaemonLine[];
  readonly browser: Browser;
  /**
   * Address of a route such as `/market` in the served site.
   * @param isAdopting carries the network file, which a page that has no network yet takes over
   */
  url(form: Form, route?: string, isAdopting?: boolean): string;
  /** A page with a storage of its own, for one test. Close it: then it tells what went wrong in it. */
  visit(options?: VisitOptions): Promise<Visit>;
}

const CHROMIUM = '/usr/bin/chromium';
/** Nothing but the page under test is to use the network, and that on loopback only. */
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1',
];

let stage: Promise<Stage> | undefined;

/** One for all test files of a run, which share a process; it goes when that process does. */
const takeStage = (): Promise<Stage> => (stage ??= startStage());

async function startStage(): Promise<Stage> {
  const home = await mkdtemp(join(tmpdir(), 'runproof-e2e-'));
  const lines: DaemonLine[] = [];
  const commit = await headCommit();
  const building = buildSite(ROOT, { out: join(home, 'dist') });
  building.catch(() => undefined); // waited for below
  const market = await startMarket({
    // Every test has a wallet of its own.
    ...{ home, port: 0, proofs: false, batch: 1, accounts: 200 },
    sells: (repository) => [
      { descriptor: quickService(repository, commit) },
      { descriptor: appService(repository, commit) },
      { descriptor: hostileService(repository, commit) },
      {
        descriptor: { ...quickService(repository, commit), name: 'Sealed echo', result: 'sealed' },
        isByHand: false,
      },
    ],
    signal: new AbortController().signal,
    onProgress: () => undefined,
    onLine: (line) => lines.push(line),
    onExit: (reason) => process.stderr.write(`${reason}\n`),
  });
  endWithProcess(market.provider.pid, home);
  const [folder, browser] = await Promise.all([
    building,
    chromium.launch({ executablePath: CHROMIUM, args: FLAGS }),
  ]);
  const site = (await serveSite(folder, market.network.ipfs.node)).toString();
  const [quick, app, hostile, rung] = market.services as [string, string, string, string];
  const url: Stage['url'] = (form, route = '/market', isAdopting = true) => {
    const [page, hash] = addressesOf(site, market.network)[form].split('#/') as [string, string];
    return `${page}#${route}${isAdopting ? hash : ''}`;
  };
  return {
    ...{ market, site, services: { quick, app, hostile, rung }, lines, browser, url },
    visit: (options = {}) => startVisit(browser, { url }, options),
  };
}

/** The network ends with its standard input, the browser with its connection; the daemon does not. */
function endWithProcess(daemon: number, home: string): void {
  process.once('exit', () => {
    try {
      process.kill(daemon, 'SIGKILL');
    } catch {
      // ended
    }
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });
  process.once('SIGTERM', () => process.exit(143));
}
