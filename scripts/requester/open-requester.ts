import { join } from 'node:path';
import { createGraphql } from '../../contracts/chain/graphql.ts';
import { assertNetwork, readNetworkId } from '../../contracts/chain/network.ts';
import { pinned } from '../../contracts/chain/pinned.ts';
import { gatewaySource } from '../../ipfs/trustless.ts';
import { blockLogs } from '../../requester/logs/blocks.ts';
import { firstLogs } from '../../requester/logs/first-of.ts';
import { gitLogs } from '../../requester/logs/git.ts';
import { githubLogs } from '../../requester/logs/github.ts';
import { gitlabLogs } from '../../requester/logs/gitlab.ts';
import { peersOver } from '../../requester/peers.ts';
import type { Requester, Stepwise } from '../../requester/requester.ts';
import { uploadsTo } from '../../requester/upload.ts';
import { fileStore } from './file-store.ts';

export { type RequesterSettings, type LocalRequester, openRequester };

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

/** One node, some gateways, git, and a folder for its tabs. */
interface LocalRequester extends Requester {
  /** For a prover's process, which asks the node itself. */
  readonly nodeUrl: string;
}

/**
 * Connects to a node and sees that it is of a network that this release can sign for.
 *
 * @throws ChainError `UNREACHABLE`, `WRONG_NETWORK`, `INVALID`; IpfsError `bad-address`
 */
async function openRequester(
  settings: RequesterSettings,
  { signal }: Pick<Stepwise, 'signal'> = {}
): Promise<LocalRequester> {
  const { gateways, upload = gateways[0], uploadToken, home, interval = 2_000 } = settings;
  const blocks = gatewaySource(gateways);
  const uploads = uploadsTo(upload ?? '', uploadToken);
  const node = createGraphql([settings.node]);
  const networkId = settings.networkId ?? (await readNetworkId(node, { signal }));
  await assertNetwork(node, networkId, { signal });
  const logs = firstLogs([gitLogs, githubLogs(blocks), gitlabLogs(blocks), blockLogs(blocks)]);
  const peers = peersOver(() => import('../../ipfs/line.ts'));
  const store = fileStore(join(home, 'tabs'));
  return {
    ...{ node, nodeUrl: settings.node, networkId, blocks, uploads },
    ...{ store, logs, peers, pinned, interval },
  };
}
