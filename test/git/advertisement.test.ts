import { describe, expect, it } from 'vitest';
import { withDefaultBranch } from '../../git/advertisement.ts';

const line = (text: string): string => (text.length + 4).toString(16).padStart(4, '0') + text;
const id = 'a'.repeat(40);
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const named = (text: string): string =>
  Buffer.from(withDefaultBranch(bytes(text))).toString('latin1');

describe('an advertisement of refs', () => {
  const start = `${line('# service=git-upload-pack\n')}0000${line('version 1\n')}`;
  const tail = `${line(`${id} refs/notes/y\n`)}0000`;

  it('is given a default branch where it names none, and keeps all else', () => {
    const refs = `${id} refs/notes/x\0ofs-delta shallow`;
    expect(named(`${start}${line(`${refs}\n`)}${tail}`)).toBe(
      `${start}${line(`${refs} symref=HEAD:refs/heads/main\n`)}${tail}`
    );
  });

  it('is left alone where it names one, or is none', () => {
    for (const text of [
      `${start}${line(`${id} HEAD\0symref=HEAD:refs/heads/trunk\n`)}${tail}`,
      `${start}0000`,
      '<html>\0</html>',
      'ffff',
      '',
    ])
      expect(named(text)).toBe(text);
  });
});
