import { Bool, Field, Gadgets, Provable } from 'o1js';
import { describe, expect, it } from 'vitest';
import { acceptedFaults } from '../../circuit/faults.ts';
import { runAndCheckGates } from '../../circuit/gates.ts';
import {
  recordWitnesses,
  withFaultyWitness,
  witness,
} from '../../../contracts/provable/witness.ts';

const Pair = Provable.Array(Field, 2);
const increment = (fields: bigint[]): bigint[] => fields.map((x) => x + 1n);

describe('a witness', () => {
  it('is the computed value, with the constraints of its type', async () => {
    await Provable.runAndCheck(() => {
      witness('a', Field, () => Field(7)).assertEquals(7);
      witness('b', Bool, () => Bool(true)).assertTrue();
    });
    const notABool = (): void => void witness('b', Bool, () => Bool(true));
    await expect(
      withFaultyWitness('b', increment, () => Provable.runAndCheck(notABool))
    ).rejects.toThrow('Constraint unsatisfied');
  });

  it('C1: is replaced where the label and the occurrence match, and only while the run lasts', async () => {
    const seen: string[] = [];
    const circuit = (): void => {
      for (const label of ['a', 'b', 'a']) {
        const x = witness(label, Pair, () => [Field(1), Field(2)]);
        Provable.asProver(() => seen.push(`${label}${x.join('')}`));
      }
    };
    const run = (): Promise<void> => Provable.runAndCheck(circuit);
    await withFaultyWitness('a', increment, run, { occurrence: 1 });
    await expect(
      withFaultyWitness('b', increment, async () => {
        await run();
        throw Error('late');
      })
    ).rejects.toThrow('late');
    await run();
    expect(seen.join(' ')).toBe('a12 b12 a23 a12 b23 a12 a12 b12 a12');
  });

  it('C1: has to exist to be replaced, so that no test passes for nothing', async () => {
    await expect(withFaultyWitness('none', increment, () => undefined)).rejects.toThrow(
      '0 witnesses'
    );
  });

  it('C1: is recorded with its label, count and size', async () => {
    const records = await recordWitnesses(() => {
      witness('a', Field, () => Field(1));
      witness('b', Pair, () => [Field(1), Field(2)]);
      witness('a', Field, () => Field(1));
    });
    expect(records).toEqual([
      { label: 'a', occurrences: 2, size: 1 },
      { label: 'b', occurrences: 1, size: 2 },
    ]);
  });

  it('C1: that nothing constrains is found out', async () => {
    const unbound = (): Field[] => [witness('free', Field, () => Field(3))];
    const bound = (): Field[] => {
      const x = witness('bound', Field, () => Field(3));
      x.assertEquals(3);
      return [x];
    };
    expect((await acceptedFaults(unbound)).forged).toHaveLength(7);
    expect(await acceptedFaults(bound)).toEqual({ forged: [], harmless: [] });
    expect((await acceptedFaults(() => unbound().slice(1))).harmless).toEqual(['free']);
  });
});

describe('checking gates', () => {
  const variable = (x: bigint): Field => Provable.witness(Field, () => Field(x));

  it('C1: refuses what runAndCheck lets through', async () => {
    const circuits = [
      () => {
        Gadgets.rangeCheck3x12(variable(4096n), variable(0n), variable(0n));
      },
      () => {
        Gadgets.rangeCheck64(variable(1n << 64n));
      },
    ];
    for (const circuit of circuits) {
      await Provable.runAndCheck(circuit);
      await expect(runAndCheckGates(circuit)).rejects.toThrow('Constraint unsatisfied');
    }
  });

  it('knows the rows of numbers beyond 64 bits', async () => {
    const limbs = [(1n << 88n) - 1n, 0x123456789abcdef0123456n, 5n] as const;
    const variables = (xs: readonly bigint[]): [Field, Field, Field] =>
      xs.map(variable) as [Field, Field, Field];
    const p = (1n << 255n) - 19n;
    await runAndCheckGates(() => {
      Gadgets.multiRangeCheck(variables(limbs));
      Gadgets.ForeignField.sum([variables(limbs), variables([1n, 2n, 3n])], [-1n], p);
    });
    for (const i of [0, 1, 2])
      await expect(
        runAndCheckGates(() => Gadgets.multiRangeCheck(variables(limbs.with(i, 1n << 88n))))
      ).rejects.toThrow('Constraint unsatisfied');
  });

  it('accepts what is right, and lets go of o1js afterwards', async () => {
    await runAndCheckGates(() => {
      Gadgets.rangeCheck3x12(variable(4095n), variable(0n), variable(7n));
      Gadgets.rangeCheck64(variable((1n << 64n) - 1n));
      Gadgets.xor(variable(0xffff0000n), variable(0x0ff00ff0n), 32).assertEquals(0xf00f0ff0n);
    });
    await Provable.runAndCheck(() => void Gadgets.rangeCheck64(variable(1n << 70n)));
  });
});
