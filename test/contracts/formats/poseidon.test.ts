import { describe, expect, it } from 'vitest';
import { DOMAIN } from '../../../contracts/formats/domain.ts';
import { MODULUS } from '../../../contracts/formats/field.ts';
import { hash, hashIn } from '../../../contracts/formats/poseidon.ts';
import {
  FULL_ROUNDS,
  MDS,
  ROUND_CONSTANTS,
} from '../../../contracts/formats/poseidon-constants.ts';
import vectors from '../../vectors/poseidon.json' with { type: 'json' };
import { cpuMilliseconds } from './cpu-time.ts';
import { refusal } from './refusal.ts';

describe('Poseidon', () => {
  it('is the committed vectors', () => {
    for (const { input, hash: expected } of vectors)
      expect(hash(input.map(BigInt)).toString()).toBe(expected);
  });

  it('refuses what is not a field element', () => {
    for (const input of [[MODULUS], [-1n], [0n, MODULUS], [0n, 0n, -1n]])
      expect(refusal(() => hash(input))).toBe('RANGE');
  });

  it('has a prefix for each domain in front', () => {
    expect(hashIn('key', 1n, 2n)).toBe(hash([DOMAIN.key, 1n, 2n]));
  });

  it('has 55 rounds of three constants, all field elements', () => {
    expect(FULL_ROUNDS).toBe(55);
    expect(ROUND_CONSTANTS).toHaveLength(55);
    for (const row of [...ROUND_CONSTANTS, ...MDS]) {
      expect(row).toHaveLength(3);
      for (const element of row) expect(element > 0n && element < MODULUS).toBe(true);
    }
  });

  it('C10: hashes more than 500 inputs of three a second', () => {
    const spent = cpuMilliseconds(() => {
      for (let i = 0n; i < 200n; i++) hash([1n, 2n, i]);
    });
    expect(spent / 200).toBeLessThan(2);
  });
});
