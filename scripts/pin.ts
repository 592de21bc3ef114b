import { setBackend } from 'o1js';
import { readFileSync, writeFileSync } from 'node:fs';
import { compileCircuits } from '../contracts/zkapps/compile.ts';

// Compiles every circuit and writes rows and verification keys to contracts/circuits.pinned.json,
// so that a change of either shows up in review. With --check, fails if the file is out of date.

setBackend('native');
const path = new URL('../contracts/circuits.pinned.json', import.meta.url);
const circuits = await compileCircuits({
  onProgress: (what, seconds) => process.stderr.write(`${what}: ${seconds.toFixed(1)} s\n`),
});
const text = `${JSON.stringify(circuits, null, 2)}\n`;
if (!process.argv.includes('--check')) writeFileSync(path, text);
else if (readFileSync(path, 'utf8') !== text) {
  process.stderr.write('The circuits differ from circuits.pinned.json; run `npm run pin`.\n');
  process.exit(1);
}
