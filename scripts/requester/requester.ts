import { join } from 'node:path';
import { type Graphql, createGraphql } from '../../contracts/chain/graphql.ts';
import { assertNetwork, readNetworkId } from '../../contracts/chain/network.ts';
import { type Pinned, pinned } from '../../contracts/chain/pinned.ts';
import type { BlockSource } from '../../ipfs/source.ts';
import { gatewaySource } from '../../ipfs/trustless.ts';
import { type Uploads, uploadsTo } from './upload.ts';

export { type Requester, type RequesterSettings, type Stepwise, openRequester };

interface RequesterSettings {
  /** GraphQL address of a Mina node. */
  readonly node: string;
  /** Trustless IPFS gateways, at least one. None of them is believed. */
  readonly gateways: readonly string[];
  /** Where raw blocks may be written; the first gateway unless given. */
  readonly upload?: string;
  readonly uploadToken?: string;
  /** Holds `tabs/`. */
  readonly home: string;
  /** Refuses a node of any other network. */
  readonly networkId?: string;
  /** Milliseconds between two looks at chain, log or endpoint. Default 2,000. */
  readonly interval?: number;
}

/** The requester's side of the world: one node, some gateways, and a folder for its tabs. */
interface Requester {
  readonly node: Graphql;
  /** For a prover's process, which asks the node itself. */
  readonly nodeUrl: string;
  readonly networkId: string;
  readonly blocks: BlockSource;
  readonly uploads: Uploads;
  /** Folder of the tab files. */
  readonly tabs: string;
  /** Keys that this release's contracts compile to. */
  readonly pinned: Pinned;
  readonly interval: number;
}

/** What every longer call takes. */
interface Stepwise {
  readonly signal?: AbortSignal;
  /** What is being done, in words. */
  readonly onProgress?: (step: string) => void;
}

/**
 * Connects to a node and sees that it is of a network that this release can sign for.
 *
 * @throws ChainError `UNREACHABLE`, `WRONG_NETWORK`, `INVALID`; IpfsError `bad-address`
 */
async function openRequester(
  settings: RequesterSettings,
  { signal }: Pick<Stepwise, 'signal'> = {}
): Promise<Requester> {
  const { gateways, upload = gateways[0], uploadToken, home, interval = 2_000 } = settings;
  const blocks = gatewaySource(gateways);
  const uploads = uploadsTo(upload ?? '', uploadToken);
  const node = createGraphql([settings.node]);
  const networkId = settings.networkId ?? (await readNetworkId(node, { signal }));
  await assertNetwork(node, networkId, { signal });
  const tabs = join(home, 'tabs');
  return { node, nodeUrl: settings.node, networkId, blocks, uploads, tabs, pinned, interval };
}
