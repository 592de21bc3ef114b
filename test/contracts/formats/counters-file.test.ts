import { describe, expect, it } from 'vitest';
import {
  type CountersFile,
  encodeCountersFile,
  parseCountersFile,
} from '../../../contracts/formats/counters-file.ts';
import { encodeJson } from '../../../contracts/formats/json.ts';

const FILE: CountersFile = {
  counters: [
    { name: 'task-clock', unit: 'ns', value: 2n ** 63n },
    { name: 'cycles', unit: 'count', value: undefined },
  ],
  phases: [{ name: 'build', counters: [{ name: 'task-clock', unit: 'ns', value: 7n }] }],
};
const json = encodeCountersFile(FILE) as Record<string, unknown>;

describe('the counters of a result', () => {
  it('come back as they were written, unsupported ones included', () => {
    expect(parseCountersFile(encodeJson(json))).toEqual(FILE);
  });

  it.each([
    ['another version', { version: 2 }],
    ['an unknown field', { more: 1 }],
    ['a number that is none', { counters: [{ name: 'cycles', unit: 'count', value: '-1' }] }],
    ['a number beyond 64 bits', { counters: [{ name: 'a', unit: 'b', value: String(2n ** 64n) }] }],
    ['a name with markup', { counters: [{ name: '<b>', unit: 'count', value: '1' }] }],
    ['five phases', { phases: Array(5).fill({ name: 'a', counters: [] }) }],
  ])('are refused with %s', (_, change) => {
    expect(() => parseCountersFile(encodeJson({ ...json, ...change }))).toThrow(
      expect.objectContaining({ code: 'SHAPE' })
    );
  });
});
