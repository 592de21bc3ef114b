import { proveWith } from './circuits.ts';
import { serveProver } from './serve.ts';

/** The prover's process: the only one of this room that holds o1js. */
serveProver(proveWith({ proofsEnabled: !process.argv.includes('--proofs=off') }));
