import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { vectors } from '../../vectors/formats.ts';

const folder = join(import.meta.dirname, '../../vectors');

/** After a wanted change: `npx tsx test/vectors/generate.ts`, and say in the commit why. */
describe('the committed vectors', async () => {
  for (const [name, value] of Object.entries(await vectors()))
    it(`of ${name} are what the code of today writes`, () => {
      expect(value).toEqual(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')));
    });
});
