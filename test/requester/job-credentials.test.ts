import { describe, expect, it } from 'vitest';
import { wasGiven } from '../../requester/job-credentials.ts';

describe('a job', () => {
  const credentials = [
    { block: '11'.repeat(32), commitment: 1n, binding: 10n, epoch: 0 },
    { block: '22'.repeat(32), commitment: 2n, binding: 10n, epoch: 0 },
  ];
  const given = (of: { commitment: bigint; binding?: bigint }): boolean =>
    wasGiven({ credentials }, of);

  it('was given what its note names, under the binding that a proof shows', () => {
    expect(given({ commitment: 2n })).toBe(true);
    expect(given({ commitment: 2n, binding: 10n })).toBe(true);
    expect(given({ commitment: 3n })).toBe(false);
  });

  it('K3: was not given a commitment that opens to another tab, whatever its block says', () => {
    expect(given({ commitment: 2n, binding: 11n })).toBe(false);
  });
});
