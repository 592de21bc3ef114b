import circuits from '../../contracts/circuits.pinned.json' with { type: 'json' };
import type { Program } from '../../contracts/zkapps/compile-all.ts';
import type { Cli } from './command.ts';
import { CliError } from './error.ts';

export { loadPrograms, compilePinned };

type Programs = typeof import('./programs.ts');

/** From source beside this module, in a bundle beside the bundle: no other verb waits for o1js to load. */
const isSource = import.meta.url.endsWith('.ts');
const ENTRY = new URL(isSource ? './programs.ts' : './programs.mjs', import.meta.url).href;

async function loadPrograms(): Promise<Programs> {
  // Four times as fast as WebAssembly. Read when o1js is first used, so before its first import.
  process.env.O1JS_BACKEND ??= 'native';
  return (await import(ENTRY)) as Programs;
}

/**
 * Compiles a program that stands alone, in some seconds.
 *
 * @throws CliError `FAILED` for another verification key than this release's: what it would prove, nobody
 *   would accept
 */
async function compilePinned(program: Program, { output }: Pick<Cli, 'output'>): Promise<Programs> {
  output.progress('compiling the circuit');
  const programs = await loadPrograms();
  const { hash } = await programs.compileProgram(program);
  if (hash !== circuits[program].hash)
    throw new CliError(
      'FAILED',
      `${program} compiled to another key than this release pins; install it anew.`
    );
  output.progress('proving');
  return programs;
}
