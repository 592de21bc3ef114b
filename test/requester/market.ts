import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateHybridIdentity, identityToRecipient } from 'age-encryption';
import { createGraphql } from '../../contracts/chain/graphql.ts';
import { pinned } from '../../contracts/chain/pinned.ts';
import {
  type KeyPair,
  generateKeyPair,
  signFieldElements,
  verifyFieldElements,
} from '../../contracts/chain/sign.ts';
import type { Descriptor, LocalDescriptor } from '../../contracts/formats/descriptor.ts';
import { encodeJson } from '../../contracts/formats/json.ts';
import type { Keyset } from '../../contracts/formats/keyset.ts';
import { Daemon } from '../../runner-hooks/daemon/daemon.ts';
import type { DaemonEvent } from '../../runner-hooks/daemon/event.ts';
import { contentOn } from '../../runner-hooks/daemon/ipfs-content.ts';
import { chainOver } from '../../runner-hooks/daemon/mina-chain.ts';
import type { JobOutcome, JobRequest, JobSettings } from '../../runner-hooks/driver/job.ts';
import { openJournal } from '../../runner-hooks/journal/journal.ts';
import { publishTo } from '../../runner-hooks/log/publish.ts';
import { toSpeedscope } from '../../runner-hooks/perf/speedscope.ts';
import { type Uploads, uploadsTo } from '../../requester/upload.ts';
import { type GitServer, startGit } from '../../scripts/network/git.ts';
import { type Ipfs, startIpfs } from '../../scripts/network/ipfs.ts';
import { spawnMina } from '../../scripts/network/mina/spawn.ts';
import { type LocalRequester, openRequester } from '../../scripts/requester/open-requester.ts';
import { descriptor as sample } from '../vectors/sample.ts';

export { type Market, MINA, TOKEN, openMarket, descriptorOf, freePort };

const MINA = 1_000_000_000n;
const TOKEN = 'a-token-for-tests';

/** The embedded network, a requester on it, and a provider's keys; a daemon where one is started. */
interface Market {
  readonly mina: Awaited<ReturnType<typeof spawnMina>>;
  readonly ipfs: Ipfs;
  readonly git: GitServer;
  readonly folder: string;
  readonly requester: LocalRequester;
  /** Folder of its tab files. */
  readonly tabs: string;
  readonly runner: KeyPair;
  readonly log: string;
  /** A funded wallet. */
  wallet(): Promise<KeyPair>;
  /** To its IPFS node, with another token. */
  uploadsWith(token: string): Uploads;
  keyset(payee: string, endpoint?: string): Keyset;
  /** A daemon with a driver that runs nothing and a settler that never does. */
  serve(service: string, port: number): Promise<readonly DaemonEvent[]>;
  stop(): Promise<void>;
}

const descriptorOf = (changes: Partial<LocalDescriptor> = {}): Descriptor => ({
  ...sample,
  ...changes,
});

async function openMarket({
  proofsEnabled = false,
  /** Multiaddresses for peers. */
  listen = [] as readonly string[],
} = {}): Promise<Market> {
  const folder = await mkdtemp(join(tmpdir(), 'runproof-market-'));
  const mina = await spawnMina({ proofsEnabled, batchDelay: 20, blockTime: 0 });
  const ipfs = await startIpfs({ folder: join(folder, 'ipfs'), token: TOKEN, listen });
  const git = await startGit({ root: join(folder, 'git'), token: TOKEN });
  const log = await git.createRepository('log.git');
  const requester = await openRequester({
    node: mina.graphql,
    gateways: [ipfs.url],
    uploadToken: TOKEN,
    home: join(folder, 'home'),
    interval: 60,
  });
  const runner = generateKeyPair();
  const identity = await generateHybridIdentity();
  const recipient = await identityToRecipient(identity);
  const ending: (() => Promise<void>)[] = [];
  return {
    ...{ mina, ipfs, git, folder, requester, tabs: join(folder, 'home', 'tabs'), runner, log },
    async wallet() {
      const response = await fetch(`${mina.accountManager}/acquire-account`);
      const { pk, sk } = (await response.json()) as { pk: string; sk: string };
      return { publicKey: pk, privateKey: sk };
    },
    uploadsWith: (token) => uploadsTo(ipfs.url, token),
    keyset: (payee, endpoint) => ({
      ...{ version: 1, epoch: 0, recipients: [recipient], runner: runner.publicKey, payee },
      ...{ peers: [], endpoint: endpoint ?? null, log },
    }),
    async serve(service, port) {
      const journal = openJournal(join(folder, 'provider'), runner.publicKey, {
        locks: join(folder, 'locks'),
      });
      const events: DaemonEvent[] = [];
      const stopping = new AbortController();
      const nodes = { node: createGraphql([mina.graphql]), archive: createGraphql([mina.archive]) };
      const never = (): Promise<never> => Promise.reject(new Error('this test settles nothing'));
      const daemon = new Daemon(
        {
          journal,
          chain: chainOver(nodes, pinned),
          content: contentOn(ipfs.node),
          settler: { settle: never, extend: never, close: never, refund: never },
          log: publishTo({ repository: log, token: TOKEN, folder: join(folder, 'log.git') }),
          driver: outcomeOf,
          key: {
            publicKey: runner.publicKey,
            sign: (commitment) => signFieldElements([commitment], runner.privateKey),
          },
          verify: (commitment, signature, key) => verifyFieldElements([commitment], signature, key),
          identities: () => [identity],
          folder: join(folder, 'provider'),
          onEvent: (event) => events.push(event),
        },
        { services: [service], policy: { poll: 300, firstWait: 50 }, handover: { port } }
      );
      const done = daemon.run({ signal: stopping.signal });
      done.catch(() => undefined);
      ending.push(async () => {
        stopping.abort();
        await done.finally(() => journal.close());
      });
      while (!events.some(({ kind }) => kind === 'listening'))
        await Promise.race([new Promise((resolve) => setTimeout(resolve, 10)), done]);
      return events;
    },
    async stop() {
      for (const end of ending) await end();
      await Promise.all([mina.stop(), ipfs.stop(), git.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A run as a driver would tell of it; its output says what it was given. */
async function outcomeOf(
  { parameters, secrets }: JobRequest,
  { folder }: JobSettings
): Promise<JobOutcome> {
  const outputs = join(folder, 'outputs-to-be');
  await mkdir(outputs, { recursive: true });
  await writeFile(join(outputs, 'given.json'), JSON.stringify({ parameters, secrets }));
  const profile = toSpeedscope([]);
  const taskClock = 500_000_000n;
  const script = createHash('sha256').update('make').digest();
  const phase = { name: 'build', script, exitStatus: 0, milliseconds: 20n, taskClock };
  return {
    ...{ exitStatus: 0, reason: undefined, sourceDigest: Buffer.alloc(32, 7) },
    phases: [{ ...phase, counters: [], peakMemoryBytes: 4096 }],
    counters: [{ name: 'task-clock', unit: 'ns', value: taskClock }],
    ...{ peakMemoryBytes: 4096, milliseconds: 20, profile },
    profileDigest: createHash('sha256').update(encodeJson(profile)).digest(),
    ...{ log: 'hello\n', outputs, omitted: [], discard: async () => undefined },
  };
}

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};
