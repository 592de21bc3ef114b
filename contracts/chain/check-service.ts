import { equalBytes } from '../formats/bytes.ts';
import { type Keyset, encodeKeyset } from '../formats/keyset.ts';
import { servicePermissions } from '../formats/permissions.ts';
import { type ServiceState, parseServiceState } from '../formats/service-state.ts';
import { MINA_TOKEN, keyHash } from '../formats/terms.ts';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Account } from './account.ts';
import { parseState } from './check-tab.ts';
import { AccountRefused, assertZkapp } from './refused.ts';

export { checkService, checkKeyset, type CheckServiceOptions };

interface CheckServiceOptions {
  /** The pinned one of `Service`. */
  readonly verificationKeyHash: bigint;
  /** SHA-256 of the descriptor that the caller has reviewed. */
  readonly descriptor?: Uint8Array;
  /** Public key that is said to own it. */
  readonly owner?: string;
  /** A paused service takes no new tabs and jobs; what runs is settled. Default false. */
  readonly mayBePaused?: boolean;
}

/**
 * Everything that a signature could have put wrong when a service was published.
 *
 * @param account as the node has it; null where it has none
 * @returns the service's state
 * @throws AccountRefused
 */
function checkService(
  account: Account | null,
  address: string,
  { verificationKeyHash, descriptor, owner, mayBePaused = false }: CheckServiceOptions
): ServiceState {
  if (account === null)
    throw new AccountRefused('ABSENT', `there is no service at ${address}; check the address`);
  if (account.address !== address)
    throw new AccountRefused('ADDRESS', `expected service ${address}, got ${account.address}`);
  if (account.token !== MINA_TOKEN)
    throw new AccountRefused('TOKEN', `a service is a MINA account, this is ${account.token}`);

  const fields = assertZkapp(account, verificationKeyHash, servicePermissions);
  const state = parseState(parseServiceState, fields, address);
  if (descriptor !== undefined && !equalBytes(state.descriptor, descriptor))
    throw new AccountRefused('DESCRIPTOR', `${address} sells something else than was reviewed`);
  if (owner !== undefined && state.owner !== keyHash(owner))
    throw new AccountRefused('OWNER', `${address} does not belong to ${owner}`);
  if (state.paused && !mayBePaused)
    throw new AccountRefused('PAUSED', `${address} is paused by its owner; try it later`);
  return state;
}

/**
 * Holds a keyset block against the service that names it: without this a gateway could swap the
 * recipients that requests are sealed to (threat W2).
 *
 * @throws AccountRefused `KEYSET`, `RUNNER`
 */
function checkKeyset(state: ServiceState, keyset: Keyset): void {
  if (keyset.epoch !== state.epoch || !equalBytes(sha256(encodeKeyset(keyset)), state.keyset))
    throw new AccountRefused(
      'KEYSET',
      `the keyset of epoch ${keyset.epoch} is not the one of epoch ${state.epoch} that the service names`
    );
  if (keyHash(keyset.runner) !== state.runner)
    throw new AccountRefused('RUNNER', `the service does not name ${keyset.runner} as its runner`);
}
