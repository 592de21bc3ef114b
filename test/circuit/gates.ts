import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Provable } from 'o1js';
import './backend.ts';

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
async function runAndCheckGates(circuit: () => void): Promise<void> {
  const { Snarky } = await bindings();
  const original = Snarky.gates;
  let rest: bigint[] | undefined;

  const read = (vars: unknown[]): bigint[] => vars.map((x) => Snarky.field.readVar(x)[1]);
  const check = (vars: unknown[], holds: (values: bigint[]) => boolean, gate: string): void =>
    Snarky.run.asProver(() => {
      if (!holds(read(vars))) throw Error(`Constraint unsatisfied: ${gate} row`);
    });
  const continues = (row: unknown[]): void => {
    const expected = rest;
    rest = undefined;
    if (expected !== undefined)
      check(
        row,
        (values) => expected.every((value, i) => value === values[i]),
        'the row after a xor'
      );
  };

  const list = (ml: unknown): unknown[] => (ml as unknown[]).slice(1);
  const isMet: Record<string, (cells: unknown[]) => void> = {
    lookup: ([input]) => check(list(input), isLookup, 'lookup'),
    rangeCheck0: ([v, limbs, crumbs]) =>
      check([v, ...list(limbs), ...list(crumbs)], isRangeCheck0, 'range-check'),
    xor: (cells) => {
      continues(cells.slice(0, 3));
      check(cells, isXor, 'xor');
      Snarky.run.asProver(() => {
        rest = read(cells.slice(0, 3)).map((x) => x >> 16n);
      });
    },
    raw: ([kind, values]) => {
      if (kind !== ZERO) throw Error(`runAndCheckGates does not know raw gate ${String(kind)}`);
      continues(list(values).slice(0, 3));
    },
  };
  for (const gate of ['rangeCheck1', 'rotate', 'foreignFieldAdd', 'foreignFieldMul'])
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
