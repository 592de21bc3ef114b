import { quoted } from '../../contracts/formats/shell-word.ts';

export { shellWord };

/**
 * One word for a shell: a stranger's address goes into a line that somebody pastes, so that whatever is
 * in it (`;`, `$(…)`, a newline) has to stay a word.
 */
const shellWord = (text: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) && !text.startsWith('-')
    ? text
    : quoted(text.replaceAll(/[\p{Cc}\p{Cf}]/gu, ''));
