import { describe, expect, it } from 'vitest';
import {
  type Kind,
  MAGIC,
  VERSION,
  readMagic,
  writeMagic,
} from '../../../contracts/formats/magic.ts';
import { refusal } from './refusal.ts';

const kinds = Object.keys(MAGIC) as Kind[];

describe('the first four bytes of a block', () => {
  it('say what it is, and for one kind only', () => {
    for (const written of kinds)
      for (const read of kinds)
        expect(refusal(() => readMagic(read, writeMagic(written).finish()))).toBe(
          written === read ? undefined : 'MAGIC'
        );
  });

  it('are three letters and the version', () => {
    expect(kinds.map((kind) => Buffer.from(writeMagic(kind).finish()).toString('latin1'))).toEqual([
      'RPq\x01',
      'RPr\x01',
      'RPx\x01',
      'RPc\x01',
    ]);
    expect(VERSION).toBe(1);
  });

  it('refuse other versions and shorter blocks', () => {
    for (const version of [0, 2, 255])
      expect(refusal(() => readMagic('receipt', Uint8Array.of(0x52, 0x50, 0x72, version)))).toBe(
        'VERSION'
      );
    for (const length of [0, 1, 2, 3])
      expect(
        refusal(() => readMagic('receipt', Uint8Array.of(0x52, 0x50, 0x72).slice(0, length)))
      ).toBe('SIZE');
  });
});
