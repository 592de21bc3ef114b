import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  OPENING_WINDOW,
  type SequenceWindow,
  WINDOW_SIZE,
} from '../../../contracts/formats/window.ts';
import {
  admit,
  admits,
  describeWindow,
  packWindow,
  unpackWindow,
} from '../../../contracts/formats/window.ts';
import vector from '../../vectors/state.json' with { type: 'json' };
import { uint, uint32 } from './arbitrary.ts';
import { refusal } from './refusal.ts';

const window: fc.Arbitrary<SequenceWindow> = fc.record({
  top: uint32,
  map: uint(63).map((rest) => rest * 2n + 1n),
});

/** The rule in other words: remember everything, and look back 63. */
class Model {
  readonly settled = new Set([0]);
  top = 0;

  admits(sequence: number): boolean {
    return sequence > this.top - WINDOW_SIZE && !this.settled.has(sequence);
  }

  admit(sequence: number): void {
    this.settled.add(sequence);
    this.top = Math.max(this.top, sequence);
  }
}

describe('the sequence window', () => {
  it('C5: admits what a plain set of settled numbers admits', () => {
    const step = fc.oneof(
      fc.nat(130),
      fc.nat(400),
      fc.constantFrom(62, 63, 64, 65, 127, 128, 129, 1000, 2 ** 32 - 64, 2 ** 32 - 1)
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (sequences) => {
        const model = new Model();
        let current = OPENING_WINDOW;
        for (const sequence of sequences) {
          expect(admits(current, sequence)).toBe(model.admits(sequence));
          if (!model.admits(sequence)) {
            expect(refusal(() => admit(current, sequence))).toBe('RANGE');
            continue;
          }
          model.admit(sequence);
          current = admit(current, sequence);
          expect(current.top).toBe(model.top);
        }
      }),
      { numRuns: 200 }
    );
  });

  it('C5: settles no number twice, and no number but once out of order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(Array.from({ length: 63 }, (_, i) => i + 1)), (order) => {
        const end = order.reduce((current, sequence) => admit(current, sequence), OPENING_WINDOW);
        for (const sequence of order) expect(admits(end, sequence)).toBe(false);
      })
    );
  });

  it('looks back 63 numbers and not 64', () => {
    const later = admit(OPENING_WINDOW, 100);
    expect([admits(later, 37), admits(later, 36)]).toEqual([true, false]);
    expect(admit(later, 37).map >> 63n).toBe(1n);
  });

  it('keeps the opening’s number 0 settled until it falls out', () => {
    expect(admits(OPENING_WINDOW, 0)).toBe(false);
    expect(admits(admit(OPENING_WINDOW, 63), 0)).toBe(false);
    expect(admit(OPENING_WINDOW, 63).map).toBe((1n << 63n) | 1n);
    expect(admit(OPENING_WINDOW, 64).map).toBe(1n);
  });

  it('C11: refuses what is not an unsigned 32-bit number', () => {
    for (const odd of [-1, -63, 0.5, NaN, Infinity, 2 ** 32]) {
      expect(admits(OPENING_WINDOW, odd)).toBe(false);
      expect(refusal(() => admit(OPENING_WINDOW, odd))).toBe('RANGE');
    }
    expect(admit(OPENING_WINDOW, 2 ** 32 - 1)).toEqual({ top: 2 ** 32 - 1, map: 1n });
  });
});

describe('a packed window', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(window, (given) => {
        expect(unpackWindow(packWindow(given))).toEqual(given);
      })
    );
  });

  it('follows the committed steps', () => {
    let current = OPENING_WINDOW;
    for (const { after, packed } of vector.windows) {
      current = admit(current, after);
      expect(packWindow(current).toString()).toBe(packed);
    }
  });

  it('I4: has bit 0 set and 96 bits', () => {
    expect(refusal(() => unpackWindow((1n << 96n) - 1n))).toBeUndefined();
    for (const packed of [0n, 2n, (1n << 96n) + 1n, -1n])
      expect(refusal(() => unpackWindow(packed))).toBe('RANGE');
  });
});

describe('a window in words', () => {
  const settling = (...numbers: readonly number[]): string =>
    describeWindow(numbers.reduce((window, number) => admit(window, number), OPENING_WINDOW));

  it('names the numbers that are settled, and how far back it tells', () => {
    expect(settling()).toBe('none');
    expect(settling(1)).toBe('1');
    expect(settling(2, 1, 3, 5)).toBe('1–3, 5');
    expect(settling(1, 2, 100, 98)).toBe('98, 100');
    expect(settling(1, 2, 65)).toBe('2, 65');
  });
});
