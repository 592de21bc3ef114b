import { readTip } from '../../contracts/chain/block.ts';
import { ChainError } from '../../contracts/chain/error.ts';
import { type Graphql, createGraphql } from '../../contracts/chain/graphql.ts';
import { readArchiveHeight, readSyncStatus } from '../../contracts/chain/health.ts';
import { type Genesis, readGenesis, readNetworkId } from '../../contracts/chain/network.ts';
import type { WebSettings } from './settings.ts';

export { type ChainStatus, type ChainWatch, createChainWatch };

/** How the configured node is. `message` is one sentence for people. */
type ChainStatus =
  /** No node is configured. */
  | { readonly kind: 'unset' }
  | { readonly kind: 'connecting' }
  | ({ readonly kind: 'ok' } & Tip)
  /** Answers, but the node is behind the clock or the archive behind the node. */
  | ({ readonly kind: 'behind'; readonly message: string } & Tip)
  | { readonly kind: 'offline'; readonly message: string };

interface Tip {
  /** As `mina:testnet`. */
  readonly networkId: string;
  /** Of the newest block, since genesis. */
  readonly slot: number;
  readonly height: number;
  /** Milliseconds of one slot, to tell when a slot will be. */
  readonly slotMilliseconds: number;
}

/** Looks at one node and its archive, remembering what does not change. */
interface ChainWatch {
  look(signal: AbortSignal): Promise<ChainStatus>;
}

/** Blocks may be missing for so many slots before somebody should know; on average one in four is. */
const SLOTS_BEHIND = 20;
const BLOCKS_BEHIND = 2;

function createChainWatch({ node: url, archive: archiveUrl }: WebSettings): ChainWatch {
  // One try a look: the poll is what tries again.
  const once = (address: string): Graphql =>
    createGraphql([address], { rounds: 1, timeout: 10_000 });
  let known: { readonly networkId: string; readonly genesis: Genesis } | undefined;

  async function look(signal: AbortSignal): Promise<ChainStatus> {
    if (url === '') return { kind: 'unset' };
    const node = once(url);
    known ??= {
      networkId: await readNetworkId(node, { signal }),
      genesis: await readGenesis(node, { signal }),
    };
    const { networkId, genesis } = known;
    const [{ slot, height }, sync] = await Promise.all([
      readTip(node, { signal }),
      readSyncStatus(node, { signal }),
    ]);
    const tip = { networkId, slot, height, slotMilliseconds: genesis.slotMilliseconds };
    const late = Math.floor((Date.now() - genesis.timestamp) / genesis.slotMilliseconds) - slot;
    if (sync !== 'SYNCED' || late > SLOTS_BEHIND)
      return {
        kind: 'behind',
        ...tip,
        message: `The node is ${sync === 'SYNCED' ? `${late} slots behind the clock` : 'still catching up'}; wait, or use another node.`,
      };
    const lag = archiveUrl === '' ? undefined : await archiveLag(once(archiveUrl), height, signal);
    return lag === undefined ? { kind: 'ok', ...tip } : { kind: 'behind', ...tip, message: lag };
  }

  return {
    async look(signal) {
      try {
        return await look(signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ChainError)) throw error;
        return { kind: 'offline', message: sentence(error, url) };
      }
    },
  };
}

/** A sentence where the archive is away or behind: rings and earnings are then read late. */
async function archiveLag(
  archive: Graphql,
  height: number,
  signal: AbortSignal
): Promise<string | undefined> {
  try {
    const lag = height - (await readArchiveHeight(archive, { signal }));
    return lag > BLOCKS_BEHIND
      ? `The archive is ${lag} blocks behind the node; what was settled may be missing until it has caught up.`
      : undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ChainError)) throw error;
    return 'The archive does not answer; what was settled through a service cannot be read just now.';
  }
}

function sentence({ code, message }: ChainError, url: string): string {
  const { host } = new URL(url);
  switch (code) {
    case 'UNREACHABLE':
      return `${host} does not answer; see that it runs and allows this page, or name another node in Settings.`;
    case 'NOT_SYNCED':
      return `${host} has no chain yet; wait until it has caught up.`;
    default:
      return `${host} does not answer as a Mina node (${message}).`;
  }
}
