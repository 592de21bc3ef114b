import { writeFileSync } from 'node:fs';
import { sha256 } from '@noble/hashes/sha2.js';
import { fromHex, toHex } from '../../contracts/formats/bytes.ts';
import { cidOf, rawCidOf, toBase16 } from '../../contracts/formats/cid.ts';
import { encodeReceipt } from '../../contracts/formats/receipt.ts';
import { type LogEntry } from '../../oracle/read/entry.ts';
import { readLog } from '../../oracle/read/from-git.ts';
import { buy } from '../../requester/buy.ts';
import { followJob } from '../../requester/follow.ts';
import { readTab } from '../../requester/tab.ts';
import { keyWallet } from '../../requester/wallet.ts';
import { CliError } from '../cli/error.ts';
import { type Settings, configPath } from '../cli/settings.ts';
import type { Network } from '../network/network.ts';
import { headCommit } from '../site/checkout.ts';
import type { DriverName } from './forge.ts';
import { type Market, startMarket } from './market.ts';
import { appService } from './service.ts';
import { type SiteAddresses, addressesOf, buildCommit, builtSite, serveSite } from './site.ts';
import { Watch } from './watch.ts';

export { type DemoOptions, type DemoReport, type Demo, runDemo };

interface DemoOptions {
  readonly home: string;
  /** First port of the network; 0 for free ones. */
  readonly port: number;
  /** Settled together in one transaction. */
  readonly jobs: number;
  readonly proofs: boolean;
  /** Who starts the jobs: the daemon, or a forge on loopback, on whose runner they run. */
  readonly driver: DriverName;
  readonly signal: AbortSignal;
  readonly onProgress: (what: string) => void;
}

/** What came of it; of several jobs the last one's. */
interface DemoReport {
  readonly service: string;
  readonly tab: string;
  /** CIDs. */
  readonly request: string;
  readonly receipt: string;
  readonly result: string;
  /** Commits: of the log, and of the source that was built. */
  readonly commit: string;
  readonly source: string;
  /** Hash of the transaction that paid. */
  readonly settlement: string;
  /** Nanomina. */
  readonly paid: bigint;
  readonly jobs: number;
  /** Whether all jobs published the same output; `undefined` for a single one. */
  readonly reproduced: boolean | undefined;
  /** CIDs: of the app that the gateway serves, and of what the job has built. */
  readonly site: { readonly served: string; readonly built: string; readonly same: boolean };
  /** Where a browser opens it. */
  readonly app: SiteAddresses;
  /** Seconds by phase, and in all. */
  readonly phases: Readonly<Record<string, number>>;
  readonly seconds: number;
}

interface Demo {
  readonly report: DemoReport;
  readonly market: Market;
}

/** Nanomina for a job at most, and what a tab holds beside it. */
const JOB_MAXIMUM = 1_000_000_000n;
const TAB_SPARE = 4_000_000_000n;
const OPEN_SLOTS = 480;

/** The main path on loopback: a network, a provider, and a requester who buys and is served. */
async function runDemo(options: DemoOptions): Promise<Demo> {
  const { home, jobs, proofs, signal, onProgress } = options;
  const clock = new Clock();
  const commit = await headCommit();
  const watch = new Watch(onProgress);
  const build = (of: string, repository?: string): Promise<string> => {
    onProgress('building the app');
    return buildCommit(of, home, signal, repository);
  };
  // A forge's repository has a commit of its own, which the app names.
  const building = options.driver === 'local' ? build(commit) : undefined;
  building?.catch(() => undefined); // waited for below
  const market = await startMarket({
    ...{ home, port: options.port, proofs, batch: jobs, signal, onProgress },
    ...{ driver: options.driver, commit },
    sells: (repository, own = commit) => [
      { descriptor: appService(repository, own, options.driver) },
    ],
    onLine: (line) => watch.line(line),
    onExit: (reason) => watch.fail(reason),
    onNetwork: () => clock.lap('network'),
  });
  try {
    const { network, keys, requester, log } = market;
    const service = market.services[0]!;
    writeConfig(home, network, { log, wallet: keys.files.requester });
    clock.lap('publish');
    const { forge } = market;
    const folder = await (building ?? build(forge!.commit, forge!.folder));
    const site = await serveSite(folder, network.ipfs.node);
    clock.lap('site');

    onProgress(`opening a tab and ringing for ${jobs === 1 ? 'a job' : `${jobs} jobs`}`);
    const stepwise = { signal };
    const { tab, jobs: requested } = await buy(
      requester,
      {
        ...{ service, slots: OPEN_SLOTS, wallet: keyWallet(keys.requester) },
        amount: BigInt(jobs) * JOB_MAXIMUM + TAB_SPARE,
        orders: Array.from({ length: jobs }, () => ({ parameters: {}, maximum: JOB_MAXIMUM })),
      },
      stepwise
    );
    clock.lap('request');

    const { terms } = tab;
    const follow = (until: 'receipt' | 'settled'): Promise<unknown> =>
      watch.orFailure(
        Promise.all(
          requested.map(({ sequence }) =>
            followJob(requester, terms, sequence, { until, ...stepwise })
          )
        )
      );
    await follow('receipt');
    clock.lap('run');
    await follow('settled');
    clock.lap('settle');

    onProgress('reading the log back');
    const entries = await readLog({ repository: log, tab: terms.tab }, { signal });
    const { spent: paid } = (await readTab(requester, terms, stepwise)).state;
    const settlement = await watch.orFailure(watch.transaction);
    const report = reportOf(entries, { service, paid, settlement });
    const result = cidOf('dag-pb', entries.at(-1)!.note.receipt.result);
    const built = await builtSite(result, site, network.ipfs.node);
    return {
      report: {
        ...report,
        request: toBase16(rawCidOf(fromHex(requested.at(-1)!.digest, 32))),
        source: market.forge?.commit ?? commit,
        site: { served: site.toString(), built, same: site.toString() === built },
        app: addressesOf(site.toString(), network),
        phases: clock.laps,
        seconds: clock.total(),
      },
      market,
    };
  } catch (error) {
    await market.stop();
    throw error;
  }
}

function reportOf(
  entries: readonly LogEntry[],
  known: { service: string; paid: bigint; settlement: string }
): Omit<DemoReport, 'request' | 'source' | 'site' | 'app' | 'phases' | 'seconds'> {
  const last = entries.at(-1)!;
  const failed = entries.find(({ note }) => note.exitStatus !== 0);
  if (failed !== undefined)
    throw new CliError('FAILED', `A job ended with status ${failed.note.exitStatus}.`);
  const outputs = new Set(entries.map(({ note }) => toHex(note.execution.output)));
  return {
    ...known,
    tab: last.note.request.terms.tab,
    receipt: toBase16(rawCidOf(sha256(encodeReceipt(last.note.receipt)))),
    result: cidOf('dag-pb', last.note.receipt.result).toString(),
    commit: last.id,
    jobs: entries.length,
    reproduced: entries.length < 2 ? undefined : outputs.size === 1,
  };
}

/** So that every command that is run beside this one finds the network. */
function writeConfig(
  home: string,
  { mina, ipfs, token }: Network,
  more: { log: string; wallet: string }
): void {
  const config: Omit<Settings, 'home'> = {
    ...{ node: mina.graphql, archive: mina.archive },
    ...{ gateway: ipfs.url, upload: ipfs.url, uploadToken: token },
    ...more,
  };
  writeFileSync(configPath(home), `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}

/** Seconds since the start, and between laps. */
class Clock {
  readonly laps: Record<string, number> = {};
  readonly #start = performance.now();
  #last = this.#start;

  lap(name: string): void {
    const now = performance.now();
    this.laps[name] = seconds(now - this.#last);
    this.#last = now;
  }

  total(): number {
    return seconds(performance.now() - this.#start);
  }
}

const seconds = (milliseconds: number): number => Math.round(milliseconds / 10) / 100;
