import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBytes } from '../../../../web/components/byte-size.ts';
import { formatDuration } from '../../../../web/components/duration.ts';
import { laneOf } from '../../../../web/components/timeline/lane.ts';

describe('a timeline', () => {
  it('puts phases one after another, as long as they took', () => {
    const phases = [{ milliseconds: 3_000n }, { milliseconds: 1_000n }];
    expect(laneOf(phases, 0)).toEqual({ left: '0.00%', width: '75.00%' });
    expect(laneOf(phases, 1)).toEqual({ left: '75.00%', width: '25.00%' });
  });

  it('shows even a phase that took no time, and none beyond the edge', () => {
    const phases = fc.array(fc.record({ milliseconds: fc.bigInt(0n, 2n ** 40n) }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(phases, (all) => {
        for (const index of all.keys()) {
          const { left, width } = laneOf(all, index);
          expect(parseFloat(width)).toBeGreaterThan(0.5);
          expect(parseFloat(left)).toBeGreaterThanOrEqual(0);
          expect(parseFloat(left) + parseFloat(width)).toBeLessThanOrEqual(100.02);
        }
      })
    );
  });
});

describe('lengths and sizes', () => {
  it('are written as people read them', () => {
    expect([0n, 840_999_999n, 1_240_000_000n, 59_999_000_000n].map(formatDuration)).toEqual([
      '0 ms',
      '840 ms',
      '1.24 s',
      '59.99 s',
    ]);
    expect(formatDuration(185_000_000_000n)).toBe('3 min 05 s');
    expect(formatDuration(7_620_000_000_000n)).toBe('2 h 07 min');
    expect([0, 1, 1023, 1024, 1536, 104_857_600, 2 ** 40].map(formatBytes)).toEqual([
      '0 bytes',
      '1 byte',
      '1023 bytes',
      '1.0 KiB',
      '1.5 KiB',
      '100 MiB',
      '1.0 TiB',
    ]);
  });
});
