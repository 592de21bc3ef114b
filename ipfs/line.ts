export { type PeerLine, type LineOptions, openLine };

import { withBitswap } from '@helia/bitswap';
import { withLibp2pLight } from '@helia/libp2p';
import { identify } from '@libp2p/identify';
import { noise } from '@libp2p/noise';
import { webSockets } from '@libp2p/websockets';
import { yamux } from '@libp2p/yamux';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import { createHeliaLight } from 'helia';
import type { CID } from 'multiformats/cid';
import { rawCidOfBlock } from '../contracts/formats/cid.ts';
import { type Abortable, withDeadline } from './abort.ts';
import { brokersOf } from './brokers.ts';
import { IpfsError } from './error.ts';

type Transports = NonNullable<Parameters<typeof withLibp2pLight>[1]['transports']>;

type LineOptions = Abortable & {
  /** How the nodes are dialled. Default: WebSockets, which is all that a page can. */
  transports?: Transports;
  /** Whether plain `ws` and private addresses are dialled from a page too. Default: as libp2p does, not. */
  isPrivateAllowed?: boolean;
  /** How long all of them together may take to answer. */
  milliseconds?: number;
};

/** Blocks on offer to the peers at the other end, and to nobody else. */
interface PeerLine {
  /** Ids of the peers that have answered. */
  readonly peers: () => readonly string[];
  /** From here on they are given to whoever asks. */
  offer(blocks: readonly Uint8Array[]): Promise<void>;
  /**
   * Resolves once each of the blocks has been asked for and sent.
   * @throws {IpfsError} `timeout` when that was not within `milliseconds`, `unreachable` when all peers
   *   have hung up, `aborted`
   */
  fetched(
    blocks: readonly Uint8Array[],
    options: Abortable & { milliseconds: number }
  ): Promise<void>;
  close(): Promise<void>;
}

/** A block that was lost on the way is asked for again well within these milliseconds (`peers.ts`). */
const QUIET = 1_000;
const LOOK = 100;

/**
 * Connects to somebody's nodes, for a page, which nobody can connect to. It listens nowhere, knows nobody else and
 * keeps what it offers in memory. Peers prove their ids as they are dialled, so an address must name one.
 * @param addresses multiaddresses that end in `/p2p/<id>`; all are dialled, and the first that answers will do
 * @throws {IpfsError} `bad-address` when none can be dialled from here, `unreachable`, `timeout`, `aborted`
 */
async function openLine(
  addresses: readonly string[],
  {
    transports = [webSockets()],
    isPrivateAllowed = false,
    milliseconds = 10_000,
    signal,
  }: LineOptions = {}
): Promise<PeerLine> {
  const named = addresses.flatMap(withPeer);
  const core = createHeliaLight();
  const brokers = brokersOf(core);
  const asked = watchGets(core.blockstore);
  const helia = withBitswap(
    withLibp2pLight(core, {
      addresses: { listen: [] },
      transports,
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services: { identify: identify() },
      ...(isPrivateAllowed ? { connectionGater: { denyDialMultiaddr: () => false } } : {}),
    }),
    { doNotResendBlockWindow: 250 }
  );
  await helia.start();
  const connected = (): readonly string[] => helia.libp2p.getPeers().map(String);
  try {
    await withDeadline('reaching the provider’s node', milliseconds, signal, async (both) => {
      const dialable = await whichOf(named, (to) => helia.libp2p.isDialable(to));
      if (dialable.length === 0) throw noneDialable(addresses);
      await Promise.any(dialable.map((to) => helia.libp2p.dial(to, { signal: both }))).catch(
        (error: unknown) => {
          both.throwIfAborted();
          throw noneAnswers(dialable, error);
        }
      );
    });
  } catch (error) {
    await helia.stop();
    throw error;
  }

  return {
    peers: connected,
    async offer(blocks) {
      for (const block of blocks) {
        const cid = rawCidOfBlock(block);
        await helia.blockstore.put(cid, block);
        await Promise.all(brokers.map(async (broker) => broker.announce?.(cid)));
      }
    },
    fetched: (blocks, options) =>
      withDeadline(
        'waiting for the provider’s node to fetch what it was offered',
        options.milliseconds,
        options.signal,
        async (both) => {
          const cids = blocks.map((block) => String(rawCidOfBlock(block)));
          const isQuiet = (cid: string): boolean => Date.now() - (asked.get(cid) ?? NaN) >= QUIET;
          while (!cids.every(isQuiet)) {
            if (connected().length === 0)
              throw new IpfsError(
                'unreachable',
                'the provider’s node hung up before it had fetched what it was offered; try again'
              );
            await new Promise((resolve) => setTimeout(resolve, LOOK));
            both.throwIfAborted();
          }
        }
      ),
    async close() {
      await helia.stop();
    },
  };
}

/** The address, where it can be read and names the peer that must answer. */
function withPeer(text: string): Multiaddr[] {
  try {
    const address = multiaddr(text);
    return address.getComponents().some(({ name }) => name === 'p2p') ? [address] : [];
  } catch {
    return [];
  }
}

/** When each block was last asked for, in milliseconds, by CID. Only what bitswap sends is read from it. */
function watchGets(blockstore: ReturnType<typeof createHeliaLight>['blockstore']) {
  const asked = new Map<string, number>();
  const get = blockstore.get.bind(blockstore);
  blockstore.get = (cid: CID, options) => {
    asked.set(String(cid), Date.now());
    return get(cid, options);
  };
  return asked;
}

async function whichOf(
  addresses: readonly Multiaddr[],
  isDialable: (address: Multiaddr) => Promise<boolean>
): Promise<readonly Multiaddr[]> {
  const may = await Promise.all(addresses.map(isDialable));
  return addresses.filter((_, i) => may[i]);
}

function noneDialable(addresses: readonly string[]): IpfsError {
  return new IpfsError(
    'bad-address',
    `none of the provider’s ${addresses.length} addresses can be dialled from here: that takes one with a peer id and, from a page, /wss`
  );
}

/** noise's word for it comes within an error that is also one for a connection that is cut or silent. */
const isOtherPeer = (cause: unknown): boolean =>
  cause instanceof Error &&
  (cause.name === 'UnexpectedPeerError' || cause.message.includes('expected remote identity'));

function noneAnswers(addresses: readonly Multiaddr[], error: unknown): IpfsError {
  const causes: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  const [first] = addresses;
  const said = causes.some(isOtherPeer)
    ? `whoever answers at ${String(first)} does not prove to be the provider’s node`
    : `the provider’s node does not answer at ${String(first)}`;
  return new IpfsError('unreachable', `${said}; try again later`, { cause: error });
}
