import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hunksBetween, undoHunks } from '../../../runner-hooks/install/lines.ts';

/** Few different lines, so that some are the same and the last may lack its end. */
const text = fc
  .tuple(fc.array(fc.constantFrom('a', 'b', 'c', '', 'x=1'), { maxLength: 12 }), fc.boolean())
  .map(([lines, ends]) => lines.join('\n') + (ends && lines.length > 0 ? '\n' : ''));

describe('changed lines', () => {
  it('name what was changed, and where', () => {
    expect(hunksBetween('a\nb\nc\n', 'a\nB\nc\nd\n')).toEqual([
      { at: 2, removed: ['b\n'], added: ['B\n'] },
      { at: 4, removed: [], added: ['d\n'] },
    ]);
    expect(hunksBetween('a\n', 'a\n')).toEqual([]);
  });

  it('hold everything that differs: removed and added lines make one text of the other', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = before.match(/[^\n]*\n|[^\n]+$/g) ?? [];
        for (const { at, removed, added } of [...hunksBetween(before, after)].reverse())
          expect(lines.splice(at - 1, removed.length, ...added)).toEqual(removed);
        expect(lines.join('')).toBe(after);
      })
    );
  });

  it('are taken out again from among what others have changed since', () => {
    const hunks = hunksBetween('LANG=C\n', 'LANG=C\nHOOK=/ours\n');
    expect(undoHunks('proxy=1\nLANG=D\nHOOK=/ours\nmore=2\n', hunks)).toBe(
      'proxy=1\nLANG=D\nmore=2\n'
    );
    const replaced = hunksBetween('a\nHOOK=/theirs\n', 'a\nHOOK=/ours\n');
    expect(undoHunks('a\nHOOK=/ours\nb\n', replaced)).toBe('a\nHOOK=/theirs\nb\n');
  });

  it('are not guessed at where they are gone or stand twice', () => {
    const hunks = hunksBetween('', 'HOOK=/ours\n');
    expect(undoHunks('HOOK=/other\n', hunks)).toBeUndefined();
    expect(undoHunks('HOOK=/ours\nHOOK=/ours\n', hunks)).toBeUndefined();
  });
});
