import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Field, Provable } from 'o1js';

export { runAndCheckGates };

/** Kimchi's number of the gate that constrains nothing. */
const ZERO = 0;

/**
 * `Provable.runAndCheck` evaluates generic gates and equalities, but accepts whatever stands in a
 * lookup, range-check or xor row (tried: it takes 5000 for a 12-bit number). Faulty witnesses need
 * those rows checked too, so this evaluates them as the proof system defines them
 * (https://o1-labs.github.io/proof-systems/specs/kimchi.html) while `circuit` runs. A proof test
 * holds it against the real prover.
 */
async function runAndCheckGates(circuit: () => void | Promise<void>): Promise<void> {
  const { Snarky } = await bindings();
  const original = Snarky.gates;
  /** What the last row asks of the first three cells of the next one. */
  let asksNext: ((cells: bigint[]) => boolean) | undefined;

  const read = (vars: unknown[]): bigint[] => vars.map((x) => Snarky.field.readVar(x)[1]);
  const check = (vars: unknown[], holds: (values: bigint[]) => boolean, gate: string): void =>
    Snarky.run.asProver(() => {
      if (!holds(read(vars))) throw Error(`Constraint unsatisfied: ${gate} row`);
    });
  const checkNext = (row: unknown[]): void => {
    const holds = asksNext;
    asksNext = undefined;
    if (holds !== undefined) check(row, holds, 'the row after a xor or foreign addition');
  };

  const list = (ml: unknown): unknown[] => (ml as unknown[]).slice(1);
  const isMet: Record<string, (cells: unknown[]) => void> = {
    lookup: ([input]) => check(list(input), isLookup, 'lookup'),
    rangeCheck0: ([v, limbs, crumbs]) =>
      check([v, ...list(limbs), ...list(crumbs)], isRangeCheck0, 'range-check'),
    rangeCheck1: ([v, compact, row, next]) => {
      check([compact], ([x]) => x === 0n, 'compact range-check');
      check([v, ...list(row), ...list(next)], isRangeCheck1, 'range-check');
    },
    xor: (cells) => {
      checkNext(cells.slice(0, 3));
      check(cells, isXor, 'xor');
      Snarky.run.asProver(() => {
        const rest = read(cells.slice(0, 3)).map((x) => x >> 16n);
        asksNext = (next) => rest.every((x, i) => x === next[i]);
      });
    },
    foreignFieldAdd: ([left, right, overflow, carry, modulus, sign]) => {
      checkNext(list(left));
      const [f, s] = [constants(list(modulus)), constants([sign])[0]!];
      Snarky.run.asProver(() => {
        const row = read([...list(left), ...list(right), overflow, carry]);
        asksNext = (next) => isForeignSum(row, next, f, s);
      });
    },
    raw: ([kind, values]) => {
      if (kind !== ZERO) throw Error(`runAndCheckGates does not know raw gate ${String(kind)}`);
      checkNext(list(values).slice(0, 3));
    },
  };
  for (const gate of ['rotate', 'foreignFieldMul'])
    isMet[gate] = () => {
      throw Error(`runAndCheckGates does not know ${gate}`);
    };
  const checked = Object.entries(isMet).map(([gate, met]) => [
    gate,
    (...cells: unknown[]) => {
      met(cells);
      original[gate]!(...cells);
    },
  ]);
  Snarky.gates = { ...original, ...(Object.fromEntries(checked) as typeof original) };
  try {
    await Provable.runAndCheck(circuit);
  } finally {
    Snarky.gates = original;
  }
}

const constants = (values: unknown[]): bigint[] => values.map((x) => (x as [0, bigint])[1]);

/** Table 1 holds (x, 0) for x < 2^12. Table 0 holds nibbles with their xor, of which a lookup row sees 0. */
function isLookup([table, ...pairs]: bigint[]): boolean {
  return [0, 2, 4].every((i) => {
    const [index, value] = [pairs[i]!, pairs[i + 1]!];
    if (table === 1n) return index < 4096n && value === 0n;
    if (table === 0n) return index < 16n && value === index;
    throw Error(`runAndCheckGates does not know lookup table ${table}`);
  });
}

/** v, six limbs of 12 bits from bit 76 downwards, eight of 2 bits from bit 14 downwards. */
function isRangeCheck0([v, ...parts]: bigint[]): boolean {
  const shifts = [76n, 64n, 52n, 40n, 28n, 16n, 14n, 12n, 10n, 8n, 6n, 4n, 2n, 0n];
  const fits = parts.every((part, i) => part < (i < 6 ? 4096n : 4n));
  return fits && v === parts.reduce((sum, part, i) => sum + (part << shifts[i]!), 0n);
}

/**
 * v, a row's parts from bit 86 downwards (2, four times 12, eight times 2 bits), and the next row's:
 * 20 to 16, then limbs of the two rows before, which those rows are checked for, then 14 to 0.
 */
function isRangeCheck1([v, ...parts]: bigint[]): boolean {
  const own = [...parts.slice(0, 16), ...parts.slice(20)];
  const limbs = [74n, 62n, 50n, 38n];
  const crumbs = Array.from({ length: 19 }, (_, i) => BigInt(36 - 2 * i));
  const shifts = [86n, ...limbs, ...crumbs];
  const fits = own.every((part, i) => part < (i >= 1 && i <= 4 ? 4096n : 4n));
  return fits && v === own.reduce((sum, part, i) => sum + (part << shifts[i]!), 0n);
}

/** left + sign·right - overflow·f in three limbs of 88 bits, the lower two taken together. */
function isForeignSum(row: bigint[], result: bigint[], f: bigint[], sign: bigint): boolean {
  const [l0, l1, l2, r0, r1, r2, overflow, carry] = row.map(Field) as [Field, ...Field[]];
  const low = (x0: Field | bigint, x1: Field | bigint): Field =>
    Field(x1)
      .mul(1n << 88n)
      .add(x0);
  const sum = (left: Field, right: Field, modulus: Field): Field =>
    left.add(right.mul(sign)).sub(overflow!.mul(modulus));
  return [
    [
      sum(low(l0, l1!), low(r0!, r1!), low(f[0]!, f[1]!)).sub(carry!.mul(1n << 176n)),
      low(result[0]!, result[1]!),
    ],
    [sum(l2!, r2!, Field(f[2]!)).add(carry!), Field(result[2]!)],
    [overflow!.mul(overflow!.sub(sign)), Field(0)],
    [carry!.mul(carry!.square().sub(1)), Field(0)],
  ].every(([x, y]) => x!.toBigInt() === y!.toBigInt());
}

/** in1, in2, out, then four nibbles of each, lowest first; what lies above is up to the next row. */
function isXor([in1, in2, out, ...nibbles]: bigint[]): boolean {
  const join16 = (from: number): bigint =>
    nibbles.slice(from, from + 4).reduce((sum, n, i) => sum + (n << BigInt(4 * i)), 0n);
  const isLow = (x: bigint, from: number): boolean => (x & 0xffffn) === join16(from);
  return (
    nibbles.every((n) => n < 16n) &&
    [0, 1, 2, 3].every((i) => (nibbles[i]! ^ nibbles[4 + i]!) === nibbles[8 + i]) &&
    isLow(in1!, 0) &&
    isLow(in2!, 4) &&
    isLow(out!, 8)
  );
}

interface Bindings {
  initializeBindings: () => Promise<void>;
  Snarky: {
    gates: Record<string, (...cells: unknown[]) => void>;
    field: { readVar: (x: unknown) => [0, bigint] };
    run: { asProver: (f: () => void) => void };
  };
}

/** o1js does not export its bindings; by its path, the same module instance comes. */
async function bindings(): Promise<Bindings> {
  const root = resolve(import.meta.dirname, '../..');
  const path = join(root, 'node_modules/o1js/dist/node/bindings.js');
  const module = (await import(pathToFileURL(path).href)) as Bindings;
  await module.initializeBindings();
  return module;
}
