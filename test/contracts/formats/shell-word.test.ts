import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { quoted } from '../../../contracts/formats/shell-word.ts';

const read = (shell: string, words: readonly string[]): string[] =>
  execFileSync(shell, ['-c', `printf '%s\\0' x ${words.map(quoted).join(' ')}`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
    .split('\0')
    .slice(1, -1);

const NASTY = [
  '',
  ' ',
  "'",
  "''",
  `'\\''`,
  '$(id)',
  '`id`',
  '\\',
  '"',
  '\n',
  '-n',
  '*',
  '~',
  '!!',
  '#',
];

it.each(['sh', 'bash'])('is the word that was meant, to %s', (shell) => {
  expect(read(shell, NASTY)).toEqual(NASTY);
  const word = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 50 }), (words) => {
      expect(read(shell, words)).toEqual(words);
    }),
    { numRuns: 30 }
  );
});
