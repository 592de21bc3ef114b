import { describe, expect, it } from 'vitest';
import { headField } from '../../contracts/formats/log-commit.ts';
import { type TabState, openingState } from '../../contracts/formats/tab-state.ts';
import { keyHash, termsCommitment } from '../../contracts/formats/terms.ts';
import { packWindow } from '../../contracts/formats/window.ts';
import { foldPlain } from '../../oracle/witness/fold.ts';
import { type LogClaim, checkClaim } from '../../requester/log-claim.ts';
import { entriesOf } from '../fixtures/log-entries.ts';
import { parties } from '../fixtures/signed-notes.ts';

const entries = entriesOf(parties(), [1, 3, 2]);
const { terms } = entries[0]!.note.request;
const opened = openingState(terms, 1000);
const { state } = foldPlain(opened, entries);

/** What the circuit would put out, from plain values. */
const claim: LogClaim = {
  terms: termsCommitment(terms),
  runner: keyHash(entries[0]!.note.runner),
  headBefore: headField(opened.head),
  headAfter: headField(state.head),
  logBefore: opened.log,
  logAfter: state.log,
  windowBefore: packWindow(opened.window),
  windowAfter: packWindow(state.window),
  total: state.spent,
};
const failing = (changes: Partial<LogClaim>, held: TabState = state): readonly string[] =>
  checkClaim({ ...claim, ...changes }, terms, held, 3)
    .filter(({ ok }) => !ok)
    .map(({ id }) => id);

describe('what a proof of a log says', () => {
  it('is what the chain holds, each part on a line of its own', () => {
    expect(failing({})).toEqual([]);
    expect(checkClaim(claim, terms, state, 3)).toHaveLength(7);
  });

  it('fails by the name of the part that differs', () => {
    expect(failing({ terms: 1n })).toEqual(['proof-terms']);
    expect(failing({ headBefore: 1n })).toEqual(['proof-start']);
    expect(failing({ logBefore: 1n })).toEqual(['proof-start']);
    expect(failing({ windowBefore: 7n })).toEqual(['proof-start']);
    expect(failing({ headAfter: 1n })).toEqual(['proof-head']);
    expect(failing({ logAfter: 1n })).toEqual(['proof-log']);
    expect(failing({ windowAfter: 1n })).toEqual(['proof-window']);
    expect(failing({ total: claim.total + 1n })).toEqual(['proof-total']);
  });

  it('fails where the chain has settled more than was proven', () => {
    const before = foldPlain(opened, entries.slice(0, 2));
    expect(failing({}, before.state)).toEqual([
      'proof-head',
      'proof-log',
      'proof-window',
      'proof-total',
    ]);
  });
});
