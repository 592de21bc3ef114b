import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Descriptor } from '../../contracts/formats/descriptor.ts';
import type { Keyset } from '../../contracts/formats/keyset.ts';
import { publishServiceWith } from '../../requester/service.ts';
import { keyWallet } from '../../requester/wallet.ts';
import { type Network, startNetwork } from '../network/network.ts';
import { peerAddresses } from '../provider/peer-addresses.ts';
import { type LocalRequester, openRequester } from '../requester/open-requester.ts';
import { ROOT, headCommit } from '../site/checkout.ts';
import { type DemoKeys, demoKeys } from './accounts.ts';
import { type DemoForge, type DriverName, startDemoForge } from './forge.ts';
import { freePort } from './free-port.ts';
import { type DaemonLine, type DemoProvider, startDemoProvider } from './provider.ts';

export { type Market, type MarketOptions, type Goods, startMarket };

interface Goods {
  readonly descriptor: Descriptor;
  /** False: the keyset names the provider's IPFS node and no endpoint. Default true. */
  readonly isByHand?: boolean;
}

interface MarketOptions {
  readonly home: string;
  /** First port of the network; 0 for free ones. */
  readonly port: number;
  readonly proofs: boolean;
  /** Jobs that are settled together in one transaction. */
  readonly batch: number;
  /** Funded test accounts. */
  readonly accounts?: number;
  /** A forge that starts the jobs; default none, and the daemon starts them. */
  readonly driver?: DriverName;
  /** Of this repository, on a forge; default HEAD. */
  readonly commit?: string;
  /**
   * What is for sale, from the address of a mirror of this repository; of a forge's the commit too, which
   * has the workflow.
   */
  readonly sells: (repository: string, commit?: string) => readonly Goods[];
  readonly signal: AbortSignal;
  readonly onProgress: (what: string) => void;
  readonly onLine: (line: DaemonLine) => void;
  /** The daemon ended by itself. */
  readonly onExit: (reason: string) => void;
  /** The network is there, the services are not yet. */
  readonly onNetwork?: () => void;
}

/** A network on loopback, a provider on it whose daemon runs, and a requester's side. */
interface Market {
  readonly network: Network;
  readonly keys: DemoKeys;
  readonly requester: LocalRequester;
  readonly provider: DemoProvider;
  /** Addresses, in the order of what is sold. */
  readonly services: readonly string[];
  /** Addresses of the repositories of source and log. */
  readonly source: string;
  readonly forge: Pick<DemoForge, 'commit' | 'folder'> | undefined;
  readonly log: string;
  /** In reverse order of the start. */
  stop(): Promise<void>;
}

/** What was started is stopped again where a later part fails. */
async function startMarket(options: MarketOptions): Promise<Market> {
  const { home, proofs, signal, onProgress } = options;
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const part of started.splice(0).reverse()) await part.stop();
  };
  try {
    const network = await startNetwork({
      ...{ folder: join(home, 'network'), port: options.port, proofsEnabled: proofs },
      ...(options.accounts === undefined ? {} : { accounts: options.accounts }),
      ...{ signal, onProgress },
    });
    started.push(network);
    const keys = await demoKeys(home, network.mina.accountManager);
    const source = await network.git.createRepository('runproof.git', { mirrorOf: ROOT });
    const log = await network.git.createRepository('log.git');
    options.onNetwork?.();
    const forge = await forgeOf(options, network);
    if (forge !== undefined) started.push(forge);

    const requester = await openRequester(
      {
        node: network.mina.graphql,
        gateways: [network.ipfs.url],
        uploadToken: network.token,
        ...{ home, interval: 500 },
      },
      { signal }
    );
    const endpointPort = await freePort();
    const listen = [`/ip4/127.0.0.1/tcp/${await freePort()}/ws`];
    const peers = await peerAddresses(join(home, 'provider'), listen);
    const keyset: Keyset = {
      version: 1,
      epoch: 0,
      recipients: [keys.identity.recipient],
      runner: keys.runner.publicKey,
      payee: keys.owner.publicKey,
      peers: [...peers],
      endpoint: `http://127.0.0.1:${endpointPort}`,
      log,
    };
    const services: string[] = [];
    for (const { descriptor, isByHand = true } of options.sells(
      forge?.repository ?? source,
      forge?.commit
    )) {
      onProgress(`publishing the service ${descriptor.name}`);
      const owner = keyWallet(keys.owner);
      const sold = { descriptor, keyset: isByHand ? keyset : { ...keyset, endpoint: null } };
      services.push((await publishServiceWith(requester, sold, owner, { signal })).service);
    }
    await network.offer(services);

    // A tab of a former run belongs to a service that this daemon no longer serves.
    rmSync(join(home, 'provider', 'journal.sqlite'), { force: true });
    const { batch, onLine, onExit } = options;
    const provider = await startDemoProvider(home, network, keys, {
      ...{ services, log, listen, endpointPort, batch, proofs, onLine, onExit },
      forges: forge === undefined ? [] : [forge.config],
    });
    started.push(provider);
    return {
      ...{ network, keys, requester, provider, services, log, stop },
      source: forge?.repository ?? source,
      forge,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function forgeOf(
  options: MarketOptions,
  { git, token }: Network
): Promise<DemoForge | undefined> {
  const { driver = 'local', home, onProgress } = options;
  if (driver === 'local') return undefined;
  onProgress(`starting a ${driver === 'github' ? 'GitHub' : 'GitLab'} with a runner`);
  const runs = await git.createRepository('runs.git');
  return startDemoForge(driver, {
    ...{ commit: options.commit ?? (await headCommit()), folder: join(home, 'forge') },
    ...{ log: runs, logToken: token },
  });
}
