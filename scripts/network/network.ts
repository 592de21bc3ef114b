export { startNetwork, type Network, type NetworkOptions };

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GitServer, startGit } from './git.ts';
import { type Ipfs, startIpfs } from './ipfs.ts';
import { type SpawnedMina, spawnMina } from './mina/spawn.ts';
import { DEFAULT_PORT } from './port.ts';

interface NetworkOptions {
  /** Keeps chain, blocks, repositories and the token, so that a restart goes on. */
  readonly folder: string;
  /** First of five ports on loopback; 0 takes free ones. */
  readonly port?: number;
  /** False: proofs are not made and not verified, for quick looks at everything else. */
  readonly proofsEnabled?: boolean;
  /** Milliseconds between blocks where nothing happens. */
  readonly blockTime?: number;
  /** Funded test accounts. */
  readonly accounts?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (what: string) => void;
}

/** A whole outside world on loopback: a chain, an IPFS gateway and a git host. */
interface Network {
  readonly mina: SpawnedMina;
  readonly ipfs: Ipfs;
  readonly git: GitServer;
  /** Lets its holder upload blocks and push to repositories. */
  readonly token: string;
  /** Lists services in the network file, beside how everything here is reached. */
  offer(services: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** Starts all three; what was started is stopped again where one fails. */
async function startNetwork(options: NetworkOptions): Promise<Network> {
  const { folder, port = DEFAULT_PORT, proofsEnabled = true, signal, onProgress } = options;
  const at = (offset: number): number => (port === 0 ? 0 : port + offset);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const token = tokenIn(folder);
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const part of started.splice(0).reverse()) await part.stop();
  };
  const keep = <T extends { stop(): Promise<void> }>(part: T): T => {
    started.push(part);
    return part;
  };
  try {
    onProgress?.('starting the Mina network');
    const mina = keep(
      await spawnMina(
        {
          folder: join(folder, 'mina'),
          port: at(0),
          proofsEnabled,
          ...(options.blockTime === undefined ? {} : { blockTime: options.blockTime }),
          ...(options.accounts === undefined ? {} : { accounts: options.accounts }),
        },
        { signal }
      )
    );
    onProgress?.('starting the IPFS node and its gateway');
    const listen = [`/ip4/127.0.0.1/tcp/${at(3)}`, `/ip4/127.0.0.1/tcp/${at(4)}/ws`];
    const ipfs = keep(
      await startIpfs({ folder: join(folder, 'ipfs'), port: at(1), listen, token })
    );
    onProgress?.('starting the git server');
    const git = keep(await startGit({ root: join(folder, 'git'), port: at(2), token }));
    const offer = (services: readonly string[]): Promise<void> =>
      mina.describe({
        ...{ version: 1, name: 'Embedded network', node: mina.graphql, archive: mina.archive },
        ...{ gateways: [ipfs.url], upload: ipfs.url, uploadToken: token },
        ...{ accountManager: mina.accountManager, proofs: proofsEnabled, services: [...services] },
      });
    await offer([]);
    return { mina, ipfs, git, token, offer, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The same after a restart. */
function tokenIn(folder: string): string {
  const path = join(folder, 'token');
  if (!existsSync(path)) writeFileSync(path, randomBytes(24).toString('hex'), { mode: 0o600 });
  return readFileSync(path, 'utf8').trim();
}
