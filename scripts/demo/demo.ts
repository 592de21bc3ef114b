import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { createGraphql } from '../../contracts/chain/graphql.ts';
import { toHex } from '../../contracts/formats/bytes.ts';
import { cidOf, rawCidOf, toBase16 } from '../../contracts/formats/cid.ts';
import type { Keyset } from '../../contracts/formats/keyset.ts';
import { encodeReceipt } from '../../contracts/formats/receipt.ts';
import { type LogEntry } from '../../oracle/read/entry.ts';
import { readLog } from '../../oracle/read/from-git.ts';
import { CliError } from '../cli/error.ts';
import { type Network, startNetwork } from '../network/network.ts';
import { demoKeys } from './accounts.ts';
import { type DaemonLine, type DemoProvider, startDemoProvider } from './provider.ts';
import { type Market, freePort, open, publish, request, settledUpTo } from './purchase.ts';
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

    const market: Market = {
      node: createGraphql([network.mina.graphql]),
      networkId: network.mina.networkId,
      gateway: network.ipfs.url,
      token: network.token,
      signal,
    };
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
    const service = await publish(market, keys.owner, descriptor, keyset);

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
    const offer = { address: service, descriptor, keyset };
    const tab = await open(market, keys.requester, offer, TAB_AMOUNT);
    onProgress(`requesting ${jobs === 1 ? 'a job' : `${jobs} jobs`} through the inbox`);
    const requests = await request(market, keys.requester, tab, keyset, {
      count: jobs,
      maximum: JOB_MAXIMUM,
      reply: keys.identity.recipient,
    });
    clock.lap('request');

    const { terms } = tab;
    await until(watch, signal, async () => watch.noted >= jobs || undefined);
    clock.lap('run');
    const paid = await until(watch, signal, () => settledUpTo(market, terms.tab, jobs));
    clock.lap('settle');

    onProgress('reading the log back');
    const entries = await readLog({ repository: log, tab: terms.tab }, { signal });
    const report = reportOf(entries, { service, paid, settlement: watch.transaction ?? '' });
    return {
      report: {
        ...report,
        request: toBase16(rawCidOf(sha256(requests.at(-1)!))),
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

/** What the daemon says while we wait for it. */
class Watch {
  noted = 0;
  transaction: string | undefined;
  failure: string | undefined;

  constructor(private readonly onProgress: (what: string) => void) {}

  line({ msg, sequence, step, transaction, reason }: DaemonLine): void {
    if (msg === 'noted') this.noted += 1;
    if (msg === 'sent') this.transaction = transaction;
    if (msg === 'refused') this.fail(`the provider refused a job: ${reason ?? ''}`);
    if (SHOWN.includes(msg))
      this.onProgress(
        [sequence === undefined ? '' : `job ${sequence}`, msg, step ?? ''].filter(Boolean).join(' ')
      );
  }

  fail(reason: string): void {
    this.failure ??= reason;
  }
}

const SHOWN: readonly string[] = [
  ...['accepted', 'running', 'ran', 'published', 'noted', 'settling', 'proving', 'sent', 'settled'],
];

async function until<T>(
  watch: Watch,
  signal: AbortSignal,
  look: () => Promise<T | undefined>
): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    if (watch.failure !== undefined) throw new CliError('FAILED', watch.failure);
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
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
