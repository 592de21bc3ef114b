export { openNode, type IpfsNode, type NodeOptions };

import './node20.ts';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { withBitswap } from '@helia/bitswap';
import { withLibp2pLight } from '@helia/libp2p';
import { identify } from '@libp2p/identify';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { webSockets } from '@libp2p/websockets';
import { yamux } from '@libp2p/yamux';
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import { FsBlockstore } from 'blockstore-fs';
import { createHeliaLight } from 'helia';
import { type Abortable, asIpfsError, withDeadline } from './abort.ts';
import { brokersOf } from './brokers.ts';
import { IpfsError } from './error.ts';
import { peerSource } from './peers.ts';
import { Pins } from './pin.ts';
import { Records } from './records.ts';
import { type BlockSource, firstOf, keepingIn } from './source.ts';
import { BlockStore } from './store.ts';
import { gatewaySource } from './trustless.ts';

type NodeOptions = Abortable & {
  /** Holds blocks, pins and the peer's key; made when missing, readable by its owner only. */
  folder: string;
  /** Multiaddresses such as `/ip4/127.0.0.1/tcp/0` or `/ip4/0.0.0.0/tcp/4001/ws`. */
  listen: readonly string[];
  /** Peers to stay connected to. None by default: nothing is dialled that was not asked for. */
  bootstrap?: readonly string[];
  /** Trustless gateways to ask when peers are slow. None by default. */
  gateways?: readonly string[];
  /** How long peers may take for one block. */
  milliseconds?: number;
};

interface IpfsNode {
  readonly peerId: string;
  /** What is on this machine. */
  readonly store: BlockStore;
  /** This machine, then peers, then gateways; what comes from afar is checked and kept. */
  readonly source: BlockSource;
  readonly pins: Pins;
  /** Where others reach this node, with its peer id. */
  peerAddresses(): string[];
  /** Peer ids connected now. */
  peers(): string[];
  /** @throws {IpfsError} `bad-address`, `unreachable`, `timeout`, `aborted` */
  dial(address: string, options?: Abortable): Promise<void>;
  stop(): Promise<void>;
}

/** Milliseconds until gateways are asked as well, and between tries to reach lost bootstrap peers. */
const PATIENCE = 1_500;
const REDIAL = 30_000;

/**
 * A Helia node with TCP and WebSockets, bitswap and a disk, and nothing else: no public bootstrap
 * nodes, no DHT, mDNS, relays, delegated routers or gateways but those in the options.
 * @throws {IpfsError} `bad-address`, `storage`, `unreachable` (a listen address is taken)
 */
async function openNode({
  folder,
  listen,
  bootstrap = [],
  gateways = [],
  milliseconds = 30_000,
}: NodeOptions): Promise<IpfsNode> {
  const addresses = listen.map(addressOf);
  const peers = bootstrap.map(addressOf);
  const fromGateways = gateways.length === 0 ? undefined : gatewaySource(gateways);
  const { blocks, records } = await openFolder(folder);

  const core = createHeliaLight({ blockstore: blocks, datastore: records });
  const brokers = brokersOf(core);
  const helia = withBitswap(
    withLibp2pLight(core, {
      addresses: { listen: addresses.map(String) },
      transports: [tcp(), webSockets()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services: { identify: identify() },
      connectionManager: { maxConnections: 100 },
    }),
    { sendWantlistDebounce: 2, doNotResendBlockWindow: 250 }
  );
  try {
    await helia.start();
  } catch (error) {
    await helia.stop().catch(() => undefined); // the first error is the one to tell
    await records.close();
    throw asIpfsError(error, 'unreachable', `cannot listen on ${listen.join(', ')}`);
  }

  const dial: IpfsNode['dial'] = async (address, { signal } = {}) => {
    const to = addressOf(address);
    await withDeadline(`dialling ${address}`, 10_000, signal, async (both) => {
      await helia.libp2p.dial(to, { signal: both }).catch((error: unknown) => {
        throw asIpfsError(error, 'unreachable', `no peer answers at ${address}`);
      });
    });
  };
  const redial = (): void => {
    const connected = new Set(helia.libp2p.getPeers().map(String));
    for (const peer of peers) {
      const id = peer.getComponents().findLast(({ name }) => name === 'p2p')?.value;
      if (id === undefined || !connected.has(id)) dial(String(peer)).catch(() => undefined);
    }
  };
  redial();
  const redialling = setInterval(redial, REDIAL).unref();

  const store = new BlockStore(blocks, async (cid) => {
    await Promise.all(brokers.map(async (broker) => broker.announce?.(cid)));
  });
  const afar = [
    peerSource(helia, { milliseconds }),
    ...(fromGateways ? [keepingIn(store, fromGateways)] : []),
  ];

  return {
    peerId: helia.libp2p.peerId.toString(),
    store,
    source: firstOf([store, firstOf(afar, { patience: PATIENCE })]),
    pins: new Pins(records, store),
    peerAddresses: () => helia.libp2p.getMultiaddrs().map(String),
    peers: () => helia.libp2p.getPeers().map(String),
    dial,
    async stop() {
      clearInterval(redialling);
      await helia.stop();
      await records.close();
    },
  };
}

function addressOf(text: string): Multiaddr {
  try {
    return multiaddr(text);
  } catch (cause) {
    throw new IpfsError(
      'bad-address',
      `${JSON.stringify(text)} is not a multiaddress; write /ip4/127.0.0.1/tcp/4001 or the like`,
      { cause }
    );
  }
}

async function openFolder(folder: string): Promise<{ blocks: FsBlockstore; records: Records }> {
  const blocks = new FsBlockstore(join(folder, 'blocks'));
  const records = new Records(join(folder, 'records'));
  try {
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o700); // the peer's key lies in it
    await blocks.open();
    await records.open();
  } catch (error) {
    throw asIpfsError(error, 'storage', `cannot use ${folder}`);
  }
  return { blocks, records };
}
