import { Field, Provable, UInt32 } from 'o1js';
import { describe, expect, it } from 'vitest';
import { acceptedFaults, accepts } from '../../circuit/faults.ts';
import { runAndCheckGates } from '../../circuit/gates.ts';
import {
  OPENING_WINDOW,
  admit as reference,
  admits,
  packWindow,
  type SequenceWindow,
} from '../../../contracts/formats/window.ts';
import { admit } from '../../../contracts/provable/window.ts';

const LAST = 2 ** 32 - 1;
const FULL = (1n << 64n) - 1n;
const variable = (x: bigint): Field => Provable.witness(Field, () => Field(x));
const sequenceOf = (x: number): UInt32 => Provable.witness(UInt32, () => UInt32.from(x));
const inCircuit = (window: SequenceWindow, sequence: number): Field =>
  admit(variable(packWindow(window)), sequenceOf(sequence));

const same = (window: SequenceWindow, sequence: number): void =>
  inCircuit(window, sequence).assertEquals(packWindow(reference(window, sequence)));

const sparse: SequenceWindow = { top: 1000, map: 0x8000_0000_1234_5671n & ~(1n << 63n) };

describe('the sequence window in a circuit', () => {
  it('is that of the formats at the edges of window and number', async () => {
    await runAndCheckGates(() => {
      for (const ahead of [1, 2, 63, 64, 65, 4096]) same(sparse, sparse.top + ahead);
      for (const behind of [1, 2, 63]) same({ top: 1000, map: 1n }, 1000 - behind);
      same({ top: 1000, map: FULL }, 1001);
      same({ top: 1000, map: FULL ^ (1n << 63n) }, 937);
      same(OPENING_WINDOW, LAST);
      same({ top: LAST, map: 1n }, LAST - 63);
      same({ top: LAST - 1, map: FULL }, LAST);
    });
  });

  it('is that of the formats along random sequences', async () => {
    let window = OPENING_WINDOW;
    const steps: { before: SequenceWindow; sequence: number }[] = [];
    while (steps.length < 40) {
      const sequence = Math.max(1, window.top + 12 - Math.floor(Math.random() * 40));
      if (!admits(window, sequence)) continue;
      steps.push({ before: window, sequence });
      window = reference(window, sequence);
    }
    await runAndCheckGates(() => {
      for (const { before, sequence } of steps) same(before, sequence);
    });
  });

  it('C5: refuses a number that is settled or has fallen out', async () => {
    const all = { top: 1000, map: FULL };
    const refused: [SequenceWindow, number][] = [
      [OPENING_WINDOW, 0],
      [sparse, sparse.top],
      [all, 999],
      [all, 937],
      [{ top: 1000, map: 1n }, 936],
      [{ top: 1000, map: 1n }, 0],
      [{ top: LAST, map: 1n }, 0],
    ];
    for (const [window, sequence] of refused) {
      expect(admits(window, sequence)).toBe(false);
      await expect(
        runAndCheckGates(() => void inCircuit(window, sequence)),
        `${sequence} after ${window.top}`
      ).rejects.toThrow();
    }
  });

  it('C5: refuses what has fallen out by its age alone, whatever the map says', async () => {
    const clear = { top: 1000, map: 2n };
    await runAndCheckGates(() => void inCircuit(clear, 937));
    await expect(runAndCheckGates(() => void inCircuit(clear, 936))).rejects.toThrow(
      'below the window'
    );
  });

  it('O1: refuses a field that is no packed window', async () => {
    for (const packed of [1n << 96n, Field.ORDER - 1n])
      await expect(
        runAndCheckGates(() => void admit(variable(packed), sequenceOf(7)))
      ).rejects.toThrow();
  });

  it('C1: moves to one place only, whatever the prover puts for a witness', async () => {
    for (const sequence of [937, 940, 1001, 1031, 1063, 1064, LAST])
      expect(
        await acceptedFaults(() => [
          inCircuit({ top: 1000, map: (1n << 62n) | 0x1235n }, sequence),
        ]),
        String(sequence)
      ).toEqual({ forged: [], harmless: [] });
  });

  it('C1: calls no settled number free by another split of the map', async () => {
    expect(admits(sparse, sparse.top - 4)).toBe(false);
    const circuit = (): void => void inCircuit(sparse, sparse.top - 4);
    const splits: Record<string, (above: bigint, bit: bigint) => [bigint, bigint]> = {
      'the bit alone': (above, bit) => [above, 1n - bit],
      'half of it into what is above': (above, bit) => [
        Field(2n * bit - 1n)
          .div(2)
          .add(above)
          .toBigInt(),
        1n - bit,
      ],
    };
    for (const [name, split] of Object.entries(splits))
      expect(
        await accepts(circuit, 'window.bit', ([above, bit]) => split(above!, bit!)),
        name
      ).toBe(false);
  });

  it('C1: keeps no bit that was shifted out, nor invents one', async () => {
    const circuit = (): void => void inCircuit({ top: 1000, map: (1n << 62n) | 1n }, 1010);
    const splits: Record<string, (kept: bigint, overflow: bigint) => [bigint, bigint]> = {
      'a bit carried back': (kept, overflow) => [kept + (1n << 64n), overflow - 1n],
      'a bit borrowed': (kept, overflow) => [kept - (1n << 64n), overflow + 1n],
      'another map and a fraction': (kept, overflow) => [
        kept ^ 2n,
        Field(kept - (kept ^ 2n))
          .div(1n << 64n)
          .add(overflow)
          .toBigInt(),
      ],
    };
    for (const [name, split] of Object.entries(splits))
      expect(
        await accepts(circuit, 'window.split', ([kept, over]) => split(kept!, over!)),
        name
      ).toBe(false);
  });
});
