import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBytes } from '../../../web/components/bytes.ts';
import { formatElapsed } from '../../../web/components/elapsed.ts';
import { inert } from '../../../web/components/inert.ts';
import { formatRelative } from '../../../web/components/instant.ts';
import { sentenceOf } from '../../../web/components/sentence.ts';
import { shorten } from '../../../web/components/shorten.ts';

describe('a stranger’s words', () => {
  it('W1: lose what moves a cursor, turns text round or hides in it', () => {
    for (const hostile of [
      ...['\u001b[2J', '\u0007', '\u0000', '\u009b31m', '\u202e', '\u2066', '\u200b', '\u200d'],
      ...['\ufeff', '\u061c', '\u{e0041}', '\u2028', '\ud800'],
    ])
      expect(inert(`a${hostile}b`)).not.toContain(hostile);
    expect(inert('\u202egpj.exe')).toBe('\ufffdgpj.exe');
  });

  it('W1: hold no control or format letter, whatever they were', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(inert(text)).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}]/u);
      })
    );
  });

  it('W1: pile no marks on one another', () => {
    expect(inert(`e${'\u0301'.repeat(500)}`)).toBe(`e${'\u0301'.repeat(4)}`);
  });

  it('keep what is only foreign', () => {
    for (const text of ['שלום', 'مرحبا', 'naïve', '日本語', 'a\tb\nc', '<b>&amp;'])
      expect(inert(text)).toBe(text);
  });
});

describe('what people read', () => {
  it('is an id shortened in the middle, or not at all', () => {
    expect(shorten('B62qabcdefghijklmnop', 6, 5)).toBe('B62qab…lmnop');
    expect(shorten('short', 6, 5)).toBe('short');
    expect(shorten('c0ffee1234567890', 10, 0)).toBe('c0ffee1234');
  });

  it.each([
    [0, '0 s'],
    [59_999, '59 s'],
    [65_000, '1 min 05 s'],
    [7_380_000, '2 h 03 min'],
    [-5, '0 s'],
  ])('is %i ms as %s', (milliseconds, text) => {
    expect(formatElapsed(milliseconds)).toBe(text);
  });

  it.each([
    [0, '0 bytes'],
    [1023, '1023 bytes'],
    [1536, '1.5 KiB'],
    [2 ** 31, '2 GiB'],
  ])('is %i bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    [-10_000, 'just now'],
    [10_000, 'in less than a minute'],
    [-120_000, '2 minutes ago'],
    [3 * 3_600_000, 'in 3 hours'],
    [-86_400_000, 'yesterday'],
  ])('is %i ms from now as %s', (milliseconds, text) => {
    expect(formatRelative(milliseconds)).toBe(text);
  });

  it('is one sentence of whatever was thrown', () => {
    expect(sentenceOf(new Error('it broke'))).toBe('It broke.');
    expect(sentenceOf('text')).toBe('Something failed without saying why.');
    expect(sentenceOf(new Error('x'.repeat(5_000))).length).toBeLessThan(700);
  });
});
