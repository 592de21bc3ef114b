import { PROTOCOL } from './protocol.ts';

export {
  PERMISSION_NAMES,
  type Authorization,
  type PermissionName,
  type Permissions,
  tabPermissions,
  servicePermissions,
};

/** Who may do something to an account, in the node's words. */
type Authorization = 'None' | 'Either' | 'Proof' | 'Signature' | 'Impossible';

/** Every permission of an account, as commands and the node's GraphQL write them. */
interface Permissions {
  readonly editState: Authorization;
  readonly access: Authorization;
  readonly send: Authorization;
  readonly receive: Authorization;
  readonly setDelegate: Authorization;
  readonly setPermissions: Authorization;
  /** `Impossible` and `Proof` hold while the network's transaction version is not above this one. */
  readonly setVerificationKey: { readonly auth: Authorization; readonly txnVersion: string };
  readonly setZkappUri: Authorization;
  readonly editActionState: Authorization;
  readonly setTokenSymbol: Authorization;
  readonly incrementNonce: Authorization;
  readonly setVotingFor: Authorization;
  readonly setTiming: Authorization;
}
type PermissionName = keyof Permissions;

/** What both kinds of account share: only a proof moves state or money, and nothing else changes. */
const LOCKED: Permissions = {
  editState: 'Proof',
  access: 'None',
  send: 'Proof',
  receive: 'None',
  setDelegate: 'Impossible',
  setPermissions: 'Impossible',
  setVerificationKey: { auth: 'Impossible', txnVersion: String(PROTOCOL.transactionVersion) },
  setZkappUri: 'Impossible',
  editActionState: 'Proof',
  setTokenSymbol: 'Impossible',
  incrementNonce: 'Impossible',
  setVotingFor: 'Impossible',
  setTiming: 'Impossible',
};

/** The 13 of them, in the protocol's order. */
const PERMISSION_NAMES = Object.keys(LOCKED) as readonly PermissionName[];

/** An escrow: the key that opened it can do nothing any more. */
const tabPermissions: Permissions = LOCKED;

/** As a tab, and an inbox: anybody may append an action with no authorization at all. */
const servicePermissions: Permissions = { ...LOCKED, editActionState: 'None' };
