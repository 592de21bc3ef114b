export { peerSource };

import type { Helia } from 'helia';
import type { CID } from 'multiformats/cid';
import { deadline } from '../contracts/chain/deadline.ts';
import { withDeadline } from './abort.ts';
import { IpfsError } from './error.ts';
import { type BlockSource, verified } from './source.ts';

/** What is needed of a Helia node that has bitswap and libp2p. */
type Swarm = Pick<Helia, 'blockstore'> & { libp2p: { getPeers(): unknown[] } };

/**
 * Milliseconds after which a want is sent again, the last for good. Helia's bitswap does not serve a
 * block twice on one connection until a want has been sent once more than needed, and sends a want
 * only once: a block that was lost here would not come back.
 */
const ASK_AGAIN = [300, 400, 1_000, 2_000, 4_000, 8_000];
/** Until bitswap has taken a want off its list; one that comes sooner is taken off with it. */
const WITHDRAWN = 30;

/**
 * Blocks from the peers that are connected, within `milliseconds`.
 * @throws {IpfsError} `unreachable` when no peer is connected, `timeout` when none has it
 */
function peerSource(swarm: Swarm, { milliseconds }: { milliseconds: number }): BlockSource {
  return verified((cid, { signal } = {}) =>
    withDeadline(`block ${String(cid)} from peers`, milliseconds, signal, async (both) => {
      if (swarm.libp2p.getPeers().length === 0)
        throw new IpfsError('unreachable', 'no peer is connected; dial one or add a gateway');
      for (let round = 0; ; round += 1) {
        const wait = ASK_AGAIN[Math.min(round, ASK_AGAIN.length - 1)]!;
        const patience = deadline(wait, both);
        try {
          return await want(swarm, cid, patience.signal);
        } catch (error) {
          if (both.aborted || !patience.signal.aborted) throw error;
          await new Promise((resolve) => setTimeout(resolve, WITHDRAWN));
        } finally {
          patience.clear();
        }
      }
    })
  );
}

async function want({ blockstore }: Swarm, cid: CID, signal: AbortSignal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of blockstore.get(cid, { signal })) chunks.push(chunk);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}
