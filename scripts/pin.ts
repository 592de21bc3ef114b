import { setBackend } from 'o1js';
import { readFileSync, writeFileSync } from 'node:fs';
import { compileCircuits } from '../contracts/zkapps/compile-all.ts';
import { recordKeys } from './site/keys.ts';

// Compiles every circuit and writes rows and verification keys to contracts/circuits.pinned.json, and
// digests of the files that the app's prover loads to web/prover/keys.pinned.json, so that a change of
// either shows up in review. With --check, fails if a file is out of date.

setBackend('native');
// First: what is in memory already is not read again.
const { manifest } = await recordKeys();
const circuits = await compileCircuits({
  onProgress: (what, seconds) => process.stderr.write(`${what}: ${seconds.toFixed(1)} s\n`),
});
const isCheck = process.argv.includes('--check');
for (const [name, value] of [
  ['contracts/circuits.pinned.json', circuits],
  ['web/prover/keys.pinned.json', manifest],
] as const) {
  const path = new URL(`../${name}`, import.meta.url);
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (!isCheck) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text) {
    process.stderr.write(`${name} is out of date; run \`npm run pin\`.\n`);
    process.exit(1);
  }
}
