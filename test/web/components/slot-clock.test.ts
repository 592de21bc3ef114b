import { describe, expect, it } from 'vitest';
import { endOfSlot, slotsFor, timeOfSlot } from '../../../web/components/slot-clock.ts';

const clock = { slot: 1_000, at: 1_800_000_000_000, slotMilliseconds: 180_000 };

describe('a slot clock', () => {
  it('tells when a slot begins, before and after the one that was seen', () => {
    expect(timeOfSlot(clock, 1_000)).toBe(clock.at);
    expect(timeOfSlot(clock, 1_020)).toBe(clock.at + 3_600_000);
    expect(timeOfSlot(clock, 999)).toBe(clock.at - 180_000);
  });

  it('counts the last slot whole', () => {
    expect(endOfSlot(clock, 1_000)).toBe(clock.at + 180_000);
  });

  it('takes as many slots as cover a time, and at least one', () => {
    expect(slotsFor(clock, 86_400_000)).toBe(480);
    expect(slotsFor(clock, 180_001)).toBe(2);
    expect(slotsFor(clock, 0)).toBe(1);
  });
});
