import type { Descriptor } from '../../../contracts/formats/descriptor.ts';
import type { Keyset } from '../../../contracts/formats/keyset.ts';

export { providerFile };

/** Where the daemon's node listens when the keyset does not say. */
const DEFAULT_PORT = 4001;

/**
 * `provider.json` for the daemon that serves a service, to lie in `~/.runproof`, where `runproof key new`
 * puts keys. Names no secret: only the files that hold them.
 */
function providerFile(options: {
  readonly service: string;
  readonly descriptor: Descriptor;
  readonly keyset: Keyset;
  readonly node: string;
  readonly archive: string;
  readonly gateways: readonly string[];
  /** False where the embedded network was started so. Default true. */
  readonly proofs?: boolean;
}): string {
  const { service, descriptor, keyset, node, archive, gateways, proofs = true } = options;
  const endpoint = keyset.endpoint === null ? undefined : new URL(keyset.endpoint);
  const file = {
    node,
    archive,
    folder: 'provider',
    services: [service],
    keys: {
      runner: 'keys/runner.json',
      wallet: 'keys/wallet.json',
      identities: { [String(keyset.epoch)]: [`keys/epoch-${keyset.epoch}.json`] },
    },
    log: { repository: keyset.log, tokenFile: 'log-token' },
    ipfs: { listen: listenOf(keyset.peers), gateways },
    ...(endpoint === undefined ? {} : { handover: handoverOf(endpoint) }),
    ...(descriptor.limits.network ? { jobs: { network: true } } : {}),
    ...(proofs ? {} : { proofs }),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** On the ports that the keyset tells requesters to dial. */
function listenOf(peers: readonly string[]): readonly string[] {
  const ports = peers.flatMap((peer) => {
    const [, port, rest = ''] = /\/tcp\/(\d{1,5})(\/.*)?$/.exec(peer) ?? [];
    return port === undefined
      ? []
      : [`/ip4/0.0.0.0/tcp/${port}${/\/wss?\b/.test(rest) ? '/ws' : ''}`];
  });
  return ports.length === 0 ? [`/ip4/0.0.0.0/tcp/${DEFAULT_PORT}`] : [...new Set(ports)];
}

/** Behind https stands a proxy, which hands on to a port of its owner's choice on this machine. */
const handoverOf = ({ protocol, port, hostname }: URL) =>
  protocol === 'https:'
    ? { host: '127.0.0.1', port: 8790 }
    : {
        host: hostname === '127.0.0.1' || hostname === 'localhost' ? '127.0.0.1' : '0.0.0.0',
        port: Number(port || 80),
      };
