#!/usr/bin/env node
// The `runproof` command: the bundle where there is one of this version, else the sources through tsx.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const source = new URL('../scripts/runproof.ts', import.meta.url);
const bundle = new URL('../dist/runproof.mjs', import.meta.url);

if (existsSync(fileURLToPath(source))) {
  const { register: registerTsx } = await import('tsx/esm/api');
  // Else it takes that of the folder that the command is given in, and contracts lose their state fields.
  registerTsx({ tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)) });
  await import(source.href);
} else {
  await import(bundle.href);
}
