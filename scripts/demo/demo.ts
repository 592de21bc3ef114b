import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { fromHex, toHex } from '../../contracts/formats/bytes.ts';
import { cidOf, rawCidOf, toBase16 } from '../../contracts/formats/cid.ts';
import type { Keyset } from '../../contracts/formats/keyset.ts';
import { encodeReceipt } from '../../contracts/formats/receipt.ts';
import { type LogEntry } from '../../oracle/read/entry.ts';
import { readLog } from '../../oracle/read/from-git.ts';
import { followJob } from '../../requester/follow.ts';
import { requestJobs } from '../../requester/job.ts';
import { publishServiceWith } from '../../requester/service.ts';
import { openTabWith, readTab } from '../../requester/tab.ts';
import { keyWallet } from '../../requester/wallet.ts';
import { CliError } from '../cli/error.ts';
import { type Settings, configPath } from '../cli/settings.ts';
import { type Network, startNetwork } from '../network/network.ts';
import { openRequester } from '../requester/open-requester.ts';
import { demoKeys } from './accounts.ts';
import { freePort } from './free-port.ts';
import { type DaemonLine, type DemoProvider, startDemoProvider } from './provider.ts';
import { ROOT, buildService, headCommit } from './service.ts';

export { type DemoOptions, type DemoReport, type Demo, runDemo };

interface DemoOptions {
  readonly home: string;
  /** First port of the network; 0 for free ones. */
  readonly port: number;
  /** Settled together in one transaction. */
  readonly jobs: number;
  readonly proofs: boolean;
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
  /** Seconds by phase, and in all. */
  readonly phases: Readonly<Record<string, number>>;
  readonly seconds: number;
}

interface Demo {
  readonly report: DemoReport;
  readonly network: Network;
  readonly provider: DemoProvider;
  readonly log: string;
  stop(): Promise<void>;
}

const TAB_AMOUNT = 5_000_000_000n;
const OPEN_SLOTS = 480;
const JOB_MAXIMUM = 500_000_000n;

/** The main path on loopback: a network, a provider, and a requester who buys and is served. */
async function runDemo(options: DemoOptions): Promise<Demo> {
  const { home, jobs, proofs, signal, onProgress } = options;
  const clock = new Clock();
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const part of started.splice(0).reverse()) await part.stop();
  };
  try {
    const commit = await headCommit();
    const network = await startNetwork({
      ...{ folder: join(home, 'network'), port: options.port, proofsEnabled: proofs },
      ...{ signal, onProgress },
    });
    started.push(network);
    const keys = await demoKeys(home, network.mina.accountManager);
    const repository = await network.git.createRepository('runproof.git', {
      mirrorOf: ROOT,
    });
    const log = await network.git.createRepository('log.git');
    clock.lap('network');

    const requester = await openRequester(
      {
        node: network.mina.graphql,
        gateways: [network.ipfs.url],
        uploadToken: network.token,
        ...{ home, interval: 500 },
      },
      { signal }
    );
    writeConfig(home, network, { log, wallet: keys.files.requester });
    const endpointPort = await freePort();
    const keyset: Keyset = {
      version: 1,
      epoch: 0,
      recipients: [keys.identity.recipient],
      runner: keys.runner.publicKey,
      payee: keys.owner.publicKey,
      peers: network.ipfs.node.peerAddresses().slice(0, 1),
      endpoint: `http://127.0.0.1:${endpointPort}`,
      log,
    };
    const descriptor = buildService(repository, commit);
    onProgress('publishing the service');
    const stepwise = { signal };
    const { service } = await publishServiceWith(
      requester,
      { descriptor, keyset },
      keyWallet(keys.owner),
      stepwise
    );

    const watch = new Watch(onProgress);
    // A tab of a former run belongs to a service that this daemon no longer serves.
    rmSync(join(home, 'provider', 'journal.sqlite'), { force: true });
    const provider = await startDemoProvider(home, network, keys, {
      ...{ service, log, endpointPort, jobs, proofs },
      onLine: (line) => watch.line(line),
      onExit: (reason) => watch.fail(reason),
    });
    started.push(provider);
    clock.lap('publish');

    onProgress('opening a tab');
    const wallet = keyWallet(keys.requester);
    const order = { service, amount: TAB_AMOUNT, slots: OPEN_SLOTS, wallet };
    const { tab } = await openTabWith(requester, order, stepwise);
    onProgress(`requesting ${jobs === 1 ? 'a job' : `${jobs} jobs`} through the inbox`);
    const requested = await requestJobs(
      requester,
      tab,
      Array.from({ length: jobs }, () => ({ parameters: {}, maximum: JOB_MAXIMUM })),
      { delivery: 'ring', wallet, signal }
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
    return {
      report: {
        ...report,
        request: toBase16(rawCidOf(fromHex(requested.at(-1)!.digest, 32))),
        source: commit,
        phases: clock.laps,
        seconds: clock.total(),
      },
      ...{ network, provider, log, stop },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function reportOf(
  entries: readonly LogEntry[],
  known: { service: string; paid: bigint; settlement: string }
): Omit<DemoReport, 'request' | 'source' | 'phases' | 'seconds'> {
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

/** What the daemon says while we wait for what it does. */
class Watch {
  /** Hash of the first transaction that it sent. */
  readonly transaction: Promise<string>;
  #sent!: (hash: string) => void;
  #failed!: (error: CliError) => void;
  readonly #failure: Promise<never>;

  constructor(private readonly onProgress: (what: string) => void) {
    this.transaction = new Promise((resolve) => (this.#sent = resolve));
    this.#failure = new Promise((_, reject) => (this.#failed = reject));
    // It may fail while nobody waits.
    this.#failure.catch(() => undefined);
  }

  line({ msg, sequence, step, transaction, reason }: DaemonLine): void {
    if (msg === 'sent' && transaction !== undefined) this.#sent(transaction);
    if (msg === 'refused') this.fail(`the provider refused a job: ${reason ?? ''}`);
    if (SHOWN.includes(msg))
      this.onProgress(
        [sequence === undefined ? '' : `job ${sequence}`, msg, step ?? ''].filter(Boolean).join(' ')
      );
  }

  fail(reason: string): void {
    this.#failed(new CliError('FAILED', reason));
  }

  /** What `work` comes to, unless the daemon fails first. */
  orFailure<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#failure]);
  }
}

const SHOWN: readonly string[] = [
  ...['accepted', 'running', 'ran', 'published', 'noted', 'settling', 'proving', 'sent', 'settled'],
];

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
