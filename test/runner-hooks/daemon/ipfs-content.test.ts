import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { rawCidOfBlock } from '../../../contracts/formats/cid.ts';
import { type IpfsNode, openNode } from '../../../ipfs/node.ts';
import { contentOn } from '../../../runner-hooks/daemon/ipfs-content.ts';

let folder: string;
let node: IpfsNode;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'runproof-content-'));
  node = await openNode({ folder: join(folder, 'node'), listen: [] });
});
afterEach(async () => {
  await node.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('I5: what the daemon publishes stays through a collection', async () => {
  const content = contentOn(node);
  const result = join(folder, 'result');
  await mkdir(join(result, 'outputs'), { recursive: true });
  await writeFile(join(result, 'outputs', 'a.bin'), Buffer.alloc(1_500_000, 7));
  const root = await content.publish(result, {});
  expect(root.toString()).toBe((await content.rootOf(result, {})).toString());
  const block = new TextEncoder().encode('a receipt');
  await content.put(rawCidOfBlock(block), block, {});
  const stray = new TextEncoder().encode('nobody pinned this');
  await node.store.put(rawCidOfBlock(stray), stray);
  expect((await node.pins.collect()).deleted).toBe(1);
  expect(await node.store.has(root)).toBe(true);
  expect(await content.get(rawCidOfBlock(block), {})).toEqual(block);
});
