import { createGraphql } from '../../contracts/chain/graphql.ts';
import { assertNetwork, readNetworkId } from '../../contracts/chain/network.ts';
import { pinned } from '../../contracts/chain/pinned.ts';
import { gatewaySource } from '../../ipfs/trustless.ts';
import { blockLogs } from '../../requester/logs/blocks.ts';
import { firstLogs } from '../../requester/logs/first-of.ts';
import { githubLogs } from '../../requester/logs/github.ts';
import { gitlabLogs } from '../../requester/logs/gitlab.ts';
import type { LogReader } from '../../requester/logs.ts';
import { peersOver } from '../../requester/peers.ts';
import type { Requester } from '../../requester/requester.ts';
import type { TabStore } from '../../requester/store.ts';
import { uploadsTo } from '../../requester/upload.ts';
import { type WebSettings, SettingsError } from './settings.ts';

export { openRequester };

/** isomorphic-git is a chunk of its own, and the only one that wants Node's Buffer. */
async function gitLogs(): Promise<LogReader> {
  const { Buffer } = await import('buffer');
  Object.assign(globalThis, { Buffer: (globalThis as { Buffer?: unknown }).Buffer ?? Buffer });
  return (await import('../../requester/logs/git.ts')).gitLogs;
}

/** GitHub's git host answers no page, so it is not asked. Others may, and say so by their headers. */
const hostLogs: LogReader = {
  read: async (source, options) => (await gitLogs()).read(source, options),
  tabs: async (repository, options) => (await gitLogs()).tabs(repository, options),
};

/**
 * @throws SettingsError where no node or gateway is set
 * @throws ChainError `UNREACHABLE`, `WRONG_NETWORK`; IpfsError `bad-address`
 */
async function openRequester(settings: WebSettings, store: TabStore): Promise<Requester> {
  if (settings.node === '')
    throw new SettingsError('node', 'No Mina node is set; name one in Settings.');
  if (settings.gateways.length === 0)
    throw new SettingsError('gateways', 'No IPFS gateway is set; name one in Settings.');
  const isEmbedded = settings.accountManager !== '';
  const blocks = gatewaySource(settings.gateways);
  const node = createGraphql([settings.node]);
  // Whoever opens the page waits for this: a dead node is told of, and asked again by the next call.
  const once = createGraphql([settings.node], { rounds: 1, timeout: 10_000 });
  const networkId = await readNetworkId(once);
  await assertNetwork(once, networkId);
  return {
    ...{ node, networkId, blocks, store, pinned },
    ...(settings.upload === ''
      ? {}
      : { uploads: uploadsTo(settings.upload, settings.uploadToken || undefined) }),
    // Only an embedded network is in the same house, behind no certificate.
    peers: peersOver(() => import('../../ipfs/line.ts'), {
      isPrivateAllowed: isEmbedded,
    }),
    logs: firstLogs([githubLogs(blocks), gitlabLogs(blocks), hostLogs, blockLogs(blocks)]),
    interval: isEmbedded ? 500 : 2_000,
  };
}
