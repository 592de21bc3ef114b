import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openingState } from '../../../contracts/formats/tab-state.ts';
import { JobLog, JobLogProof, LogClaim } from '../../../contracts/programs/job-log.ts';
import { type PartialProof, planLog, proveLog } from '../../../contracts/programs/prove-log.ts';
import { makeNotes, makeParties, makeTerms } from '../../fixtures/job-fixture.ts';
import { claimOf } from '../zkapps/escrow.ts';

const us = makeParties();
const terms = makeTerms(us);
const opening = openingState(terms, 1000);
const notesOf = (...sequences: number[]): ReturnType<typeof makeNotes> =>
  makeNotes(
    us,
    terms,
    sequences.map((sequence) => ({ sequence }))
  );
const json = (claim: LogClaim): unknown => LogClaim.toJSON(claim);

describe('the plan of proofs', () => {
  it('fills each step but the last one, from wherever it goes on', () => {
    expect([0, 1, 2, 3, 4, 7].map((jobs) => planLog(jobs))).toEqual([
      [],
      [1],
      [2],
      [3],
      [3, 1],
      [3, 3, 1],
    ]);
    expect(planLog(7, 3)).toEqual([3, 1]);
    expect(planLog(7, 5)).toEqual([2]);
    expect(planLog(7, 7)).toEqual([]);
  });
});

describe('proving a log, with proofs off', () => {
  beforeAll(() => JobLog.setProofsEnabled(false));
  afterAll(() => JobLog.setProofsEnabled(true));

  it('says what the plain fold says, however many places of a batch are used', async () => {
    for (const sequences of [[1], [2, 1], [3, 1, 2], [1, 4, 2, 70]]) {
      const notes = notesOf(...sequences);
      const { publicOutput } = await proveLog(terms, opening, notes);
      expect(json(publicOutput)).toEqual(json(claimOf(terms, opening, notes).claim));
    }
  });

  it('goes on where it stopped, and tells after each proof how far it is', async () => {
    const notes = notesOf(1, 2, 3, 4);
    const partials: PartialProof[] = [];
    const stop = new AbortController();
    const interrupted = proveLog(terms, opening, notes, {
      signal: stop.signal,
      onProof: (partial, jobs) => {
        expect(jobs).toBe(4);
        partials.push(partial);
        stop.abort();
      },
    });
    await expect(interrupted).rejects.toThrow('aborted');
    expect(partials.map(({ jobs }) => jobs)).toEqual([3]);
    const { publicOutput } = await proveLog(terms, opening, notes, {
      resume: partials[0]!,
      onProof: ({ jobs }) => expect(jobs).toBe(4),
    });
    expect(json(publicOutput)).toEqual(json(claimOf(terms, opening, notes).claim));
  });

  it('C6: refuses to go on from a proof under other terms or by another runner', async () => {
    const notes = notesOf(1, 2, 3, 4);
    const other = makeParties();
    for (const theirs of [
      makeTerms(us, { payee: other.payee.publicKey }),
      makeTerms({ ...us, runner: other.runner }),
    ]) {
      const isRunner = theirs.payee === terms.payee;
      const signers = isRunner ? { ...us, runner: other.runner } : us;
      const foreign = claimOf(theirs, openingState(theirs, 1000), [
        makeNotes(signers, theirs, [{ sequence: 1 }])[0]!,
      ]);
      const proof = await JobLogProof.dummy(undefined, foreign.claim, 2, 15);
      const resume = { jobs: 3, proof: proof.toJSON() };
      await expect(proveLog(terms, opening, notes, { resume })).rejects.toThrow(
        'other terms or runner'
      );
    }
  });

  it('refuses a log of nothing, and one whose entries do not follow from the state', async () => {
    await expect(proveLog(terms, opening, [])).rejects.toThrow(RangeError);
    await expect(proveLog(terms, opening, notesOf(1, 1))).rejects.toThrow('settled already');
    const settled = claimOf(terms, opening, notesOf(1)).after;
    await expect(proveLog(terms, settled, notesOf(1))).rejects.toThrow('settled already');
  });
});
