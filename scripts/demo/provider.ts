import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Network } from '../network/network.ts';
import type { DemoKeys } from './accounts.ts';
import { type Background, startInBackground } from './background.ts';
import { dependencies } from './service.ts';

export { type DemoProvider, type DaemonLine, startDemoProvider };

/** A line of the daemon's log, as far as the demo reads it. */
interface DaemonLine {
  readonly msg: string;
  readonly time: string;
  readonly tab?: string;
  readonly sequence?: number;
  readonly step?: string;
  readonly reason?: string;
  readonly transaction?: string;
}

interface DemoProvider extends Background {
  readonly logFile: string;
}

/** Starts the daemon as a process of its own, by the command that a provider would use. */
async function startDemoProvider(
  home: string,
  network: Network,
  keys: DemoKeys,
  options: {
    readonly services: readonly string[];
    readonly log: string;
    /** Multiaddresses of its IPFS node. */
    readonly listen: readonly string[];
    readonly endpointPort: number;
    /** As in provider.json. */
    readonly forges: readonly object[];
    /** Jobs that are settled together. */
    readonly batch: number;
    readonly proofs: boolean;
    readonly onLine: (line: DaemonLine) => void;
    readonly onExit: (reason: string) => void;
  }
): Promise<DemoProvider> {
  const folder = join(home, 'provider');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const tokenFile = join(folder, 'log-token');
  writeFileSync(tokenFile, network.token, { mode: 0o600 });
  const configFile = join(folder, 'provider.json');
  const config = {
    node: network.mina.graphql,
    archive: network.mina.archive,
    folder,
    services: options.services,
    keys: {
      runner: keys.files.runner,
      wallet: keys.files.owner,
      identities: { '0': [keys.identity.file] },
    },
    log: { repository: options.log, tokenFile },
    ipfs: {
      listen: options.listen,
      peers: network.ipfs.node.peerAddresses().slice(0, 1),
    },
    handover: { host: '127.0.0.1', port: options.endpointPort },
    mounts: [dependencies],
    forges: options.forges,
    jobs: { concurrency: 2 },
    settle: { batch: options.batch, seconds: 600 },
    poll: 1,
    proofs: options.proofs,
  };
  writeFileSync(configFile, JSON.stringify(config, null, 2));

  const logFile = join(folder, 'daemon.log');
  const daemon = await startInBackground({
    ...{ home, logFile, name: 'the daemon', onExit: options.onExit },
    words: ['runner', 'start', '--config', configFile],
    isThere: (text) => parseLine(text)?.msg === 'started',
    onLine(text) {
      const line = parseLine(text);
      if (line !== undefined) options.onLine(line);
    },
  });
  return { ...daemon, logFile };
}

function parseLine(text: string): DaemonLine | undefined {
  try {
    return JSON.parse(text) as DaemonLine;
  } catch {
    return undefined;
  }
}
