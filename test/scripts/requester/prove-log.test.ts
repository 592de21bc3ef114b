import { describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../../contracts/chain/sign.ts';
import { MOST_NOTES } from '../../../oracle/prove/job.ts';
import type { Prover } from '../../../oracle/prove/prover.ts';
import type { VerifiedJob } from '../../../requester/verify.ts';
import { proveSettledLog } from '../../../scripts/requester/prove-log.ts';
import { entriesOf } from '../../fixtures/log-entries.ts';
import { parties } from '../../fixtures/signed-notes.ts';

const who = parties();
const jobs: readonly VerifiedJob[] = entriesOf(who, [1, 2, 3]).map((entry) => ({
  ...{ entry, isSettled: true, credentials: [] },
}));
const asked: unknown[] = [];
/** Never gets as far as proving. */
const prover: Pick<Prover, 'prove'> = {
  prove: (job) => {
    asked.push(job);
    return Promise.reject(new Error('asked to prove'));
  },
};
const refusal = (given: readonly VerifiedJob[]): Promise<unknown> =>
  proveSettledLog(undefined as never, prover, who.tab, given).catch((error: unknown) => {
    const { code, message } = error as { code?: string; message: string };
    return code ?? message;
  });

describe('the proof of a settled log', () => {
  it('is asked for of all that is settled, from the genesis on', async () => {
    expect(await refusal([...jobs, { ...jobs[2]!, isSettled: false }])).toBe('asked to prove');
    expect(asked).toMatchObject([{ kind: 'log', notes: { length: 3 } }]);
  });

  it('is not begun where it could only fail, hours later', async () => {
    asked.length = 0;
    expect(await refusal(jobs.map((job) => ({ ...job, isSettled: false })))).toBe('NOT_FOUND');
    expect(await refusal(jobs.slice(1))).toBe('USAGE');
    const { entry } = jobs[2]!;
    const note = { ...entry.note, runner: generateKeyPair().publicKey };
    expect(await refusal([...jobs, { ...jobs[2]!, entry: { ...entry, note } }])).toBe('FAILED');
    const long = Array.from({ length: MOST_NOTES + 1 }, (_, i) => jobs[Math.min(i, 2)]!);
    expect(await refusal(long)).toBe('FAILED');
    expect(asked).toEqual([]);
    expect(await refusal(long.slice(0, -1))).toBe('asked to prove');
  });
});
