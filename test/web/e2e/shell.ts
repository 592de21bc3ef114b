import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../../scripts/site/checkout.ts';
import type { Stage } from './harness.ts';

export { runproof, pause };

const run = promisify(execFile);

/** The command line, as `npx runproof` runs it. @returns what it prints */
async function runproof(args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [join(ROOT, 'bin', 'runproof.mjs'), ...args]);
  return stdout;
}

/** Pauses a service of the stage's provider. */
const pause = ({ market: { keys, network } }: Stage, service: string): Promise<string> =>
  runproof([
    ...['service', 'pause', service, '--wallet', keys.files.owner, '--no-proofs'],
    ...['--node', network.mina.graphql, '--gateway', network.ipfs.url],
  ]);
