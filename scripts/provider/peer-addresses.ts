import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openNode } from '../../ipfs/node.ts';

export { IPFS_FOLDER, peerAddresses };

/** Of a provider's IPFS node, within the daemon's folder. */
const IPFS_FOLDER = 'ipfs';

/**
 * What a keyset says of where the provider's IPFS node is reached: each address it listens on, with the
 * node's id, which is made here where there is none yet.
 *
 * @param folder of the daemon
 * @param listen multiaddresses such as `/ip4/127.0.0.1/tcp/4001/ws`
 * @throws IpfsError `storage`
 */
async function peerAddresses(
  folder: string,
  listen: readonly string[]
): Promise<readonly string[]> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Listening nowhere: the daemon itself may be running.
  const node = await openNode({ folder: join(folder, IPFS_FOLDER), listen: [] });
  try {
    return listen.map((address) => `${address}/p2p/${node.peerId}`);
  } finally {
    await node.stop();
  }
}
