import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLOSING_BYTES, EXTENSION_BYTES } from '../../../contracts/formats/order.ts';
import { CODES } from './refusal.ts';
import { COMMIT_BYTES } from '../../../contracts/formats/log-commit.ts';
import { DOMAIN } from '../../../contracts/formats/domain.ts';
import { MAX_DESCRIPTOR_BYTES } from '../../../contracts/formats/descriptor.ts';
import { MAX_ENVELOPE_BYTES } from '../../../contracts/formats/envelope.ts';
import { MAX_KEYSET_BYTES } from '../../../contracts/formats/keyset.ts';
import { MAX_NOTE_BYTES } from '../../../contracts/formats/note.ts';
import { EXIT } from '../../../contracts/formats/job.ts';
import { RECEIPT_BYTES } from '../../../contracts/formats/receipt.ts';
import { REQUEST_BYTES } from '../../../contracts/formats/request.ts';
import { TERMS_BYTES } from '../../../contracts/formats/terms.ts';

const spec = readFileSync(join(import.meta.dirname, '../../../SPEC.md'), 'utf8');

/** Figures that people will copy from the specification: it has to change where the code does. */
describe('SPEC.md', () => {
  it('has a row for each code of FormatError', () => {
    for (const code of Object.keys(CODES)) expect(spec).toMatch(new RegExp(`\\| \`${code}\` +\\|`));
  });

  it('has each domain prefix', () => {
    for (const value of Object.values(DOMAIN)) {
      const text = Buffer.from(value.toString(16), 'hex').toString('ascii');
      expect(spec).toContain(`\`${text}\``);
    }
  });

  it('has the length of each block', () => {
    for (const [title, bytes] of [
      ['Terms', TERMS_BYTES],
      ['Request', REQUEST_BYTES],
      ['Extension', EXTENSION_BYTES],
      ['Closing', CLOSING_BYTES],
      ['Receipt', RECEIPT_BYTES],
    ] as const)
      expect(spec).toMatch(new RegExp(`### 3\\.\\d ${title} \\(${bytes} bytes`));
    for (const bytes of [
      MAX_DESCRIPTOR_BYTES,
      MAX_KEYSET_BYTES,
      MAX_ENVELOPE_BYTES,
      MAX_NOTE_BYTES,
    ])
      expect(spec).toContain(`at most ${bytes.toLocaleString('en-US')} bytes`);
    expect(spec).toContain(`${COMMIT_BYTES} bytes with its header`);
  });

  it('has each exit status', () => {
    const { signalled, ...named } = EXIT;
    expect(spec).toContain(`${signalled} + n`);
    for (const status of Object.values(named))
      expect(spec).toMatch(new RegExp(`\\| ${status} +\\|`));
  });
});
