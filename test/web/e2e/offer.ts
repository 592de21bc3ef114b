import type { LocalDescriptor } from '../../../contracts/formats/descriptor.ts';
import { publishServiceWith, readService } from '../../../requester/service.ts';
import { keyWallet } from '../../../requester/wallet.ts';
import type { Stage } from './harness.ts';

export { offer };

/**
 * Publishes another service of the stage's provider, which its daemon does not serve.
 *
 * @param changes to the quick service's descriptor
 * @returns its address
 */
async function offer(
  { market, services }: Stage,
  changes: Partial<LocalDescriptor>
): Promise<string> {
  const { requester, keys } = market;
  const { descriptor: quick, keyset } = await readService(requester, services.quick);
  const descriptor = { ...(quick as LocalDescriptor), ...changes };
  const owner = keyWallet(keys.owner);
  return (await publishServiceWith(requester, { descriptor, keyset }, owner)).service;
}
