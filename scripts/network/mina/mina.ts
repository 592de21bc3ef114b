import { getBackendPreference, initializeBindings, setBackend } from 'o1js';
import { createNetworkServer, listen } from './http.ts';
import { MinaNode, type NodeOptions } from './node.ts';
import { NETWORK_ID } from './node-resolvers.ts';

export { startMina };
export type { MinaEndpoints, MinaNetwork, MinaOptions };

interface MinaOptions extends Omit<NodeOptions, 'now'> {
  /** On 127.0.0.1; 0 (default) for any free one. */
  readonly port?: number | undefined;
}

/** What `Mina.Network` of o1js needs, and the same account manager as lightnet's. */
interface MinaEndpoints {
  readonly graphql: string;
  readonly archive: string;
  readonly accountManager: string;
  readonly networkId: string;
}

interface MinaNetwork extends MinaEndpoints {
  /** Lets slots pass at once and makes a block in the last one. @returns that slot */
  advanceSlots(count: number): Promise<number>;
  /** Makes blocks now. @returns the height of the last */
  produceBlocks(count: number): Promise<number>;
  /** Replaces the last blocks by others, one more than before. @returns the new height */
  reorg(depth: number, options: { reapply: boolean }): Promise<number>;
  stop(): Promise<void>;
}

/**
 * A Mina network of one node in this process: node and archive GraphQL and an account manager on a
 * loopback port, over o1js's ledger. Does not touch o1js's active instance.
 * @throws MinaNetworkError
 */
async function startMina(options: MinaOptions = {}): Promise<MinaNetwork> {
  const { port = 0, ...nodeOptions } = options;
  preferNative();
  await initializeBindings();
  const node = await MinaNode.open(nodeOptions);
  const server = createNetworkServer(node);
  let base: string;
  try {
    base = `http://127.0.0.1:${await listen(server, port)}`;
  } catch (error) {
    await node.close();
    throw error;
  }
  return {
    graphql: `${base}/graphql`,
    archive: `${base}/archive`,
    accountManager: base,
    networkId: NETWORK_ID,
    advanceSlots: async (count) => (await node.advanceSlots(count)).slot,
    produceBlocks: async (count) => {
      for (let i = 1; i < count; i++) await node.produceBlock();
      return (await node.produceBlock()).height;
    },
    reorg: async (depth, { reapply }) => (await node.reorg(depth, { reapply })).height,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await node.close();
    },
  };
}

/** Native is four times as fast; whoever chose otherwise, or used o1js before us, has decided. */
function preferNative(): void {
  if (process.env.O1JS_BACKEND !== undefined || getBackendPreference() === 'native') return;
  try {
    setBackend('native');
  } catch {
    // Initialised with wasm already: everything works, only slower.
  }
}
