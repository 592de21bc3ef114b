import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLog, neutralize } from '../../../runner-hooks/sandbox/log.ts';

const logOf = (bytes: Uint8Array, max = 10_000): string => {
  const log = createLog(max, []);
  for (let i = 0; i < bytes.length; i += 7) log.write(bytes.subarray(i, i + 7));
  return log.end();
};

describe('a log', () => {
  it('R6: shows escape sequences instead of obeying them', () => {
    const hostile = '\x1b[2J\x1b]0;title\x07\x9b31m\rover\x08\x7f ok\tøé😀\r\n\u202egpj.exe';
    expect(neutralize(hostile)).toBe('␛[2J␛]0;title␇\ufffd31m␍over␈␡ ok\tøé😀\n\ufffdgpj.exe');
  });

  it('R6: is valid UTF-8 without control characters, whatever bytes come in whatever pieces', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = logOf(bytes);
        expect(Buffer.from(text).toString()).toBe(text);
        expect(text).not.toMatch(/[^\P{Cc}\t\n]/u);
      })
    );
    expect(logOf(Buffer.from('héé😀'.repeat(50)))).toBe('héé😀'.repeat(50));
  });

  it('R6: is cut at its limit, never within a character, and says so once', () => {
    const text = logOf(Buffer.from('é'.repeat(100)), 33);
    expect(text).toBe(`${'é'.repeat(16)}\n[runproof: the log was cut here, after 33 bytes]\n`);
    expect(logOf(Buffer.from('a'.repeat(33)), 33)).toBe('a'.repeat(33));
  });

  it('gives the same text while it is written', () => {
    let live = '';
    const log = createLog(100, [Buffer.from('hunter2')], (text) => (live += text));
    log.write(Buffer.from('a hun'));
    log.write(Buffer.from('ter2 b'));
    log.note('a \x1b note');
    expect(log.end()).toBe('a [secret] b\n[runproof: a ␛ note]\n');
    expect(live).toBe('a [secret] b\n[runproof: a ␛ note]\n');
  });

  it('says where a phase begins on a line of its own, in its place', () => {
    const log = createLog(1_000, [Buffer.from('hunter2')]);
    log.head('phase build');
    log.write(Buffer.from('no line feed'));
    log.head('phase check');
    log.write(Buffer.from('done\n'));
    log.head('phase size');
    expect(log.end()).toBe(
      '[runproof: phase build]\nno line feed\n[runproof: phase check]\ndone\n[runproof: phase size]\n'
    );
  });
});
