import { type Pinned, pinned } from '../../contracts/chain/pinned.ts';
import { ProverError } from './error.ts';

export { assertPinned };

/**
 * Holds what a circuit has compiled to, whatever key files said, to this release's key: the one that
 * its sources pin and that the chain's accounts have (threat W2).
 *
 * @param hash the verification key's, as a decimal number
 * @throws ProverError `CIRCUIT`
 */
function assertPinned(circuit: keyof Pinned, hash: string): void {
  if (BigInt(hash) === pinned[circuit].hash) return;
  throw new ProverError(
    'CIRCUIT',
    `${circuit} compiled to the verification key ${hash}, which is not this release’s; nothing was proven. Open the site from another gateway.`
  );
}
