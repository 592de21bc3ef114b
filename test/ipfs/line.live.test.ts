import { type Socket, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { rawCidOfBlock } from '../../contracts/formats/cid.ts';
import { type PeerLine, openLine } from '../../ipfs/line.ts';
import { type IpfsNode, openNode } from '../../ipfs/node.ts';
import { folders } from './folder.ts';
import { codeOf, text } from './memory.ts';

const folder = folders();
const open: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((part) => part.stop()));
});

async function openPeer(): Promise<IpfsNode> {
  const node = await openNode({ folder: await folder(), listen: ['/ip4/127.0.0.1/tcp/0/ws'] });
  open.push(node);
  return node;
}
async function lineTo(...addresses: readonly string[]): Promise<PeerLine> {
  const line = await openLine(addresses, { milliseconds: 3_000 });
  open.push({ stop: () => line.close() });
  return line;
}
const addressOf = (node: IpfsNode): string => node.peerAddresses()[0]!;
const WITHIN = { milliseconds: 10_000 };

/** Takes connections and says nothing. */
async function silentPort(): Promise<number> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  });
  return (server.address() as AddressInfo).port;
}

describe('a line to a node', () => {
  it('gives it what is offered and it asks for, and nothing else', async () => {
    const node = await openPeer();
    const line = await lineTo(addressOf(node));
    const [request, envelope] = [text('a request'), text('an envelope')];
    await line.offer([request, envelope]);
    const fetched = line.fetched([request, envelope], WITHIN);
    expect(await node.source.get(rawCidOfBlock(request))).toEqual(request);
    expect(await node.source.get(rawCidOfBlock(envelope))).toEqual(envelope);
    await fetched;
    const other = rawCidOfBlock(text('another request'));
    expect(await codeOf(node.source.get(other, { signal: AbortSignal.timeout(500) }))).toBe(
      'aborted'
    );
  });

  it('gives it a block that it has waited for since before the line was there', async () => {
    const node = await openPeer();
    const keeper = await lineTo(addressOf(node)); // without any peer nothing is waited for
    const block = text('rung for yesterday');
    const wanted = node.source.get(rawCidOfBlock(block));
    const line = await lineTo(addressOf(node));
    await line.offer([block]);
    expect(await wanted).toEqual(block);
    await line.fetched([block], WITHIN);
    expect(keeper.peers()).toEqual([node.peerId]);
  });

  it('is had with whichever of several answers', async () => {
    const node = await openPeer();
    const dead = `/ip4/127.0.0.1/tcp/1/ws/p2p/${node.peerId}`;
    const line = await lineTo(dead, 'no address', addressOf(node));
    expect(line.peers()).toEqual([node.peerId]);
  });

  it('says so where a block is not asked for in time, or only some are', async () => {
    const node = await openPeer();
    const line = await lineTo(addressOf(node));
    const [one, other] = [text('one'), text('other')];
    await line.offer([one, other]);
    expect(await node.source.get(rawCidOfBlock(one))).toEqual(one);
    expect(await codeOf(line.fetched([one, other], { milliseconds: 1_500 }))).toBe('timeout');
    const signal = AbortSignal.timeout(100);
    expect(await codeOf(line.fetched([one, other], { ...WITHIN, signal }))).toBe('aborted');
  });

  it('says so where the node hangs up', async () => {
    const node = await openPeer();
    const line = await lineTo(addressOf(node));
    const block = text('never');
    await line.offer([block]);
    const fetched = codeOf(line.fetched([block], WITHIN));
    open.splice(open.indexOf(node), 1);
    await node.stop();
    expect(await fetched).toBe('unreachable');
  });

  it('is not had with somebody who is not whom the address names', async () => {
    const [node, other] = [await openPeer(), await openPeer()];
    const lying = addressOf(node).replace(node.peerId, other.peerId);
    const error = await openLine([lying], WITHIN).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'unreachable' });
    expect((error as Error).message).toMatch(/does not prove to be/);
  });

  it('ends with its time where nobody speaks, and with its caller', async () => {
    const id = (await openPeer()).peerId;
    const silent = `/ip4/127.0.0.1/tcp/${await silentPort()}/ws/p2p/${id}`;
    expect(await codeOf(openLine([silent], { milliseconds: 300 }))).toBe('timeout');
    const signal = AbortSignal.timeout(100);
    expect(await codeOf(openLine([silent], { ...WITHIN, signal }))).toBe('aborted');
  });

  it.each([
    ['names no peer', (address: string) => address.replace(/\/p2p\/.*/, '')],
    ['is of another transport', (address: string) => address.replace('/ws/', '/')],
    ['is none', () => 'ws://127.0.0.1:1'],
  ])('is not tried where the address %s', async (_, change) => {
    const address = change(addressOf(await openPeer()));
    expect(await codeOf(openLine([address], WITHIN))).toBe('bad-address');
  });
});
