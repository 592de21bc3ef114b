import { PERMISSION_NAMES, type PermissionName, type Permissions } from '../formats/permissions.ts';
import type { Account } from './account.ts';

export { AccountRefused, type RefusalCode, assertZkapp, assertReceives };

/** Why an account is not what it has to be. Closed: `SPEC.md` lists every code. */
type RefusalCode =
  | 'ABSENT'
  | 'ADDRESS'
  | 'TOKEN'
  | 'NETWORK'
  | 'VERIFICATION_KEY'
  | 'PERMISSION'
  | 'TIMING'
  | 'STATE'
  | 'LAYOUT'
  | 'SERVICE'
  | 'PAYEE'
  | 'PRICE'
  | 'TERMS'
  | 'PROGRESS'
  | 'CLOSED'
  | 'EXPIRED'
  | 'BALANCE'
  | 'DESCRIPTOR'
  | 'OWNER'
  | 'KEYSET'
  | 'RUNNER'
  | 'PAUSED';

/** An account that looks like one of ours and is not, or does not hold what it should (threat C4). */
class AccountRefused extends Error {
  override readonly name = 'AccountRefused';

  constructor(
    readonly code: RefusalCode,
    message: string,
    /** With code `PERMISSION`: which. */
    readonly permission?: PermissionName
  ) {
    super(message);
  }
}

/** What any contract account has to show: its circuit, who may do what, and nothing locked away. */
function assertZkapp(
  account: Account,
  verificationKeyHash: bigint,
  permissions: Permissions
): readonly bigint[] {
  const { address, state, verificationKey, timing } = account;
  if (state === null || verificationKey === null)
    throw new AccountRefused('VERIFICATION_KEY', `${address} is an account without a contract`);
  if (verificationKey.hash !== verificationKeyHash)
    throw new AccountRefused(
      'VERIFICATION_KEY',
      `${address} has verification key ${verificationKey.hash}, expected ${verificationKeyHash}: another contract or release`
    );
  for (const name of PERMISSION_NAMES) {
    const [actual, expected] = [describe(account.permissions, name), describe(permissions, name)];
    if (actual !== expected)
      throw new AccountRefused(
        'PERMISSION',
        `permission ${name} of ${address} is ${actual}, expected ${expected}`,
        name
      );
  }
  // Set in the opening transaction, a vesting schedule would hold back what the contract sends.
  if (timing !== null)
    throw new AccountRefused(
      'TIMING',
      `${timing.initialMinimumBalance} nanomina of ${address} are locked by a vesting schedule`
    );
  return state;
}

/** Whether a contract can send MINA there: to a new account it can't, nor to one that must agree. */
function assertReceives(account: Account | null, address: string): void {
  if (account === null)
    throw new AccountRefused('ABSENT', `${address} has no account yet and could not be paid`);
  if (account.address !== address)
    throw new AccountRefused('ADDRESS', `expected account ${address}, got ${account.address}`);
  for (const name of ['receive', 'access'] as const)
    if (account.permissions[name] !== 'None')
      throw new AccountRefused(
        'PERMISSION',
        `permission ${name} of ${address} is ${account.permissions[name]}; it could not be paid`,
        name
      );
}

const describe = (permissions: Permissions, name: PermissionName): string =>
  name === 'setVerificationKey'
    ? `${permissions[name].auth} in version ${permissions[name].txnVersion}`
    : permissions[name];
