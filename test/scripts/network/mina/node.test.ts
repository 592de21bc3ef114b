import { initializeBindings } from 'o1js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { MinaNode } from '../../../../scripts/network/mina/node.ts';

const SLOT = 1000;

beforeAll(async () => {
  await initializeBindings();
});

describe('slots', () => {
  it('follow the clock from what was advanced, also after a restart, and never go back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mina-node-'));
    let time = 5_000_000;
    const open = (): Promise<MinaNode> =>
      MinaNode.open({ folder, blockTime: 0, slotTime: SLOT, now: () => time });
    let node = await open();
    expect(node.slot()).toBe(0);
    time += 3 * SLOT + 999;
    expect(node.slot()).toBe(3);
    expect((await node.advanceSlots(10)).slot).toBe(13);
    await node.close();

    node = await open();
    expect(node.slot()).toBe(13);
    time += 5 * SLOT;
    expect((await node.produceBlock()).slot).toBe(18);
    time -= 60 * SLOT;
    expect((await node.produceBlock()).slot).toBe(18);
    expect((await node.advanceSlots(1)).slot).toBe(19);
    for (const wrong of [0, -1, 0.5, 2 ** 32])
      await expect(node.advanceSlots(wrong)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await node.close();
    rmSync(folder, { recursive: true });
  });
});

describe('forks', () => {
  it('R5: can go back to the genesis block but not past it, and hash otherwise each time', async () => {
    const node = await MinaNode.open({ blockTime: 0 });
    for (let i = 0; i < 3; i++) await node.produceBlock();
    const hashes = node.view.blocks.map(({ stateHash }) => stateHash);
    await expect(node.reorg(4, { reapply: true })).rejects.toMatchObject({
      code: 'REORG_TOO_DEEP',
    });
    expect((await node.reorg(3, { reapply: true })).height).toBe(5);
    const [genesis, ...rest] = node.view.blocks.map(({ stateHash }) => stateHash);
    expect(genesis).toBe(hashes[0]);
    expect(rest.filter((hash) => hashes.includes(hash))).toEqual([]);
    node.view.blocks.slice(1).forEach((block, i) => {
      expect(block.previousStateHash).toBe(node.view.blocks[i]!.stateHash);
    });
    await node.close();
  });
});
