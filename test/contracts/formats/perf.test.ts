import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DOMAIN } from '../../../contracts/formats/domain.ts';
import { fromText, halves } from '../../../contracts/formats/field.ts';
import {
  type Counter,
  PERF_DEPTH,
  PROFILE_INDEX,
  TASK_CLOCK,
} from '../../../contracts/formats/perf.ts';
import { counterLeaf, perfLevels, perfPath, perfRoot } from '../../../contracts/formats/perf.ts';
import { hash } from '../../../contracts/formats/poseidon.ts';
import vector from '../../vectors/body.json' with { type: 'json' };
import { note } from '../../vectors/sample.ts';
import { counters, digest } from './arbitrary.ts';
import { refusal } from './refusal.ts';

/** A verifier who knows one leaf, its place and its path. */
function climb(leaf: bigint, index: number, path: readonly bigint[]): bigint {
  return path.reduce(
    (node, sibling, height) =>
      (index >> height) & 1
        ? hash([DOMAIN.perfNode, sibling, node])
        : hash([DOMAIN.perfNode, node, sibling]),
    leaf
  );
}

const clock: Counter = { name: TASK_CLOCK, unit: 'ns', value: 1n };

describe('the perf tree', () => {
  it('is the committed vector', () => {
    expect(perfRoot(note.counters, note.profile).toString()).toBe(vector.body.perf);
    expect(note.counters.map((counter) => counterLeaf(counter).toString())).toEqual(vector.leaves);
    expect(perfPath(note.counters, note.profile, 0).map(String)).toEqual(vector.taskClockPath);
  });

  it('opens at every leaf, and only with that leaf in that place', () => {
    fc.assert(
      fc.property(counters(31), digest, fc.nat(31), (given, profile, index) => {
        const root = perfRoot(given, profile);
        const [leaves] = perfLevels(given, profile) as [bigint[]];
        const path = perfPath(given, profile, index);
        expect(path).toHaveLength(PERF_DEPTH);
        expect(climb(leaves[index]!, index, path)).toBe(root);
        expect(climb(leaves[index]! + 1n, index, path)).not.toBe(root);
        if (leaves[index ^ 1] !== leaves[index])
          expect(climb(leaves[index]!, index ^ 1, path)).not.toBe(root);
      }),
      { numRuns: 5 }
    );
  });

  it('has counters from the left, the profile last and nothing between', () => {
    const [leaves] = perfLevels(note.counters, note.profile) as [bigint[]];
    expect(leaves).toHaveLength(32);
    expect(leaves.slice(0, 3)).toEqual(note.counters.map(counterLeaf));
    expect(leaves.slice(3, PROFILE_INDEX)).toEqual(Array<bigint>(28).fill(0n));
    expect(leaves[PROFILE_INDEX]).toBe(hash([DOMAIN.profile, ...halves(note.profile)]));
  });

  it('has the task clock in nanoseconds first', () => {
    const code = (...given: Counter[]) => refusal(() => perfRoot(given, note.profile));
    expect(code(clock)).toBeUndefined();
    expect(code()).toBe('SHAPE');
    expect(code({ ...clock, unit: 'ms' })).toBe('SHAPE');
    expect(code({ ...clock, name: 'cpu-clock' })).toBe('SHAPE');
    expect(code({ ...clock, name: 'cpu-clock' }, clock)).toBe('SHAPE');
  });

  it('takes 31 counters of different names', () => {
    const named = (count: number): Counter[] =>
      Array.from({ length: count }, (_, i) =>
        i === 0 ? clock : { name: `c${i}`, unit: 'count', value: 0n }
      );
    expect(refusal(() => perfRoot(named(31), note.profile))).toBeUndefined();
    expect(refusal(() => perfRoot(named(32), note.profile))).toBe('RANGE');
    expect(refusal(() => perfRoot([clock, clock], note.profile))).toBe('SHAPE');
    for (const index of [-1, 32, 0.5])
      expect(refusal(() => perfPath([clock], note.profile, index))).toBe('RANGE');
  });
});

describe('a counter’s leaf', () => {
  it('is Poseidon over name, unit, value and support', () => {
    expect(counterLeaf(clock)).toBe(
      hash([DOMAIN.counter, fromText('task-clock'), fromText('ns'), 1n, 1n])
    );
  });

  it('tells unsupported from zero', () => {
    expect(counterLeaf({ ...clock, value: undefined })).not.toBe(
      counterLeaf({ ...clock, value: 0n })
    );
  });

  it('has 64 bits of value and printable names', () => {
    expect(refusal(() => counterLeaf({ ...clock, value: 2n ** 64n - 1n }))).toBeUndefined();
    expect(refusal(() => counterLeaf({ ...clock, value: 2n ** 64n }))).toBe('RANGE');
    expect(refusal(() => counterLeaf({ ...clock, value: -1n }))).toBe('RANGE');
    expect(refusal(() => counterLeaf({ ...clock, name: '' }))).toBe('ENCODING');
    expect(refusal(() => counterLeaf({ ...clock, unit: 'µs' }))).toBe('ENCODING');
  });
});
