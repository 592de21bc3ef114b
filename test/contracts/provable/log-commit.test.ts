import { randomBytes } from 'node:crypto';
import { Field, Provable, UInt32 } from 'o1js';
import { describe, expect, it } from 'vitest';
import { acceptedFaults, accepts } from '../../circuit/faults.ts';
import { runAndCheckGates } from '../../circuit/gates.ts';
import {
  encodeLogCommit,
  headField,
  objectId,
  type LogCommit,
} from '../../../contracts/formats/log-commit.ts';
import { hexOfWord } from '../../../contracts/provable/hex.ts';
import { commitId, decimalDigits, wordsOfHead } from '../../../contracts/provable/log-commit.ts';

const variable = (x: Field | bigint): Field => Provable.witness(Field, () => Field(x));
const time = (x: number): UInt32 => Provable.witness(UInt32, () => UInt32.from(x));
const constants = (bytes: Buffer): Field[] =>
  Array.from({ length: bytes.length / 4 }, (_, i) => Field(bytes.readUInt32BE(4 * i)));
const idOf = (commit: LogCommit): bigint => headField(objectId(encodeLogCommit(commit)));
const hex = (bytes: number): string => randomBytes(bytes).toString('hex');

const idInCircuit = (commit: LogCommit): Field =>
  commitId(
    variable(headField(commit.parent)),
    constants(Buffer.from(commit.tree, 'hex')).map(variable),
    time(commit.time),
    constants(Buffer.from(commit.receipt)).map(variable)
  );

describe('the id of a log commit in a circuit', () => {
  it('is that of the object as git hashes it', async () => {
    const commits: LogCommit[] = [
      { tree: hex(20), parent: hex(20), time: 1_795_200_000, receipt: randomBytes(32) },
      { tree: '0'.repeat(40), parent: '0'.repeat(40), time: 1e9, receipt: new Uint8Array(32) },
      {
        tree: 'f'.repeat(40),
        parent: 'f'.repeat(40),
        time: 2 ** 32 - 1,
        receipt: new Uint8Array(32).fill(255),
      },
    ];
    const [random, ...extremes] = commits;
    await runAndCheckGates(() => idInCircuit(random!).assertEquals(idOf(random!)));
    for (const { parent, tree, time, receipt } of extremes) {
      const id = commitId(
        Field(headField(parent)),
        constants(Buffer.from(tree, 'hex')),
        UInt32.from(time),
        constants(Buffer.from(receipt))
      );
      expect(id.toBigInt()).toBe(idOf({ parent, tree, time, receipt }));
    }
  });

  it('O3: is not made of a head beyond 160 bits, nor of a tree or receipt beyond a word', () => {
    const [tree, receipt] = [constants(randomBytes(20)), constants(randomBytes(32))];
    const at = UInt32.from(1_795_200_000);
    const big = Field(1n << 32n);
    expect(() => commitId(Field(1n << 160n), tree, at, receipt)).toThrow();
    expect(() => commitId(Field(1), tree.with(0, big), at, receipt)).toThrow();
    expect(() => commitId(Field(1), tree, at, receipt.with(7, big))).toThrow();
    expect(() => commitId(Field((1n << 160n) - 1n), tree, at, receipt)).not.toThrow();
  });

  it('O1: spells its parent in one way, whatever the prover puts for the words', async () => {
    for (const head of [headField(hex(20)), 0n, (1n << 160n) - 1n])
      expect(
        await acceptedFaults(() => wordsOfHead(variable(head)).flatMap(hexOfWord), {
          occurrences: 1,
        })
      ).toEqual({ forged: [], harmless: ['rangeCheck12.packed'] });
  });

  it('O1: borrows nothing between the words of its parent', async () => {
    const circuit = (): void => void wordsOfHead(variable(5n << 128n)).flatMap(hexOfWord);
    const borrow = ([first, second, ...rest]: bigint[]): bigint[] => [
      first! - 1n,
      second! + (1n << 32n),
      ...rest,
    ];
    expect(await accepts(circuit, 'commit.parent', borrow)).toBe(false);
  });
});

describe('the time of a commit in a circuit', () => {
  const ascii = (x: number): Field[] => Array.from(String(x), (c) => Field(c.charCodeAt(0)));

  it('is ten decimal digits', async () => {
    for (const x of [1_000_000_000, 1_795_200_039, 2 ** 32 - 1])
      await runAndCheckGates(() =>
        decimalDigits(time(x)).forEach((char, i) => char.assertEquals(ascii(x)[i]!))
      );
  });

  it('O2: has no leading zero, so every commit has the same length', async () => {
    for (const x of [0, 999_999_999])
      await expect(runAndCheckGates(() => void decimalDigits(time(x)))).rejects.toThrow();
  });

  it('O1: has one spelling, whatever the prover puts for the digits', async () => {
    for (const x of [1_000_000_000, 1_999_999_999, 2 ** 32 - 1])
      expect(await acceptedFaults(() => decimalDigits(time(x)))).toEqual({
        forged: [],
        harmless: [],
      });
  });

  it('O1: borrows nothing between digits', async () => {
    const circuit = (): void => void decimalDigits(time(2_000_000_005));
    const ten = (digits: bigint[]): bigint[] =>
      digits.with(0, digits[0]! - 1n).with(1, digits[1]! + 10n);
    const negative = (digits: bigint[]): bigint[] =>
      digits.with(8, digits[8]! + 1n).with(9, digits[9]! - 10n);
    for (const borrow of [ten, negative])
      expect(await accepts(circuit, 'commit.time', borrow)).toBe(false);
  });
});
