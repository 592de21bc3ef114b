import { readAccount } from '../contracts/chain/account.ts';
import { checkKeyset, checkService } from '../contracts/chain/check-service.ts';
import { rawCidOf } from '../contracts/formats/cid.ts';
import { type Descriptor, parseDescriptor } from '../contracts/formats/descriptor.ts';
import { type Keyset, parseKeyset } from '../contracts/formats/keyset.ts';
import type { ServiceState } from '../contracts/formats/service-state.ts';
import type { Requester, Stepwise } from './requester.ts';

export { type ServiceReading, readService };

/** A service, checked: what its account says and the two blocks that the account names. */
interface ServiceReading {
  readonly address: string;
  readonly state: ServiceState;
  readonly descriptor: Descriptor;
  readonly keyset: Keyset;
}

/**
 * The account is held to the pinned contract, and the blocks are those whose digests it holds: no
 * gateway can swap the recipients that secrets are sealed to (threat W2).
 *
 * @param options.mayBePaused for whoever only reads. Default false
 * @throws AccountRefused, FormatError, IpfsError, ChainError
 */
async function readService(
  { node, blocks, pinned }: Pick<Requester, 'node' | 'blocks' | 'pinned'>,
  address: string,
  { mayBePaused = false, signal }: Stepwise & { readonly mayBePaused?: boolean } = {}
): Promise<ServiceReading> {
  const account = await readAccount(node, address, { signal });
  const verificationKeyHash = pinned.Service.hash;
  const state = checkService(account, address, { verificationKeyHash, mayBePaused });
  const descriptor = parseDescriptor(await blocks.get(rawCidOf(state.descriptor), { signal }));
  const keyset = parseKeyset(await blocks.get(rawCidOf(state.keyset), { signal }));
  checkKeyset(state, keyset);
  return { address, state, descriptor, keyset };
}
