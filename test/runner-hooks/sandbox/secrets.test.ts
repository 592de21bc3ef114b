import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScrubber, scrubText } from '../../../runner-hooks/sandbox/secrets.ts';

const scrubIn = (size: number, text: string, secrets: readonly Uint8Array[]): string => {
  const scrubber = createScrubber(secrets);
  const parts: Buffer[] = [];
  const bytes = Buffer.from(text, 'latin1');
  for (let i = 0; i < bytes.length; i += size)
    parts.push(scrubber.push(bytes.subarray(i, i + size)));
  return Buffer.concat([...parts, scrubber.end()]).toString('latin1');
};

const wrapped = (text: string, width: number): string =>
  text.match(new RegExp(`.{1,${width}}`, 'g'))!.join('\n');

describe('the scrubber', () => {
  it('K1: masks a secret as it is, in hex and in base64, at any alignment and chunk size', () => {
    const secret = fc.uint8Array({ minLength: 6, maxLength: 200 });
    const around = fc.uint8Array({ maxLength: 9 });
    fc.assert(
      fc.property(secret, around, fc.integer({ min: 1, max: 50 }), (bytes, before, size) => {
        const planted = Buffer.from(bytes);
        const framed = Buffer.concat([before, planted, before]);
        const forms = [
          framed.toString('latin1'),
          framed.toString('base64'),
          framed.toString('base64url'),
          framed.toString('hex'),
          framed.toString('hex').toUpperCase(),
          wrapped(framed.toString('base64'), 76),
          wrapped(framed.toString('hex'), 60),
        ];
        for (const form of forms) {
          const out = scrubIn(size, `<${form}>`, [planted]);
          expect(out).toContain('[secret]');
          // What is left are at most the characters that bytes around the secret have a part in.
          expect(out.replaceAll('[secret]', '').length).toBeLessThan(
            2 + 3 * (2 * before.length + 2) + 8 * Math.ceil(planted.length / 48) + 8
          );
        }
      }),
      { numRuns: 60 }
    );
  });

  it('K1: masks the lines and parts of a long secret', () => {
    const body = randomBytes(600).toString('base64');
    const pem = `-----BEGIN KEY-----\n${wrapped(body, 64)}\n-----END KEY-----\n`;
    const out = scrubText(`x ${pem} y ${body.slice(0, 64)} z`, [Buffer.from(pem)]);
    for (let i = 0; i + 24 <= body.length; i += 8) expect(out).not.toContain(body.slice(i, i + 24));
    expect(out).toMatch(/^x \[secret\].* z$/s);
  });

  it('leaves everything else as it was, and short values alone', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.integer({ min: 1, max: 80 }),
        (bytes, size) => {
          const text = Buffer.from(bytes).toString('latin1');
          expect(scrubIn(size, text, [randomBytes(16)])).toBe(text);
        }
      )
    );
    expect(scrubText('12345 12345', [Buffer.from('12345')])).toBe('12345 12345');
  });
});
