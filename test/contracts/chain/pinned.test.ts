import { describe, expect, it } from 'vitest';
import { parsePinned, pinned as ours } from '../../../contracts/chain/pinned.ts';
import { Field, VerificationKey } from 'o1js';
import { dummyKey } from './example.ts';

const key = { data: dummyKey.data, hash: String(dummyKey.hash) };
const pinned = { Tab: key, Service: key, JobLog: { hash: '3' }, rows: {} };

describe('the pinned circuits', () => {
  it('are read with their hashes as numbers', () => {
    expect(parsePinned(pinned)).toEqual({
      Tab: dummyKey,
      Service: dummyKey,
      JobLog: { hash: 3n },
    });
  });

  it('have keys of their own, whose data hash to what is pinned', async () => {
    for (const { data, hash } of [ours.Tab, ours.Service])
      expect(
        await VerificationKey.checkValidity(new VerificationKey({ data, hash: Field(hash) }))
      ).toBe(true);
    const hashes = [ours.Tab, ours.Service, ours.JobLog, dummyKey].map(({ hash }) => hash);
    expect(new Set(hashes).size).toBe(4);
  });

  it('are refused with a key missing, or one that is no key', () => {
    for (const change of [
      { Tab: undefined },
      { Service: { hash: '1' } },
      { JobLog: { hash: '01' } },
      { Tab: { ...key, data: '<not base 64>' } },
    ])
      expect(() => parsePinned({ ...pinned, ...change })).toThrow(
        expect.objectContaining({ code: 'SHAPE' })
      );
  });
});
