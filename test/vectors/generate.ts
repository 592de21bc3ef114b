/**
 * Writes `test/vectors/*.json` anew: `npx tsx test/vectors/generate.ts`. A change of these files is
 * a change of a format, so it belongs into review. `envelope.json` is kept once it is there, since
 * sealing is randomised.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sealEnvelope } from '../../contracts/formats/envelope.ts';
import { vectors } from './formats.ts';
import { envelope, IDENTITY, RECIPIENT } from './sample.ts';

const write = (name: string, value: unknown): void =>
  writeFileSync(
    join(import.meta.dirname, `${name}.json`),
    `${JSON.stringify(value, undefined, 2)}\n`
  );

for (const [name, value] of Object.entries(await vectors())) write(name, value);

if (!existsSync(join(import.meta.dirname, 'envelope.json'))) {
  const sealed = await sealEnvelope(envelope, [RECIPIENT]);
  write('envelope', {
    value: envelope,
    identity: IDENTITY,
    sealed: Buffer.from(sealed).toString('base64'),
  });
}
