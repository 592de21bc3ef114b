import { describe, expect, it } from 'vitest';
import { assertSafeName, MAX_NAME_BYTES, unsafeName } from '../../ipfs/names.ts';
import { IpfsError } from '../../ipfs/error.ts';

describe('entry names', () => {
  it.each(['a', '.hidden', 'a..b', '...', 'log.txt', 'Grüße', '日本語', '__proto__', 'a b', '-rf'])(
    'may be %j',
    (name) => {
      expect(unsafeName(name)).toBeUndefined();
      expect(assertSafeName(name)).toBe(name);
    }
  );

  it.each([
    ['', 'empty'],
    ['.', 'the folder itself'],
    ['..', 'the folder above'],
    ['a/b', 'a separator'],
    ['..\\b', 'the other separator'],
    ['a\0b', 'NUL'],
    ['a\nb', 'a line break'],
    ['\u001b[2J', 'an escape sequence'],
    ['a\u0085b', 'a C1 control'],
    ['exe.\u202egpj', 'reordered text'],
    ['u\u0308', 'a second spelling of ü'],
    ['\ud800', 'half a character'],
  ])('I3: refuses %j, which is %s', (name) => {
    expect(unsafeName(name)).toBeTypeOf('string');
    expect(() => assertSafeName(name)).toThrow(IpfsError);
  });

  it('I3: counts bytes, not characters', () => {
    expect(unsafeName('a'.repeat(MAX_NAME_BYTES))).toBeUndefined();
    expect(unsafeName('a'.repeat(MAX_NAME_BYTES + 1))).toMatch(/256 bytes/);
    expect(unsafeName('é'.repeat(127))).toBeUndefined();
    expect(unsafeName('é'.repeat(128))).toMatch(/256 bytes/);
  });
});
