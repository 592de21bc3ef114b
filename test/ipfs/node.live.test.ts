import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { fetchTree } from '../../ipfs/fetch.ts';
import { type IpfsNode, type NodeOptions, openNode } from '../../ipfs/node.ts';
import { publishDirectory } from '../../ipfs/publish.ts';
import { putBlock } from '../../ipfs/store.ts';
import { folders } from './folder.ts';
import { codeOf, MemoryStore, text } from './memory.ts';

const folder = folders();
const nodes: IpfsNode[] = [];
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
});

async function open(options: Partial<NodeOptions> = {}): Promise<IpfsNode> {
  const node = await openNode({ folder: await folder(), listen: [], ...options });
  nodes.push(node);
  return node;
}
const TCP = ['/ip4/127.0.0.1/tcp/0'];
const WS = ['/ip4/127.0.0.1/tcp/0/ws'];

describe('two nodes', () => {
  it.each([
    ['TCP', TCP],
    ['WebSockets', WS],
  ])('pass a directory from one to the other over %s', async (_, listen) => {
    const source = await folder();
    await mkdir(join(source, 'perf'));
    await writeFile(join(source, 'perf/stat.json'), '{}');
    await writeFile(join(source, 'out.bin'), Buffer.alloc(2_500_000, 9));
    const [a, b] = await Promise.all([open({ listen }), open()]);
    const { cid } = await publishDirectory(source, a.store);
    await b.dial(a.peerAddresses()[0]!);
    const target = join(await folder(), 'target');
    await fetchTree(cid, target, b.source);
    expect(await readFile(join(target, 'perf/stat.json'), 'utf8')).toBe('{}');
    expect((await stat(join(target, 'out.bin'))).size).toBe(2_500_000);
    // It stays: the second node serves it without the first.
    expect(await b.store.has(cid)).toBe(true);
  });

  it('find each other through bootstrap, and pin over the wire', async () => {
    const a = await open({ listen: TCP });
    const b = await open({ bootstrap: a.peerAddresses() });
    const cid = await putBlock(text('over the wire'), a.store);
    await expect.poll(() => b.peers(), { timeout: 10_000 }).toEqual([a.peerId]);
    await b.pins.pin(cid, { source: b.source });
    expect(await b.pins.isPinned(cid)).toBe(true);
    expect(Buffer.from(await b.store.get(cid)).toString()).toBe('over the wire');
  });

  it('give a block to a peer who asked before it was there', async () => {
    const [a, b] = await Promise.all([open({ listen: TCP }), open()]);
    await b.dial(a.peerAddresses()[0]!);
    const cid = await new MemoryStore().raw(text('later'));
    const waiting = b.source.get(cid);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await putBlock(text('later'), a.store);
    expect(Buffer.from(await waiting).toString()).toBe('later');
  });

  it('I5: give a block again to a peer who lost it', async () => {
    const [a, b] = await Promise.all([open({ listen: TCP }), open()]);
    await b.dial(a.peerAddresses()[0]!);
    const cid = await putBlock(text('again'), a.store);
    for (let i = 0; i < 3; i += 1) {
      expect(Buffer.from(await b.source.get(cid)).toString()).toBe('again');
      await b.store.delete(cid);
    }
  });

  it('say that a block is not there when time is up, or when the caller leaves', async () => {
    const [a, b] = await Promise.all([open({ listen: TCP }), open({ milliseconds: 150 })]);
    const cid = await new MemoryStore().raw(text('nowhere'));
    expect(await codeOf(b.source.get(cid))).toBe('unreachable'); // no peer yet
    await b.dial(a.peerAddresses()[0]!);
    expect(await codeOf(b.source.get(cid))).toBe('unreachable');
    expect(await codeOf(b.source.get(cid, { signal: AbortSignal.timeout(20) }))).toBe('aborted');
  });
});

describe('a node', () => {
  it('keeps its peer id and its blocks over a restart, in a folder for its owner', async () => {
    const at = await folder();
    const first = await openNode({ folder: at, listen: TCP });
    const cid = await putBlock(text('kept'), first.store);
    await first.stop();
    const second = await open({ folder: at, listen: TCP });
    expect(second.peerId).toBe(first.peerId);
    expect(await second.store.has(cid)).toBe(true);
    expect((await stat(at)).mode & 0o777).toBe(0o700);
  });

  it('dials nobody and asks no gateway unless told', async () => {
    const node = await open({ listen: TCP });
    expect(node.peers()).toEqual([]);
    expect(node.peerAddresses()).toHaveLength(1);
    expect(node.peerAddresses()[0]).toMatch(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/12D3/);
  });

  it('asks its gateways, and keeps what they gave', async () => {
    const cid = await new MemoryStore().raw(text('from afar'));
    let asked = 0;
    const server = createServer((_, response) => {
      asked += 1;
      response.end('from afar');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const node = await open({ gateways: [`http://127.0.0.1:${port}`] });
      await node.source.get(cid);
      await node.source.get(cid);
      expect(asked).toBe(1);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('refuses addresses that cannot be used', async () => {
    const node = await open();
    expect(await codeOf(node.dial('nonsense'))).toBe('bad-address');
    expect(await codeOf(node.dial('/ip4/127.0.0.1/tcp/1'))).toBe('unreachable');
    expect(await codeOf(open({ listen: ['nonsense'] }))).toBe('bad-address');
    expect(await codeOf(open({ bootstrap: ['nonsense'] }))).toBe('bad-address');
    expect(await codeOf(open({ gateways: ['nonsense'] }))).toBe('bad-address');
    expect(await codeOf(open({ folder: '/dev/null/x' }))).toBe('storage');
  });

  it('says that a listen address is taken', async () => {
    const a = await open({ listen: TCP });
    const [taken] = a.peerAddresses()[0]!.split('/p2p/');
    expect(await codeOf(open({ listen: [taken!] }))).toBe('unreachable');
  });
});
