import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createChainWatch } from '../../../web/store/chain.ts';
import { NO_SETTINGS } from '../../../web/store/settings.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** Answers every GraphQL query with these fields, whatever was asked. */
async function serve(data: object): Promise<string> {
  const server = createServer((_, response) => response.end(JSON.stringify({ data })));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const node = (change: object = {}, slotsAgo = 0): Promise<string> =>
  serve({
    networkID: 'mina:testnet',
    syncStatus: 'SYNCED',
    genesisConstants: {
      genesisTimestamp: new Date(Date.now() - (100 + slotsAgo) * 180_000).toISOString(),
      accountCreationFee: '1000000000',
    },
    daemonStatus: { consensusConfiguration: { k: '290', slotDuration: '180000' } },
    bestChain: [
      {
        stateHash: '3NKa',
        protocolState: {
          previousStateHash: '3NKb',
          consensusState: { blockHeight: '40', slotSinceGenesis: '100' },
        },
      },
    ],
    ...change,
  });
const archive = (height: number): Promise<string> =>
  serve({ networkState: { maxBlockHeight: { pendingMaxBlockHeight: height } } });

const look = (addresses: { node: string; archive?: string }) =>
  createChainWatch({ ...NO_SETTINGS, ...addresses }).look(new AbortController().signal);

describe('the chain', () => {
  it('is unset without a node', async () => {
    expect(await look({ node: '' })).toEqual({ kind: 'unset' });
  });

  it('is ok where the node keeps up with the clock and the archive with the node', async () => {
    expect(await look({ node: await node(), archive: await archive(39) })).toEqual({
      kind: 'ok',
      networkId: 'mina:testnet',
      slot: 100,
      height: 40,
      slotMilliseconds: 180_000,
    });
  });

  it.each([
    ['the node is catching up', { syncStatus: 'CATCHUP' }, 0, 40, /still catching up/],
    ['the node is behind the clock', {}, 21, 40, /21 slots behind the clock/],
    ['the archive is behind the node', {}, 0, 37, /archive is 3 blocks behind/],
  ])('is behind where %s', async (_, change, slotsAgo, height, message) => {
    const status = await look({
      node: await node(change, slotsAgo),
      archive: await archive(height),
    });
    expect(status).toMatchObject({
      kind: 'behind',
      message: expect.stringMatching(message) as string,
    });
  });

  it('is behind, not offline, where only the archive is away', async () => {
    expect(await look({ node: await node(), archive: await serve({}) })).toMatchObject({
      kind: 'behind',
    });
  });

  it.each([
    ['nobody answers', () => Promise.resolve('http://127.0.0.1:9/'), /does not answer; see/],
    ['somebody else answers', () => serve({ networkID: 7 }), /does not answer as a Mina node/],
  ])('is offline where %s', async (_, url, message) => {
    const status = await look({ node: await url() });
    expect(status).toMatchObject({
      kind: 'offline',
      message: expect.stringMatching(message) as string,
    });
  });
});
