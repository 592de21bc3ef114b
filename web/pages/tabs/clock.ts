import { type Accessor, createMemo } from 'solid-js';
import type { ChainStatus } from '../../store/chain.ts';
import type { SlotClock } from '../../components/slot-clock.ts';

export { createSlotClock };

/** A clock from the newest slot that the node has told, seen when it told it first. */
const createSlotClock = (chain: Accessor<ChainStatus>): Accessor<SlotClock | undefined> =>
  createMemo<SlotClock | undefined>((before) => {
    const status = chain();
    if (status.kind !== 'ok' && status.kind !== 'behind') return before;
    const { slot, slotMilliseconds } = status;
    return before?.slot === slot && before.slotMilliseconds === slotMilliseconds
      ? before
      : { slot, slotMilliseconds, at: Date.now() };
  });
