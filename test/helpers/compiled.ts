import { compileCircuits, type Circuits } from '../../contracts/zkapps/compile-all.ts';

export { compiled };

let circuits: Promise<Circuits> | undefined;

/** All circuits, compiled once a process however many proof tests ask: about 100 s on two cores. */
const compiled = (): Promise<Circuits> => (circuits ??= compileCircuits());
