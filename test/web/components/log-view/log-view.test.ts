import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogIndex, ROW_BYTES } from '../../../../web/components/log-view/log-index.ts';
import {
  MAX_MATCHES,
  decodeRow,
  patternOf,
  searchSteps,
} from '../../../../web/components/log-view/log-search.ts';
import { piecesOf, plainText, rowText } from '../../../../web/components/log-view/row-text.ts';
import { inSlices } from '../../../../web/components/slices.ts';

const utf8 = new TextEncoder();

function finish<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

const indexOf = (text: string | Uint8Array): LogIndex =>
  finish(LogIndex.over(typeof text === 'string' ? utf8.encode(text) : text));

const rowsOf = (index: LogIndex): string[] =>
  Array.from({ length: index.rows }, (_, row) => decodeRow(index, row));

/** Text as jobs write it: lines, colours, marks of every kind, now and then a very long line. */
const logs = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
      { weight: 8, arbitrary: fc.string({ unit: 'grapheme', maxLength: 80 }) },
      { weight: 2, arbitrary: fc.constantFrom('\n', '\r\n', '\n\n', '\x1b[31m', '␛[0m', '\u202e') },
      { weight: 1, arbitrary: fc.nat(3 * ROW_BYTES).map((size) => 'é'.repeat(size)) }
    ),
    { maxLength: 300 }
  )
  .map((parts) => parts.join('\n'));

describe('rows of a log', () => {
  it('are its lines, with and without a last line feed', () => {
    expect(rowsOf(indexOf('a\nb'))).toEqual(['a', 'b']);
    expect(rowsOf(indexOf('a\n\nb\n'))).toEqual(['a', '', 'b']);
    expect(rowsOf(indexOf(''))).toEqual([]);
    expect(indexOf('a\n\nb\n').lines).toBe(3);
    expect(indexOf('a\nb').lines).toBe(2);
  });

  it('hold all of its bytes, whatever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3 * ROW_BYTES }), (bytes) => {
        const index = indexOf(bytes);
        let at = 0;
        for (let row = 0; row < index.rows; row++) {
          const { start, end } = index.row(row);
          expect(start - at).toBe(row > 0 && bytes[at] === 0x0a ? 1 : 0);
          expect(end - start).toBeLessThanOrEqual(ROW_BYTES);
          at = end;
        }
        expect(bytes.length - at).toBe(bytes[at] === 0x0a ? 1 : 0);
      })
    );
  });

  it('of a line without end are bounded, and never begin within a character', () => {
    const index = indexOf(`first\n${'€'.repeat(400_000)}\nlast`);
    expect(index.lines).toBe(3);
    expect(index.rows).toBe(2 + Math.ceil(1_200_000 / (3 * Math.floor(ROW_BYTES / 3))));
    expect(rowsOf(index).join('')).not.toContain('\ufffd');
    expect(index.row(2)).toMatchObject({ line: 1, isContinued: true });
    expect(index.row(index.rowOfLine(2))).toMatchObject({ line: 2, isContinued: false });
    expect(index.line(1)).toHaveLength(1_200_000);
  });

  it('are found by line, in every log', () => {
    fc.assert(
      fc.property(logs, (text) => {
        const index = indexOf(text);
        for (let line = 0; line < index.lines; line += 1 + (line >> 3)) {
          const row = index.row(index.rowOfLine(line));
          expect(row).toMatchObject({ line, isContinued: false });
        }
      }),
      { numRuns: 30 }
    );
  });

  it('know where each phase begins, by the line that the runner writes', () => {
    const index = indexOf(
      '[runproof: phase build]\nx\n [runproof: phase no]\n[runproof: phase check]\n[runproof: phase build]\n'
    );
    expect(index.phases).toEqual([
      { name: 'build', row: 0 },
      { name: 'check', row: 3 },
    ]);
  });
});

describe('W1: the text of a row', () => {
  it('holds nothing that moves the cursor, hides or turns text round', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (raw) => {
        expect(rowText(raw).text).not.toMatch(/(?![\t\n\u200d])[\p{Cc}\p{Cf}\u2028\u2029]/u);
      })
    );
    expect(rowText('a\x1b]0;title\x07b\x1b[2Jc\u202egpj.exe').text).toBe('abc\ufffdgpj.exe');
    expect(rowText('<img src=x onerror=alert(1)>').text).toBe('<img src=x onerror=alert(1)>');
    expect(rowText('\x1b[').text).toBe('␛[');
  });

  it('is what is searched', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (raw) => {
        expect(plainText(raw)).toBe(rowText(raw).text);
      })
    );
  });

  it('keeps colours as names, written with the escape character or its picture', () => {
    for (const escape of ['\x1b', '␛']) {
      const row = rowText(`${escape}[1;31merror${escape}[0m: ${escape}[38;5;200mx${escape}[96my`);
      expect(row.text).toBe('error: xy');
      expect(piecesOf(row, undefined)).toEqual([
        { text: 'error', style: 'ansi-1 ansi-bold', match: undefined },
        { text: ': x', style: '', match: undefined },
        { text: 'y', style: 'ansi-14', match: undefined },
      ]);
    }
  });

  it('loses no character to its pieces', () => {
    fc.assert(
      fc.property(logs, fc.string({ minLength: 1, maxLength: 3 }), (raw, query) => {
        const row = rowText(raw.slice(0, 500));
        const pieces = piecesOf(row, patternOf(query, false));
        expect(pieces.map(({ text }) => text).join('')).toBe(row.text);
        for (const { text } of pieces) expect(text).not.toBe('');
      })
    );
  });
});

describe('searching a log', () => {
  it('finds what each row shows, in order and as often as it is there', () => {
    fc.assert(
      fc.property(
        logs,
        fc.constantFrom('a', 'É', '.', '\\', '(', '[3', 'n', '-'),
        (text, query) => {
          const index = indexOf(text);
          const expected = rowsOf(index).flatMap((raw, row) =>
            [...rowText(raw).text.matchAll(patternOf(query, false)!)].map(() => row)
          );
          expect(finish(searchSteps(index, patternOf(query, false)!)).rows).toEqual(expected);
        }
      ),
      { numRuns: 60 }
    );
  });

  it('takes capitals for what they are only when asked to', () => {
    const index = indexOf('Error\nerror\n');
    expect(finish(searchSteps(index, patternOf('error', false)!)).rows).toEqual([0, 1]);
    expect(finish(searchSteps(index, patternOf('error', true)!)).rows).toEqual([1]);
    expect(patternOf('', false)).toBeUndefined();
  });

  it('stops counting before its answers fill the memory', () => {
    const found = finish(searchSteps(indexOf('aaaa\n'.repeat(30_000)), patternOf('a', false)!));
    expect(found.isCut).toBe(true);
    expect(found.rows).toHaveLength(MAX_MATCHES);
  });

  it('goes on while other work gets its turn, and ends when told to', async () => {
    const index = indexOf('line of a log\n'.repeat(200_000));
    let turns = 0;
    const other = setInterval(() => (turns += 1), 1);
    const { rows } = await inSlices(searchSteps(index, patternOf('zzz', false)!), {
      milliseconds: 2,
    });
    clearInterval(other);
    expect(rows).toEqual([]);
    expect(turns).toBeGreaterThan(3);
    const steps = inSlices(searchSteps(index, patternOf('a', false)!), {
      signal: AbortSignal.abort(new Error('another query')),
    });
    await expect(steps).rejects.toThrow('another query');
  });
});
