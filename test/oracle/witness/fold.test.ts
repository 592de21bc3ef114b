import { Field, UInt64 } from 'o1js';
import { describe, expect, it } from 'vitest';
import { headField } from '../../../contracts/formats/log-commit.ts';
import { openingState } from '../../../contracts/formats/tab-state.ts';
import { packWindow } from '../../../contracts/formats/window.ts';
import { cursorOfState, jobOfNote, runnerOfNote } from '../../../contracts/programs/job-of-note.ts';
import { foldJob } from '../../../contracts/provable/job.ts';
import { Terms } from '../../../contracts/provable/terms.ts';
import type { LogEntry } from '../../../oracle/read/entry.ts';
import { foldPlain, settlementOf } from '../../../oracle/witness/fold.ts';
import { entriesOf, entryOn } from '../../fixtures/log-entries.ts';
import { parties, signedNote } from '../../fixtures/signed-notes.ts';

const us = parties();
const opening = openingState(us.terms, 1000);

describe('the plain fold', () => {
  it('goes where the circuit’s own steps go, job by job', () => {
    const entries = entriesOf(us, [2, 1, 5]);
    const terms = Terms.from(us.terms);
    const end = entries.reduce(
      (cursor, { note }) =>
        foldJob(terms, terms.commitment(), runnerOfNote(note), cursor, jobOfNote(note)),
      cursorOfState(opening)
    );
    const { state, total } = foldPlain(opening, entries);
    expect(end.head).toEqual(Field(headField(state.head)));
    expect(end.log).toEqual(Field(state.log));
    expect(end.window).toEqual(Field(packWindow(state.window)));
    expect(end.total).toEqual(UInt64.from(total));
    expect(state.head).toBe(entries[2]!.id);
    expect(state.spent).toBe(total);
  });

  it('comes to the same end in one batch or in any number of them', () => {
    const entries = entriesOf(us, [1, 2, 3, 4, 5]);
    const whole = foldPlain(opening, entries);
    for (let cut = 0; cut <= 5; cut++) {
      const first = foldPlain(opening, entries.slice(0, cut));
      const second = foldPlain(first.state, entries.slice(cut));
      expect(second.state).toEqual(whole.state);
      expect(first.total + second.total).toBe(whole.total);
    }
  });

  it('C5: settles no number twice, and none that has fallen out of the window', () => {
    const [one] = entriesOf(us, [1]) as [LogEntry];
    const again = entryOn(one.id, { ...signedNote(us, 1, null), blinding: 7n });
    expect(() => foldPlain(opening, [one, again])).toThrow(code('UNSETTLEABLE'));
    const far = entryOn(opening.head, signedNote(us, 65, null));
    const old = entryOn(far.id, signedNote(us, 1, null));
    expect(() => foldPlain(opening, [far, old])).toThrow(code('UNSETTLEABLE'));
    const edge = entryOn(far.id, signedNote(us, 2, null));
    expect(foldPlain(opening, [far, edge]).state.window.top).toBe(65);
  });

  it('G4: takes no entry that does not stand on the settled head', () => {
    const [, second] = entriesOf(us, [1, 2]);
    expect(() => foldPlain(opening, [second!])).toThrow(code('LOG_REWRITTEN'));
  });

  it('C11: takes no total beyond 64 bits', () => {
    const rich = { ...opening, spent: (1n << 64n) - 1n };
    expect(() => foldPlain(rich, entriesOf(us, [1]))).toThrow(code('UNSETTLEABLE'));
  });
});

describe('a settlement', () => {
  it('holds what the prover needs and what the account will hold', () => {
    const entries = entriesOf(us, [1, 2]);
    const settlement = settlementOf(opening, entries);
    expect(settlement).toMatchObject({ terms: us.terms, from: opening });
    expect(settlement.notes).toEqual(entries.map(({ note }) => note));
    expect(settlement.state).toEqual(foldPlain(opening, entries).state);
  });

  it('is refused at once where the circuit would refuse it: nothing, forged, other terms or keys', () => {
    const [one] = entriesOf(us, [1]) as [LogEntry];
    expect(() => settlementOf(opening, [])).toThrow(code('UNSETTLEABLE'));
    const forged = entryOn(opening.head, { ...one.note, blinding: 7n });
    expect(() => settlementOf(opening, [forged])).toThrow(code('UNSETTLEABLE'));
    const others = parties();
    const foreign = entryOn(opening.head, signedNote(others, 1, null));
    expect(() => settlementOf(opening, [foreign])).toThrow(code('UNSETTLEABLE'));
    const rotated = { ...us, runner: others.runner };
    const mixed = [one, entryOn(one.id, signedNote(rotated, 2, null))];
    expect(() => settlementOf(opening, mixed)).toThrow(code('UNSETTLEABLE'));
    expect(settlementOf(opening, [one]).total).toBe(one.note.receipt.amount);
  });
});

const code = (expected: string): Error => expect.objectContaining({ code: expected }) as Error;
