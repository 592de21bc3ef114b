import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileNameOf } from '../../../../web/components/outputs/file-name.ts';

describe('W1: the name of a download', () => {
  it('is the last part of its path', () => {
    expect(fileNameOf('outputs/dist/app.tar.gz')).toBe('app.tar.gz');
    expect(fileNameOf('log.txt')).toBe('log.txt');
    expect(fileNameOf('outputs/Größe 1.txt')).toBe('Größe 1.txt');
  });

  it('leads nowhere and hides nothing', () => {
    expect(fileNameOf('a/..')).toBe('file');
    expect(fileNameOf('a/.bashrc')).toBe('bashrc');
    expect(fileNameOf('a/-rf')).toBe('rf');
    expect(fileNameOf('x/evil\u202egpj.exe')).toBe('evil_gpj.exe');
    expect(fileNameOf('x/nul.txt')).toBe('_nul.txt');
    expect(fileNameOf('')).toBe('file');
  });

  it('is short, keeps its ending and is safe whatever the publisher wrote', () => {
    expect(fileNameOf(`${'long'.repeat(100)}.html`)).toMatch(/^.{115}\.html$/);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (path) => {
        const name = fileNameOf(path);
        expect(name.length).toBeGreaterThan(0);
        expect(name.length).toBeLessThanOrEqual(121);
        expect(name).not.toMatch(/^[.~-]|[\\/:*?"<>|]|[\p{Cc}\p{Cf}\p{Cs}]|\.$/u);
      }),
      { numRuns: 500 }
    );
  });
});
